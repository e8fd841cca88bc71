//! `deliv-gmail-rules`: what Gmail, Yahoo and Microsoft ask of every sender.

use std::sync::Arc;
use std::time::Duration;

use super::asked::{ask, domain};
use super::dmarc_walk::walk;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::dkim::DkimRecord;
use crate::records::spf::is_spf;

/// The domain satisfies the rules for all senders; those for 5,000 messages a day are only named.
pub static DELIV_GMAIL_RULES: Check = Check {
    id: "deliv-gmail-rules",
    area: Area::Delivery,
    why: "The largest receivers refuse mail of senders that do not follow their rules.",
    rfc: "Gmail email sender guidelines (2024), RFC 8058",
    needs: &["spf-syntax", "dns-fcrdns"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(20),
    subjects: Context::domains,
    run: |context, subject| Box::pin(checklist(context, subject)),
};

/// What is there of what the rules ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Has {
    spf: bool,
    /// `None` where no selector is known, so that nothing can be looked up.
    dkim: Option<bool>,
    dmarc: bool,
}

async fn checklist(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let txt = match ask(&context, domain.as_str(), RecordType::TXT).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let mut evidence = txt.evidence;
    let keys = context.dkim_keys();
    let mut dkim = None;
    for key in &keys {
        let Subject::DkimKey(of, selector) = key else { continue };
        if of != domain {
            continue;
        }
        match ask(&context, &domain.below(&format!("{selector}._domainkey")), RecordType::TXT).await {
            Ok(asked) => {
                evidence.extend(asked.evidence);
                let readable =
                    asked.answer.data.iter().any(|t| DkimRecord::parse(t).is_ok_and(|r| !r.public.is_empty()));
                dkim = Some(dkim.unwrap_or(false) || readable);
            }
            Err(unknown) => return unknown,
        }
    }
    let walked = match walk(&context, domain.as_str()).await {
        Ok(walked) => walked,
        Err(unknown) => return unknown,
    };
    evidence.extend(walked.evidence.iter().cloned());
    let has = Has { spf: txt.answer.data.iter().any(|t| is_spf(t)), dkim, dmarc: !walked.stops.is_empty() };
    judge(has).evidence(evidence)
}

/// Who sends ten messages a day needs SPF or DKIM; a missing List-Unsubscribe is nobody's fault there.
fn judge(has: Has) -> Finding {
    let bulk = "from 5,000 messages a day: SPF and DKIM and DMARC, one-click unsubscribe in newsletters, and less than 0.3 % complaints";
    match has {
        Has { spf: false, dkim: Some(false), .. } => Finding::warn("neither SPF nor DKIM", "SPF or DKIM, better both")
            .instructions("Publish the records that 'mailwizard records' prints."),
        Has { spf: false, dkim: None, .. } => {
            Finding::unknown("there is no SPF record, and no selector is known to look for DKIM")
        }
        Has { spf: true, dkim: Some(true) | None, dmarc: true } => {
            Finding::pass(format!("the rules for all senders; {bulk}"))
        }
        Has { dmarc, spf, dkim } => {
            let missing: Vec<&str> = [(spf, "SPF"), (dkim.unwrap_or(true), "DKIM"), (dmarc, "DMARC")]
                .into_iter()
                .filter(|(there, _)| !there)
                .map(|(_, name)| name)
                .collect();
            Finding::info(format!("the rules for all senders are kept, without {}; {bulk}", missing.join(" and ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain as subject, example};
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn a_small_sender_needs_only_one_of_the_two() {
        let outcome = |spf, dkim, dmarc| judge(Has { spf, dkim, dmarc }).outcome;
        assert_eq!(outcome(true, Some(true), true), Outcome::Pass);
        assert_eq!(outcome(true, Some(false), false), Outcome::Info);
        assert_eq!(outcome(false, Some(true), false), Outcome::Info);
        assert_eq!(outcome(false, Some(false), true), Outcome::Warn);
        assert_eq!(outcome(false, None, false), Outcome::Unknown);
        assert!(!judge(Has { spf: true, dkim: None, dmarc: true }).expected.contains("List-Unsubscribe"));
    }

    #[tokio::test]
    async fn records_are_looked_up() {
        let world =
            example("example.org. 60 TXT \"v=spf1 -all\"\n_dmarc.example.org. 60 TXT \"v=DMARC1; p=none\"").run().await;
        assert_eq!(checklist(context(&world), subject()).await.outcome, Outcome::Pass);
    }
}
