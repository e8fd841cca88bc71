//! The certificate in place, what is served, what comes next: for `mailwizard cert status` and the hub.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::front::wizard::WizardError;
use crate::host::Host;
use crate::keys::renewal::{CertificateState, Decision};
use crate::keys::{self, CertificateInfo, Served};
use crate::printable::printable;
use crate::spec::{CertificateMethod, Spec};
use crate::stacks::stack;
use crate::store::Paths;

/// The whole of `cert status --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CertificateStatus {
    /// The version of the object.
    pub schema: u32,
    /// Where it comes from.
    pub method: CertificateMethod,
    /// Where it is.
    pub chain_file: PathBuf,
    /// What it says; `None` where there is none that can be used.
    pub certificate: Option<HeldCertificate>,
    /// The ACME account that asked for it.
    pub account_url: Option<String>,
    /// When it is renewed; now, when `due` is set.
    pub next_renewal: Option<Timestamp>,
    /// Why it is renewed now.
    pub due: Option<&'static str>,
    /// When one was last asked for.
    pub last_attempt: Option<Timestamp>,
    /// When one was last put in place.
    pub last_success: Option<Timestamp>,
    /// Failures since then.
    pub failures: u32,
    /// The last failure in words.
    pub last_error: Option<String>,
    /// Not tried again before this.
    pub not_before: Option<Timestamp>,
    /// What each mail port serves.
    pub served: Vec<Socket>,
}

/// The certificate in place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeldCertificate {
    /// The names it is for.
    pub names: Vec<String>,
    /// Who signed it.
    pub issuer: String,
    /// Whether it signed itself.
    pub self_signed: bool,
    /// Good from.
    pub not_before: Timestamp,
    /// Good until.
    pub not_after: Timestamp,
    /// Whole days that are left; negative once it has expired.
    pub days_left: i64,
}

/// One mail port at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Socket {
    /// Address and port.
    pub socket: String,
    /// Whether it serves the certificate in place.
    pub current: bool,
    /// What it does, in words.
    pub found: String,
}

impl CertificateStatus {
    /// Looks at the files and asks every mail port. Blocking.
    pub fn look(host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<Self, WizardError> {
        let wanted = stack(spec.stack).certificate(spec);
        let now = host.now();
        let info = keys::current(host, &wanted)?.map(|pair| pair.info);
        let served = keys::what_is_served(host, &wanted)?;
        let state = CertificateState::read(host, paths)?;
        let (next_renewal, due) = match keys::due(host, paths, spec, &wanted)? {
            Decision::NotDue(at) => (Some(at), None),
            Decision::Due(reason) => (None, Some(reason)),
        };
        Ok(Self {
            schema: 1,
            method: spec.certificate.method,
            chain_file: wanted.chain_file,
            account_url: keys::acme::account_url(host, paths, spec.certificate.directory())?,
            next_renewal,
            due,
            last_attempt: state.last_attempt,
            last_success: state.last_success,
            failures: state.failures,
            last_error: state.last_error.as_deref().map(printable),
            not_before: state.not_before,
            served: served.iter().map(|s| socket(s, info.as_ref())).collect(),
            certificate: info.map(|info| HeldCertificate {
                days_left: info.days_left(now),
                names: info.names,
                issuer: info.issuer,
                self_signed: info.self_signed,
                not_before: info.not_before,
                not_after: info.not_after,
            }),
        })
    }

    /// Whether a certificate that has not expired is served everywhere.
    pub fn is_well(&self, now: Timestamp) -> bool {
        let usable = self.certificate.as_ref().is_some_and(|c| c.not_after > now);
        usable && self.served.iter().all(|s| s.current)
    }

    /// For people: what it is, then a line for each socket.
    pub fn text(&self) -> String {
        let minute = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let mut lines = Vec::new();
        match &self.certificate {
            None => lines.push(("Certificate", format!("none that can be used in '{}'", self.chain_file.display()))),
            Some(c) => {
                lines.push(("Certificate", c.names.join(", ")));
                let issuer = if c.self_signed { "itself: no other program trusts it".into() } else { c.issuer.clone() };
                lines.push(("Signed by", issuer));
                let left = match c.days_left {
                    ..=-1 => "expired".into(),
                    0 => "less than a day left".into(),
                    1 => "1 day left".into(),
                    days => format!("{days} days left"),
                };
                lines.push(("Valid until", format!("{} ({left})", minute(c.not_after))));
            }
        }
        let next = match (self.due, self.next_renewal, self.method) {
            (Some(reason), ..) => format!("now: {reason}"),
            (None, Some(at), CertificateMethod::AcmeHttp) => minute(at),
            (None, _, CertificateMethod::Existing) => "when the certificate it is copied from changes".into(),
            _ => "none: it lasts until its end".into(),
        };
        lines.push(("Renewal", next));
        if let (Some(at), Some(error)) = (self.last_attempt, &self.last_error) {
            lines.push(("Last attempt", format!("{}, failed: {error}", minute(at))));
            if let Some(until) = self.not_before {
                lines.push(("Next attempt", format!("not before {}", minute(until))));
            }
        } else if let Some(at) = self.last_success {
            lines.push(("Last renewed", minute(at)));
        }
        let mut text = String::new();
        for (label, value) in lines {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{label:<14}{value}");
        }
        text.push('\n');
        if self.served.is_empty() {
            text.push_str("No mail port listens.\n");
        }
        for socket in &self.served {
            let word = if socket.current { "[ok]  " } else { "[FAIL]" };
            let _ = writeln!(text, "{word} {:<28}{}", socket.socket, socket.found);
        }
        text
    }
}

fn socket(served: &Served, current: Option<&CertificateInfo>) -> Socket {
    let (is_current, found) = match &served.leaf {
        Ok(leaf) if current.is_some_and(|c| c.leaf == *leaf) => (true, "serves it".into()),
        Ok(leaf) => match CertificateInfo::from_der(leaf) {
            Ok(other) => {
                let until = other.not_after.strftime("%Y-%m-%d %H:%M UTC");
                (false, format!("serves another one: from {}, until {until}", other.issuer))
            }
            Err(reason) => (false, reason),
        },
        Err(reason) => (false, reason.clone()),
    };
    Socket { socket: served.socket.to_string(), current: is_current, found }
}
