//! `dns-srv-client`: where mail programs are sent.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{domains, joined, judge_record, not_ours, served};
use super::{Check, Context, Subject};
use crate::finding::{Area, Finding};
use crate::records::{Phase, RecordKind, wanted};

/// SRV records lead mail programs to our host and ports, and say what is not offered.
pub static DNS_SRV_CLIENT: Check = Check {
    id: "dns-srv-client",
    area: Area::Dns,
    why: "Mail programs set themselves up by these records.",
    rfc: "RFC 6186 section 3, RFC 8314 section 5.1",
    needs: &[],
    intrusive: false,
    timeout: Duration::from_secs(15),
    subjects: domains,
    run: |context, subject| Box::pin(services(context, subject)),
};

async fn services(context: Arc<Context>, subject: Subject) -> Finding {
    let Some(domain) = served(&context, &subject) else { return not_ours() };
    let below = format!("._tcp.{}", domain.name.absolute());
    let records: Vec<_> = wanted(&context.spec, &context.known)
        .into_iter()
        // Names without a label between are this domain's, and not one's below it.
        .filter(|r| {
            r.kind == RecordKind::Srv
                && r.phase == Phase::Before
                && r.name.strip_suffix(&below).is_some_and(|s| !s.contains('.'))
        })
        .collect();
    joined(join_all(records.iter().map(|r| judge_record(&context, r))).await)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    #[tokio::test]
    async fn targets_and_ports_are_compared() {
        let all = "_submissions._tcp.example.org. 60 SRV 0 1 465 mail.example.org.\n_imaps._tcp.example.org. 60 SRV 0 1 993 mail.example.org.\n_submission._tcp.example.org. 60 SRV 0 1 587 mail.example.org.";
        let off: Vec<String> = ["_imap", "_pop3", "_pop3s", "_sieve"]
            .iter()
            .map(|s| format!("{s}._tcp.example.org. 60 SRV 0 0 0 ."))
            .collect();
        let off = off.join("\n");
        for (lines, outcome) in [
            (format!("{all}\n{off}"), Outcome::Pass),
            (String::new(), Outcome::Info),
            (format!("{}\n{off}", all.replace("993 mail", "993 other")), Outcome::Fail),
            (format!("{}\n{off}", all.replace("993", "143")), Outcome::Fail),
            (
                format!(
                    "{all}\n{}",
                    off.replace(
                        "_pop3s._tcp.example.org. 60 SRV 0 0 0 .",
                        "_pop3s._tcp.example.org. 60 SRV 0 1 995 old.net."
                    )
                ),
                Outcome::Fail,
            ),
        ] {
            let world = example(&lines).run().await;
            let finding = services(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
    }
}
