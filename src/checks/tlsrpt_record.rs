//! `tlsrpt-record`: where others report that TLS failed. Absent it is no fault: nothing is lost but the reports.

use std::sync::Arc;
use std::time::Duration;

use super::asked::{ask, domain, judge_wanted};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::RecordKind;
use crate::records::tlsrpt::{TlsRpt, is_tls_rpt};

/// One TLS-RPT record with an address.
pub static TLSRPT_RECORD: Check = Check {
    id: "tlsrpt-record",
    area: Area::Tlsrpt,
    why: "Other servers tell there that they could not send to us over TLS; nobody else would.",
    rfc: "RFC 8460 section 3",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(record(context, subject)),
};

async fn record(context: Arc<Context>, subject: Subject) -> Finding {
    let name = match domain(&subject) {
        Ok(domain) => domain.below("_smtp._tls"),
        Err(finding) => return finding,
    };
    if let Some(finding) = judge_wanted(&context, &name, RecordKind::Txt).await {
        return finding;
    }
    match ask(&context, &name, RecordType::TXT).await {
        Ok(asked) => judge(&asked.answer.data).evidence(asked.evidence),
        Err(unknown) => unknown,
    }
}

/// What RFC 8460 section 3 asks of anybody's record.
fn judge(txt: &[String]) -> Finding {
    let expected = "one record like v=TLSRPTv1; rua=mailto:postmaster@example.org";
    let records: Vec<&String> = txt.iter().filter(|t| is_tls_rpt(t)).collect();
    let record = match records.as_slice() {
        [] => return Finding::info("nobody is asked for reports about TLS").expected(expected),
        [one] => one,
        many => return Finding::fail(format!("{} records, and senders use none", many.len()), "one record"),
    };
    match TlsRpt::parse(record) {
        Err(reason) => Finding::fail(format!("{record}: {reason}"), expected),
        Ok(read) => match read.strange.first() {
            Some(strange) => Finding::warn(
                format!("'{}' is neither a mailto: nor an https: address", crate::printable::excerpt(strange, 80)),
                expected,
            ),
            None => Finding::pass(record.as_str()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example, others};
    use super::*;
    use crate::finding::Outcome;

    #[tokio::test]
    async fn of_ours_the_exact_record_is_wanted_of_others_one_that_works() {
        let at = |text: &str| format!("_smtp._tls.example.org. 60 TXT \"{text}\"");
        for (published, ours, theirs) in [
            (String::new(), Outcome::Info, Outcome::Info),
            (at("v=TLSRPTv1;rua=mailto:postmaster@example.org"), Outcome::Pass, Outcome::Pass),
            (at("v=TLSRPTv1;rua=https://reports.other.net/v1"), Outcome::Warn, Outcome::Pass),
            (at("v=TLSRPTv1;"), Outcome::Fail, Outcome::Fail),
        ] {
            let world = example(&published).run().await;
            let ours_is = record(context(&world), domain()).await;
            let theirs_is = record(others(&world), domain()).await;
            assert_eq!((ours_is.outcome, theirs_is.outcome), (ours, theirs), "{published}: {ours_is:?} {theirs_is:?}");
        }
    }

    #[test]
    fn two_records_and_strange_addresses_are_told() {
        let judged = |txt: &[&str]| judge(&txt.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>()).outcome;
        assert_eq!(judged(&["v=TLSRPTv1; rua=mailto:a@b", "v=TLSRPTv1; rua=mailto:c@d"]), Outcome::Fail);
        assert_eq!(judged(&["v=TLSRPTv1; rua=mailto:a@b,tls@example.org"]), Outcome::Warn);
        assert_eq!(judged(&["v=TLSRPTv10; rua=mailto:a@b"]), Outcome::Info);
    }

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
