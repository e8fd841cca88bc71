//! Which published records a new certificate makes wrong.

use std::collections::BTreeSet;

use tokio_util::sync::CancellationToken;

use super::{Wizard, WizardError};
use crate::finding::{CheckResult, Outcome};
use crate::keys;
use crate::spec::Spec;
use crate::stacks::stack;

/// The checks of records that are about the certificate or about who may issue it.
const ABOUT_IT: [&str; 2] = ["dane-tlsa-present", "dns-caa"];

impl Wizard {
    /// The certificate in place, as bytes to tell it from another; empty where there is none.
    pub fn certificate_in_place(&self, spec: &Spec) -> Vec<u8> {
        let wanted = stack(spec.stack).certificate(spec);
        keys::current(&*self.host, &wanted).ok().flatten().map(|pair| pair.info.leaf).unwrap_or_default()
    }

    /// What must change in the TLSA and CAA records that are published, now that another certificate is in place: lines
    /// for people, none where all fits. Blocking; asks DNS and port 25.
    pub fn records_about_certificate(&self, spec: &Spec) -> Result<Vec<String>, WizardError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|_| WizardError::CutShort("looking at the records"))?;
        let only: BTreeSet<String> = ABOUT_IT.iter().map(|id| (*id).to_owned()).collect();
        let results = runtime.block_on(self.verify_only(spec, only, None, CancellationToken::new()));
        runtime.shutdown_background();
        Ok(results?.iter().flat_map(lines).collect())
    }
}

fn lines(result: &CheckResult) -> Vec<String> {
    if !matches!(result.finding.outcome, Outcome::Fail | Outcome::Warn) {
        return Vec::new();
    }
    let mut lines = vec![format!("Records to change: {}, {}", result.subject, result.finding.found)];
    lines.extend(result.finding.fix.iter().flat_map(|fix| fix.text.lines()).map(|line| format!("  {line}")));
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::{Area, Finding};

    #[test]
    fn only_what_must_change_is_told_with_what_to_publish() {
        let result = |finding| CheckResult {
            id: "dane-tlsa-present".into(),
            subject: "mail.example.org:25".into(),
            area: Area::Dane,
            finding,
            why: "Because.".into(),
            rfc: "RFC 7672".into(),
            elapsed: Duration::ZERO,
        };
        assert_eq!(lines(&result(Finding::info("no TLSA record"))), Vec::<String>::new());
        let finding = Finding::fail("it matches none of them", "3 1 1 ab").instructions("Publish this:\n3 1 1 cd");
        assert_eq!(
            lines(&result(finding)),
            ["Records to change: mail.example.org:25, it matches none of them", "  Publish this:", "  3 1 1 cd"]
        );
    }
}
