//! `bimi`: the logo that some mail programs show.

use std::sync::Arc;
use std::time::Duration;

use super::asked::{ask, not_ours};
use super::dmarc_walk::walk;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::tags::Tags;
use crate::spec::DmarcPolicy;

/// Whether a logo is published, and could be shown.
pub static BIMI: Check = Check {
    id: "bimi",
    area: Area::Bimi,
    why: "Some mail programs show a logo beside mail of a domain that publishes one and protects its name.",
    rfc: "draft-brand-indicators-for-message-identification, section 4",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(logo(context, subject)),
};

/// Nothing here is ever a fault: mail goes its way without a logo.
async fn logo(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Domain(domain) = subject else { return not_ours() };
    let asked = match ask(&context, &domain.below("default._bimi"), RecordType::TXT).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let is_bimi = |text: &&String| text.split(';').next().is_some_and(|v| v.trim().eq_ignore_ascii_case("v=bimi1"));
    let Some(record) = asked.answer.data.iter().find(is_bimi) else {
        return Finding::info("no logo is published, and nothing depends on one").evidence(asked.evidence);
    };
    let tags = Tags::parse(record).ok();
    let logo = tags.as_ref().and_then(|t| t.get("l")).unwrap_or_default();
    if logo.is_empty() {
        return Finding::pass("the record says that there is no logo").evidence(asked.evidence);
    }
    let walked = match walk(&context, domain.as_str()).await {
        Ok(walked) => walked,
        Err(unknown) => return unknown,
    };
    let policy = walked.stops.first().and_then(super::dmarc_walk::Stop::policy);
    let finding = match policy.is_some_and(|p| p.policy != DmarcPolicy::None && !p.testing) {
        true => Finding::pass(crate::printable::excerpt(logo, 120)),
        false => Finding::info("a logo is published, and shown only where DMARC has p=quarantine or p=reject"),
    };
    finding.evidence(asked.evidence).evidence(walked.evidence)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    #[tokio::test]
    async fn a_missing_or_useless_logo_is_no_fault() {
        let record = "default._bimi.example.org. 60 TXT \"v=BIMI1; l=https://example.org/logo.svg; a=;\"";
        for (lines, outcome) in [
            (String::new(), Outcome::Info),
            ("default._bimi.example.org. 60 TXT \"v=BIMI1; l=; a=;\"".to_owned(), Outcome::Pass),
            (record.to_owned(), Outcome::Info),
            (format!("{record}\n_dmarc.example.org. 60 TXT \"v=DMARC1; p=none\""), Outcome::Info),
            (format!("{record}\n_dmarc.example.org. 60 TXT \"v=DMARC1; p=reject\""), Outcome::Pass),
            ("*.example.org. 60 TXT \"v=spf1 -all\"".to_owned(), Outcome::Info),
        ] {
            let world = example(&lines).run().await;
            assert_eq!(logo(context(&world), domain()).await.outcome, outcome, "{lines}");
        }
    }
}
