//! When a certificate is renewed, and what is remembered of the attempts.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CertificateInfo, KeyError, ObtainError};
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::printable::printable;
use crate::spec::{CertificateMethod, Fqdn};
use crate::store::Paths;

/// Renewed when less than this fraction of the lifetime is left: 30 of 90 days, 2 of 6.
const RENEWED_AT: f64 = 1.0 / 3.0;
/// The pause after a failure; it doubles with each one more.
const FIRST_PAUSE: Duration = Duration::from_secs(3600);
const LONGEST_PAUSE: Duration = Duration::from_secs(24 * 3600);

/// Whether there is something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Nothing until then.
    NotDue(Timestamp),
    /// It is time, for this reason.
    Due(&'static str),
}

/// Whether the certificate in place is to be replaced. `suggested` is the moment within the CA's own window (RFC 9773).
pub fn decide(
    current: Option<&CertificateInfo>,
    names: &[Fqdn],
    method: CertificateMethod,
    suggested: Option<Timestamp>,
    now: Timestamp,
) -> Decision {
    let Some(info) = current else { return Decision::Due("there is no certificate that can be used") };
    if !names.iter().all(|n| info.covers(n)) {
        return Decision::Due("the certificate does not hold every name");
    }
    if now >= info.not_after {
        return Decision::Due("the certificate has expired");
    }
    match method {
        CertificateMethod::AcmeHttp if info.self_signed => Decision::Due("the certificate is a self-signed stand-in"),
        CertificateMethod::AcmeHttp => {
            let at = suggested.map_or_else(|| renewed_at(info), |s| s.min(renewed_at(info)));
            if at <= now { Decision::Due("its time has come") } else { Decision::NotDue(at) }
        }
        CertificateMethod::SelfSigned if !info.self_signed => {
            Decision::Due("the certificate is not the self-signed one that was chosen")
        }
        // Whoever renews an existing certificate decides when; a self-signed one lasts until its end.
        CertificateMethod::Existing | CertificateMethod::SelfSigned => Decision::NotDue(info.not_after),
    }
}

fn renewed_at(info: &CertificateInfo) -> Timestamp {
    let lifetime = info.not_after.duration_since(info.not_before).as_secs_f64();
    let left = Duration::from_secs_f64((lifetime * RENEWED_AT).max(0.0));
    info.not_after.checked_sub(left).unwrap_or(info.not_before)
}

/// What is remembered between runs (`certificate.json`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificateState {
    /// Version of this file.
    pub schema: u32,
    /// When a certificate was last asked for.
    pub last_attempt: Option<Timestamp>,
    /// When one was last put in place.
    pub last_success: Option<Timestamp>,
    /// Failures since then.
    pub failures: u32,
    /// The last failure in words; none after a success.
    pub last_error: Option<String>,
    /// Not tried again before this.
    pub not_before: Option<Timestamp>,
    /// What the CA suggests about the certificate in place.
    pub suggestion: Option<Suggestion>,
}

/// The CA's suggestion about one certificate (RFC 9773).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// SHA-256 of the leaf, hex: a suggestion about another certificate is void.
    pub leaf: String,
    /// The moment chosen by chance within its window.
    pub at: Timestamp,
    /// The window it was chosen in.
    pub window: (Timestamp, Timestamp),
    /// When to ask the CA again.
    pub ask_again: Timestamp,
}

impl CertificateState {
    /// What was remembered; nothing at first. A damaged file is no reason to let a certificate expire: it counts as none.
    pub fn read(host: &dyn Host, paths: &Paths) -> Result<Self, KeyError> {
        let file = host.read(&paths.certificate_state())?;
        Ok(file.and_then(|f| serde_json::from_slice(&f.content).ok()).unwrap_or_default())
    }

    /// Remembers it.
    pub fn write(&self, host: &dyn Host, paths: &Paths) -> Result<(), KeyError> {
        let path = paths.certificate_state();
        let content = serde_json::to_vec_pretty(&Self { schema: 1, ..self.clone() })
            .map_err(|e| KeyError::State { path: path.clone(), reason: e.to_string() })?;
        host.make_directory(paths.var(), 0o700, "root", "root")?;
        host.write(&path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })?;
        Ok(())
    }

    /// The same after a certificate was put in place.
    pub fn succeeded(self, now: Timestamp) -> Self {
        Self { last_attempt: Some(now), last_success: Some(now), ..Self::default() }
    }

    /// The same after an attempt that came to nothing. What DNS still forbids costs nothing and is looked at every time;
    /// a refusal by the CA is followed by a pause that doubles, or by what the CA said.
    pub fn failed(self, error: &ObtainError, now: Timestamp) -> Self {
        let failures = self.failures.saturating_add(1);
        let not_before = match error {
            ObtainError::NotYet { .. } => None,
            ObtainError::Failed { not_before, .. } => {
                let pause = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(8)).min(LONGEST_PAUSE);
                not_before.or_else(|| now.checked_add(pause).ok())
            }
        };
        let last_error = Some(printable(&error.to_string()));
        Self { last_attempt: Some(now), failures, last_error, not_before, ..self }
    }

    /// The moment the CA suggests for this leaf, where it did.
    pub fn suggested(&self, leaf: &[u8]) -> Option<&Suggestion> {
        self.suggestion.as_ref().filter(|s| s.leaf == fingerprint(leaf))
    }
}

