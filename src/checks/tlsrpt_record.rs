//! `tlsrpt-record`: where others report that TLS failed.

use std::sync::Arc;
use std::time::Duration;

use super::asked::{domains, judge_wanted, not_ours, served};
use super::{Check, Context, Subject};
use crate::finding::{Area, Finding};
use crate::records::RecordKind;

/// One TLS-RPT record with an address.
pub static TLSRPT_RECORD: Check = Check {
    id: "tlsrpt-record",
    area: Area::Tlsrpt,
    why: "Other servers tell there that they could not send to us over TLS; nobody else would.",
    rfc: "RFC 8460 section 3",
    needs: &[],
    intrusive: false,
    timeout: Duration::from_secs(15),
    subjects: domains,
    run: |context, subject| Box::pin(record(context, subject)),
};

async fn record(context: Arc<Context>, subject: Subject) -> Finding {
    let Some(domain) = served(&context, &subject) else { return not_ours() };
    let name = domain.name.below("_smtp._tls");
    judge_wanted(&context, &name, RecordKind::Txt).await.unwrap_or_else(not_ours)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    #[tokio::test]
    async fn absence_is_worth_knowing_and_an_error_is_an_error() {
        let at = |text: &str| format!("_smtp._tls.example.org. 60 TXT \"{text}\"");
        for (lines, outcome) in [
            (at("v=TLSRPTv1; rua=mailto:postmaster@example.org"), Outcome::Pass),
            (at("v=TLSRPTv1;rua=mailto:postmaster@example.org;"), Outcome::Pass),
            (at("v=TLSRPTv1; rua=https://reports.other.net/v1"), Outcome::Warn),
            (at("v=TLSRPTv1"), Outcome::Fail),
            (format!("{}\n{}", at("v=TLSRPTv1; rua=mailto:a@b.c"), at("v=TLSRPTv1; rua=mailto:d@e.f")), Outcome::Fail),
            (String::new(), Outcome::Info),
        ] {
            let world = example(&lines).run().await;
            let finding = record(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
    }
}
