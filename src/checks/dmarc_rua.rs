//! `dmarc-rua-auth`: whoever is to get reports has to agree, where that is somebody else.

use std::sync::Arc;
use std::time::Duration;

use super::asked::ask;
use super::dmarc_record::{look, speaking};
use super::dmarc_walk::walk;
use super::smtp::rcpt_replies;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::Transcript;
use crate::probe::dns::RecordType;
use crate::records::dmarc::is_dmarc;
use crate::spec::Mailbox;

/// Senders of reports must be able to serve this many addresses, and may leave the rest out (RFC 7489 section 6.2).
const MOST_ADDRESSES: usize = 2;

/// Every domain that reports go to accepts them.
pub static DMARC_RUA_AUTH: Check = Check {
    id: "dmarc-rua-auth",
    area: Area::Dmarc,
    why: "Receivers send reports to another organisation only when that one says in its DNS that it takes them.",
    rfc: "RFC 9990 section 3.2.3",
    needs: &["dmarc-syntax"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(20),
    subjects: Context::domains,
    run: |context, subject| Box::pin(accepted(context, subject)),
};

async fn accepted(context: Arc<Context>, subject: Subject) -> Finding {
    let (domain, walked) = match look(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let Some(record) = speaking(&domain, &walked).and_then(|s| s.policy()) else {
        return Finding::skipped("there is no DMARC record that can be read");
    };
    let evidence = walked.evidence.clone();
    let receivers = record.report_domains();
    if receivers.is_empty() {
        return Finding::info("the record asks nobody for reports")
            .expected(format!("rua=mailto:postmaster@{domain}"))
            .evidence(evidence);
    }
    let own = walked.organizational_domain(domain.as_str());
    let mut evidence = evidence;
    let mut missing = Vec::new();
    for receiver in receivers {
        if receiver == domain.as_str() || receiver == own {
            continue;
        }
        let theirs = match walk(&context, &receiver).await {
            Ok(walked) => walked.organizational_domain(&receiver),
            Err(unknown) => return unknown,
        };
        if theirs == own {
            continue;
        }
        let name = format!("{domain}._report._dmarc.{receiver}");
        match ask(&context, &name, RecordType::TXT).await {
            Ok(asked) => {
                evidence.extend(asked.evidence);
                if !asked.answer.data.iter().any(|t| is_dmarc(t)) {
                    missing.push((receiver, name));
                }
            }
            Err(unknown) => return unknown.evidence(evidence),
        }
    }
    let finding = match missing.as_slice() {
        [] => match refused_here(&context, &record.rua).await {
            Some((address, reply)) => Finding::fail(format!("{address}, which gets the reports: {reply}"), "250")
                .instructions(format!("Add {address} as an account or alias, or change 'rua' in the record")),
            None if record.rua.len() > MOST_ADDRESSES => Finding::warn(
                format!(
                    "{} addresses, and senders of reports need not serve more than {MOST_ADDRESSES}",
                    record.rua.len()
                ),
                format!("at most {MOST_ADDRESSES}"),
            )
            .instructions("Let one address hand the reports on to the others"),
            None => Finding::pass("whoever gets reports agrees to it"),
        },
        missing => {
            let names: Vec<&str> = missing.iter().map(|(receiver, _)| receiver.as_str()).collect();
            let records: Vec<String> = missing.iter().map(|(_, name)| format!("{name}. TXT v=DMARC1")).collect();
            Finding::fail(
                format!("{} does not say that it takes reports for {domain}", names.join(", ")),
                records.join("; "),
            )
            .instructions(format!("Ask for this record there, or use an address in {domain}\n{}", records.join("\n")))
        }
    };
    finding.evidence(evidence)
}

/// The first address of ours that port 25 here does not know, with the reply. Others' servers are not asked.
async fn refused_here(context: &Context, rua: &[String]) -> Option<(String, String)> {
    let own = context.own().ok()?;
    let served = own.served();
    let addresses =
        rua.iter().filter_map(|uri| Mailbox::parse(uri.get("mailto:".len()..)?.split(['!', '?']).next()?).ok());
    let ours: Vec<String> = addresses.filter(|a| served.contains(a.domain())).map(|a| a.to_string()).collect();
    if ours.is_empty() {
        return None;
    }
    let replies = rcpt_replies(context, &own.spec.hostname, &ours, &Transcript::new()).await;
    // A server that cannot be asked, or puts us off, is another check's.
    let replies = replies.ok()?.ok()?;
    ours.into_iter().zip(replies).find(|(_, reply)| reply.is_permanent()).map(|(a, reply)| (a, reply.text()))
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    #[tokio::test]
    async fn only_strangers_have_to_agree() {
        for (rua, extra, outcome) in [
            ("mailto:postmaster@example.org", "", Outcome::Pass),
            // Below the same record: the same organisation by the walk.
            ("mailto:a@sub.example.org", "", Outcome::Pass),
            ("mailto:a@other.org", "", Outcome::Fail),
            ("mailto:a@other.org", "example.org._report._dmarc.other.org. 60 TXT \"v=DMARC1\"", Outcome::Pass),
            ("mailto:a@example.org,mailto:b@example.org,mailto:c@example.org", "", Outcome::Warn),
            ("mailto:a@example.org,mailto:b@example.org", "", Outcome::Pass),
            ("mailto:a@other.org", "*._report._dmarc.other.org. 60 TXT \"v=DMARC1;\"", Outcome::Pass),
        ] {
            let world = example(&format!("_dmarc.example.org. 60 TXT \"v=DMARC1; p=none; rua={rua}\""))
                .zone("other.org.", &["127.9.0.12"], extra)
                .run()
                .await;
            let finding = accepted(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{rua} {extra}: {finding:?}");
        }
    }
}
