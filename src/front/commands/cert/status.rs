//! `mailwizard cert status`: the certificate in place, what is served, what comes next.

use std::fmt::Write as _;
use std::io::Write as _;

use jiff::Timestamp;
use serde::Serialize;

use super::{Subject, failure};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::host::Host as _;
use crate::keys::renewal::{CertificateState, Decision};
use crate::keys::{self, CertificateInfo, Served};
use crate::printable::printable;
use crate::spec::CertificateMethod;

/// The whole of `cert status --json`.
#[derive(Serialize)]
struct Status {
    schema: u32,
    method: CertificateMethod,
    chain_file: std::path::PathBuf,
    certificate: Option<Certificate>,
    account_url: Option<String>,
    /// When it is renewed; now, when `due` is set.
    next_renewal: Option<Timestamp>,
    due: Option<&'static str>,
    last_attempt: Option<Timestamp>,
    last_success: Option<Timestamp>,
    failures: u32,
    last_error: Option<String>,
    not_before: Option<Timestamp>,
    served: Vec<Socket>,
}

#[derive(Serialize)]
struct Certificate {
    names: Vec<String>,
    issuer: String,
    self_signed: bool,
    not_before: Timestamp,
    not_after: Timestamp,
    days_left: i64,
}

#[derive(Serialize)]
struct Socket {
    socket: String,
    /// Whether it serves the certificate in place.
    current: bool,
    found: String,
}

pub fn run(subject: &Subject, json: bool) -> Result<Exit, Failure> {
    let status = look(subject)?;
    let mut out = Output::stdout();
    if json {
        writeln!(out, "{}", serde_json::to_string_pretty(&status)?)?;
    } else {
        out.write_all(text(&status).as_bytes())?;
    }
    out.flush()?;
    let usable = status.certificate.as_ref().is_some_and(|c| c.not_after > subject.host.now());
    Ok(if usable && status.served.iter().all(|s| s.current) { Exit::Done } else { Exit::Failed })
}

fn look(subject: &Subject) -> Result<Status, Failure> {
    let (host, spec, wanted) = (&subject.host, &subject.spec, &subject.wanted);
    let now = host.now();
    let pair = keys::current(host, wanted)?;
    let served = keys::what_is_served(host, wanted).map_err(failure)?;
    let state = CertificateState::read(host, &subject.paths)?;
    let (next_renewal, due) = match keys::due(host, &subject.paths, spec, wanted).map_err(failure)? {
        Decision::NotDue(at) => (Some(at), None),
        Decision::Due(reason) => (None, Some(reason)),
    };
    let info = pair.map(|p| p.info);
    Ok(Status {
        schema: 1,
        method: spec.certificate.method,
        chain_file: wanted.chain_file.clone(),
        account_url: keys::acme::account_url(host, &subject.paths, spec.certificate.directory())?,
        next_renewal,
        due,
        last_attempt: state.last_attempt,
        last_success: state.last_success,
        failures: state.failures,
        last_error: state.last_error.as_deref().map(printable),
        not_before: state.not_before,
        served: served.iter().map(|s| socket(s, info.as_ref())).collect(),
        certificate: info.map(|info| Certificate {
            days_left: info.days_left(now),
            names: info.names,
            issuer: info.issuer,
            self_signed: info.self_signed,
            not_before: info.not_before,
            not_after: info.not_after,
        }),
    })
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

fn text(status: &Status) -> String {
    let minute = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    let mut lines = Vec::new();
    match &status.certificate {
        None => lines.push(("Certificate", format!("none that can be used in '{}'", status.chain_file.display()))),
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
    let next = match (status.due, status.next_renewal, status.method) {
        (Some(reason), ..) => format!("now: {reason}"),
        (None, Some(at), CertificateMethod::AcmeHttp) => minute(at),
        (None, _, CertificateMethod::Existing) => "when the certificate it is copied from changes".into(),
        _ => "none: it lasts until its end".into(),
    };
    lines.push(("Renewal", next));
    if let (Some(at), Some(error)) = (status.last_attempt, &status.last_error) {
        lines.push(("Last attempt", format!("{}, failed: {error}", minute(at))));
        if let Some(until) = status.not_before {
            lines.push(("Next attempt", format!("not before {}", minute(until))));
        }
    } else if let Some(at) = status.last_success {
        lines.push(("Last renewed", minute(at)));
    }
    let mut text = String::new();
    for (label, value) in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{label:<14}{value}");
    }
    text.push('\n');
    if status.served.is_empty() {
        text.push_str("No mail port listens.\n");
    }
    for socket in &status.served {
        let word = if socket.current { "[ok]  " } else { "[FAIL]" };
        let _ = writeln!(text, "{word} {:<28}{}", socket.socket, socket.found);
    }
    text
}