/// A leaf's SHA-256 in hex.
pub fn fingerprint(leaf: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, leaf);
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether two files hold the same bytes.
pub(super) fn differs(host: &dyn Host, source: &Path, copy: &Path) -> Result<bool, KeyError> {
    let content = |path| host.read(path).map(|f| f.map(|f| f.content));
    Ok(content(source)? != content(copy)?)
}

#[cfg(test)]
mod tests {
    use super::super::self_signed;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn name() -> Vec<Fqdn> {
        vec![Fqdn::parse("mail.example.org").unwrap()]
    }

    /// A certificate of 90 days from the first of January.
    fn certificate() -> CertificateInfo {
        let info = self_signed::make(&name(), at("2026-01-01T01:00:00Z"), 90).unwrap().info;
        CertificateInfo {
            self_signed: false,
            not_before: at("2026-01-01T00:00:00Z"),
            not_after: at("2026-04-01T00:00:00Z"),
            ..info
        }
    }

    fn decided(info: Option<&CertificateInfo>, suggested: Option<&str>, now: &str) -> Decision {
        decide(info, &name(), CertificateMethod::AcmeHttp, suggested.map(at), at(now))
    }

    #[test]
    fn a_third_of_the_lifetime_before_its_end_it_is_due() {
        let info = certificate();
        let due = at("2026-03-02T00:00:00Z");
        assert_eq!(decided(Some(&info), None, "2026-02-28T00:00:00Z"), Decision::NotDue(due));
        assert_eq!(decided(Some(&info), None, "2026-03-02T00:00:01Z"), Decision::Due("its time has come"));
        let short = CertificateInfo { not_after: at("2026-01-01T00:15:00Z"), ..info };
        assert_eq!(decided(Some(&short), None, "2026-01-01T00:09:00Z"), Decision::NotDue(at("2026-01-01T00:10:00Z")));
        assert_eq!(decided(Some(&short), None, "2026-01-01T00:10:00Z"), Decision::Due("its time has come"));
    }

    #[test]
    fn the_ca_may_ask_for_it_earlier_but_not_later() {
        let info = certificate();
        let early = Some("2026-01-20T00:00:00Z");
        assert_eq!(decided(Some(&info), early, "2026-01-20T00:00:00Z"), Decision::Due("its time has come"));
        let late = Some("2026-03-31T00:00:00Z");
        assert_eq!(decided(Some(&info), late, "2026-03-03T00:00:00Z"), Decision::Due("its time has come"));
    }

    #[test]
    fn what_clients_would_refuse_is_due_at_once() {
        let now = "2026-01-02T00:00:00Z";
        let stand_in = CertificateInfo { self_signed: true, ..certificate() };
        let other = CertificateInfo { names: vec!["other.example.org".into()], ..certificate() };
        let ended = CertificateInfo { not_after: at(now), ..certificate() };
        for info in [None, Some(&stand_in), Some(&other), Some(&ended)] {
            assert!(matches!(decided(info, None, now), Decision::Due(_)), "{info:?}");
        }
    }

    #[test]
    fn failures_make_the_pause_longer_up_to_a_day() {
        let now = at("2026-01-01T00:00:00Z");
        let error = ObtainError::failed("It failed.", "Wait.");
        let mut state = CertificateState::default();
        let mut pauses = Vec::new();
        for _ in 0..7 {
            state = state.failed(&error, now);
            pauses.push(state.not_before.unwrap().duration_since(now).as_secs() / 3600);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 24, 24]);
        let waiting = state.clone().failed(&ObtainError::not_yet("No A record.", "Publish it."), now);
        assert_eq!(waiting.not_before, None);
        let told =
            ObtainError::Failed { reason: "r".into(), fix: "f".into(), not_before: Some(at("2026-01-05T00:00:00Z")) };
        assert_eq!(state.clone().failed(&told, now).not_before, Some(at("2026-01-05T00:00:00Z")));
        assert_eq!(state.succeeded(now).failures, 0);
    }
}
