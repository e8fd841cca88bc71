//! `dns-ttl`: how long others keep what the records say.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, not_ours};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding, Outcome};
use crate::probe::dns::RecordType;
use crate::spec::Fqdn;

/// From this on a change takes more than a day.
const LONGEST: u32 = 86_400;
/// Below this every sender asks again for every message.
const SHORTEST: u32 = 60;

/// The times to live of a domain's records are neither too long nor too short.
pub static DNS_TTL: Check = Check {
    id: "dns-ttl",
    area: Area::Dns,
    why: "A wrong record lives on at others for as long as its time to live says.",
    rfc: "RFC 1035 section 3.2.1, RFC 2181 section 8",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(times(context, subject)),
};

async fn times(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Domain(domain) = subject else { return not_ours() };
    let mut questions = vec![(domain.absolute(), RecordType::MX), (domain.absolute(), RecordType::TXT)];
    if let Some(host) = context.hosts_of(&domain).first().map(Fqdn::absolute) {
        questions.extend([(host.clone(), RecordType::A), (host, RecordType::AAAA)]);
    }
    let asked = join_all(questions.iter().map(|(name, kind)| ask(&context, name, *kind))).await;
    let (mut seen, mut evidence, mut unknown) = (Vec::new(), Vec::new(), None);
    for ((name, kind), asked) in questions.iter().zip(asked) {
        match asked {
            Ok(asked) => {
                evidence.extend(asked.evidence);
                // The time to live of "there is none" is the zone's business.
                if let (Some(ttl), false) = (asked.answer.ttl, asked.answer.data.is_empty()) {
                    seen.push((format!("{kind} {}", name.trim_end_matches('.')), ttl));
                }
            }
            Err(finding) => unknown = unknown.or(Some(finding)),
        }
    }
    match (judge(&seen), unknown) {
        // What is certain and wrong stays so, whatever else could not be asked.
        (finding, _) if finding.outcome == Outcome::Warn => finding.evidence(evidence),
        (_, Some(unknown)) => unknown,
        (finding, None) => finding.evidence(evidence),
    }
}

fn judge(seen: &[(String, u32)]) -> Finding {
    let expected = format!("{SHORTEST} to {LONGEST} s");
    let named = |test: fn(u32) -> bool| -> Vec<String> {
        seen.iter().filter(|(_, ttl)| test(*ttl)).map(|(what, ttl)| format!("{what}: {ttl} s")).collect()
    };
    let (long, short) = (named(|ttl| ttl > LONGEST), named(|ttl| ttl < SHORTEST));
    if !long.is_empty() {
        return Finding::warn(long.join("; "), expected).instructions(
            "Set the time to live (TTL) of these records to 3600: a change is then everywhere within an hour.",
        );
    }
    if !short.is_empty() {
        return Finding::warn(short.join("; "), expected).instructions(
            "Set the time to live (TTL) of these records to 3600 once you are done with changing them; \
             zero makes some resolvers ask for every message.",
        );
    }
    match (seen.iter().map(|(_, t)| t).min(), seen.iter().map(|(_, t)| t).max()) {
        (Some(least), Some(most)) if least == most => Finding::pass(format!("{least} s")),
        (Some(least), Some(most)) => Finding::pass(format!("{least} to {most} s")),
        _ => Finding::skipped("there is no record"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::probe::dns::test_server::Manner;

    #[tokio::test]
    async fn only_times_that_hurt_are_named() {
        for (ttl, outcome) in [
            (60, Outcome::Pass),
            (300, Outcome::Pass),
            (86_400, Outcome::Pass),
            (86_401, Outcome::Warn),
            (0, Outcome::Warn),
        ] {
            let world = example(&format!("example.org. {ttl} MX 10 mail.example.org.")).run().await;
            assert_eq!(times(context(&world), domain()).await.outcome, outcome, "{ttl}");
        }
    }

    /// A resolver's answer has what is left of the time to live, and the SOA's own numbers are the operator's choice.
    #[tokio::test]
    async fn what_a_resolver_has_left_is_no_time_to_live() {
        let world = example("example.org. 3600 MX 10 mail.example.org.")
            .cached("example.org.", RecordType::MX, &["example.org. 5 MX 10 mail.example.org."])
            .run()
            .await;
        let finding = times(context(&world), domain()).await;
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Pass, "3600 s"));
        let world =
            example("").manner("127.9.0.10", Manner::ServFail).manner("127.9.0.11", Manner::ServFail).run().await;
        assert_eq!(times(context(&world), domain()).await.outcome, Outcome::Unknown);
    }
}
