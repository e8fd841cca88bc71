//! `dns-srv-client`: where mail programs are sent.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, domain, joined, judge_record};
use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::{Phase, RecordKind, wanted};
use crate::spec::Domain;

/// SRV records lead mail programs to our host and ports, and say what is not offered.
pub static DNS_SRV_CLIENT: Check = Check {
    id: "dns-srv-client",
    area: Area::Dns,
    why: "Mail programs set themselves up by these records.",
    rfc: "RFC 6186 section 3, RFC 8314 section 5.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(services(context, subject)),
};

async fn services(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    match context.own() {
        Ok(own) => our_services(&context, own, domain).await,
        Err(_) => any_services(&context, domain).await,
    }
}

/// The services that mail programs look for.
const SERVICES: [&str; 7] = ["_submissions", "_submission", "_imaps", "_imap", "_pop3s", "_pop3", "_sieve"];

/// What another's domain offers leads to hosts; what it does not offer is no fault.
async fn any_services(context: &Context, domain: &Domain) -> Finding {
    let names = SERVICES.map(|service| domain.below(&format!("{service}._tcp")));
    let asked = join_all(names.iter().map(|name| ask(context, name, RecordType::SRV))).await;
    let mut evidence = Vec::new();
    let (mut offered, mut faults, mut unknown) = (Vec::new(), Vec::new(), None);
    for (service, asked) in SERVICES.iter().zip(asked) {
        match asked {
            Ok(asked) => {
                for data in &asked.answer.data {
                    let [_, _, port, target] = data.split(' ').collect::<Vec<_>>()[..] else { continue };
                    match target {
                        "." => {}
                        target if context.dns.addresses(target).await == (Vec::new(), true) => {
                            faults.push(format!("{service}: {} has no address", target.trim_end_matches('.')));
                        }
                        // Everybody follows it, though RFC 2782 does not allow it.
                        target if context.dns.resolve(target, RecordType::A).await.canonical_name.is_some() => {
                            offered.push(format!("{service} {}:{port}, an alias", target.trim_end_matches('.')));
                        }
                        target => offered.push(format!("{service} {}:{port}", target.trim_end_matches('.'))),
                    }
                }
                evidence.extend(asked.evidence);
            }
            Err(finding) => unknown = Some(finding),
        }
    }
    let finding = match (faults.is_empty(), unknown) {
        (false, _) => Finding::fail(faults.join("; "), "hosts that exist"),
        (true, Some(unknown)) => unknown,
        (true, None) if offered.is_empty() => Finding::info("none: mail programs have to be set up by hand"),
        (true, None) => Finding::pass(offered.join(", ")),
    };
    finding.evidence(evidence)
}

async fn our_services(context: &Context, own: &Own, domain: &Domain) -> Finding {
    let below = format!("._tcp.{}", domain.absolute());
    let records: Vec<_> = wanted(&own.spec, &own.known)
        .into_iter()
        // Names without a label between are this domain's, and not one's below it.
        .filter(|r| {
            r.kind == RecordKind::Srv
                && r.phase == Phase::Before
                && r.name.strip_suffix(&below).is_some_and(|s| !s.contains('.'))
        })
        .collect();
    joined(join_all(records.iter().map(|r| judge_record(context, own, r))).await)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example, others};
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

    #[tokio::test]
    async fn a_dot_is_no_host_and_an_alias_is_followed() {
        let host = "imap.example.org. 60 A 192.0.2.1";
        for (lines, outcome, part) in [
            (
                format!("_imaps._tcp.example.org. 60 SRV 0 1 993 imap.example.org.\n{host}"),
                Outcome::Pass,
                "_imaps imap.example.org:993",
            ),
            (
                format!(
                    "_imaps._tcp.example.org. 60 SRV 0 1 993 alias.example.org.\nalias.example.org. 60 CNAME imap.example.org.\n{host}"
                ),
                Outcome::Pass,
                "an alias",
            ),
            ("_pop3._tcp.example.org. 60 SRV 0 0 0 .".to_owned(), Outcome::Info, "none"),
            ("_imaps._tcp.example.org. 60 SRV 0 1 993 gone.example.org.".to_owned(), Outcome::Fail, "no address"),
        ] {
            let world = example(&lines).run().await;
            let finding = services(others(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
            assert!(finding.found.contains(part), "{lines}: {finding:?}");
        }
    }
}
