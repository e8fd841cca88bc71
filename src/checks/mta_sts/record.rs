//! `mtasts-record`: the record that says there is a policy.

use std::sync::Arc;
use std::time::Duration;

use crate::checks::asked::{Asked, ask, domain};
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::tags::Tags;
use crate::spec::Domain;

/// There is one record with an id, or none.
pub static MTASTS_RECORD: Check = Check {
    id: "mtasts-record",
    area: Area::MtaSts,
    why: "With MTA-STS other servers send to you over verified TLS only; by the record they notice a new policy.",
    rfc: "RFC 8461 section 3.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(record(context, subject)),
};

async fn record(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    match look(&context, domain).await {
        Ok((asked, records)) => judge(&records, domain).evidence(asked.evidence),
        Err(unknown) => unknown,
    }
}

/// The domain's MTA-STS records; other TXT records at the name do not count (RFC 8461 section 3.1).
pub(super) async fn look(context: &Context, domain: &Domain) -> Result<(Asked, Vec<String>), Finding> {
    let asked = ask(context, &domain.below("_mta-sts"), RecordType::TXT).await?;
    let is_sts = |text: &&String| text.split(';').next().is_some_and(|v| v.trim_end_matches([' ', '\t']) == "v=STSv1");
    let records = asked.answer.data.iter().filter(is_sts).cloned().collect();
    Ok((asked, records))
}

/// The id of the one record; `None` where senders see none.
pub(super) fn id_of(records: &[String]) -> Option<String> {
    let [record] = records else { return None };
    let tags = Tags::parse(record).ok()?;
    tags.get("id").map(|id| id.trim_end().to_owned()).filter(|id| is_id(id))
}

fn is_id(id: &str) -> bool {
    (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn judge(records: &[String], domain: &Domain) -> Finding {
    let expected = "one record like v=STSv1; id=20260101T000000";
    let name = format!("_mta-sts.{domain}");
    match records {
        [] => Finding::info("the domain has no MTA-STS policy").expected(expected),
        [record] => match id_of(records) {
            Some(_) => Finding::pass(record),
            None => Finding::fail(
                format!("{}: the id is not 1 to 32 letters and digits", crate::printable::excerpt(record, 120)),
                expected,
            )
            .instructions(format!(
                "Change the TXT record at {name} to\nv=STSv1; id=20260101T000000\nwith today's date"
            )),
        },
        many => Finding::fail(format!("{} records, and senders use none", many.len()), expected)
            .instructions(format!("Delete all but one of the TXT records at {name} that begin with v=STSv1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::dns_world::{context, domain, example};
    use crate::finding::Outcome;

    #[tokio::test]
    async fn absence_is_no_failure_and_other_texts_do_not_count() {
        let at = |text: &str| format!("_mta-sts.example.org. 60 TXT \"{text}\"");
        for (lines, outcome) in [
            (String::new(), Outcome::Info),
            (at("v=STSv1; id=20260101T000000;"), Outcome::Pass),
            (at("v=STSv1;id=1"), Outcome::Pass),
            (at("v=STSv1; id=2026-01-01"), Outcome::Fail),
            (at("v=STSv1;"), Outcome::Fail),
            (at(&format!("v=STSv1; id={}", "1".repeat(33))), Outcome::Fail),
            (format!("{}\n{}", at("v=STSv1; id=1"), at("v=STSv1; id=2")), Outcome::Fail),
            (format!("{}\n{}", at("v=STSv1; id=1"), at("site-verification=x")), Outcome::Pass),
            ("*.example.org. 60 TXT \"v=spf1 -all\"".to_owned(), Outcome::Info),
            (
                "_mta-sts.example.org. 60 CNAME sts.example.org.\nsts.example.org. 60 TXT \"v=STSv1; id=1\"".to_owned(),
                Outcome::Pass,
            ),
        ] {
            let world = example(&lines).run().await;
            let finding = record(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
    }
}
