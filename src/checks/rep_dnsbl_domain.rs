//! `rep-dnsbl-domain`: whether lists of bad domains know ours (RFC 5782 section 2.2).

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::domain;
use super::rep_dnsbl::{Verdict, verdict, words};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::Answer;
use crate::spec::{Domain, Fqdn};

/// Each list is tried at its own test points first.
pub static REP_DNSBL_DOMAIN: Check = Check {
    id: "rep-dnsbl-domain",
    area: Area::Reputation,
    why: "Mail that only mentions a listed domain is refused, whichever server sends it.",
    rfc: "RFC 5782 sections 2.2 and 5",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: Context::domains,
    run: |context, subject| Box::pin(listed(context, subject)),
};

async fn listed(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let zones = context.domain_block_lists();
    if zones.is_empty() {
        return Finding::skipped("checks.dnsbl_domains names no list");
    }
    let asked = zones.into_iter().map(|zone| async {
        let verdict = one(&context, &zone, domain).await;
        (zone, verdict)
    });
    let verdicts: Vec<(Fqdn, Verdict)> = join_all(asked).await;
    let evidence: Vec<String> = verdicts.iter().map(|(zone, verdict)| format!("{zone}: {}", words(verdict))).collect();
    judge(&verdicts, domain).evidence(evidence)
}

/// A list of domains lists "test" and not "invalid" (RFC 5782 section 5). Only names are asked about, never addresses.
async fn one(context: &Context, zone: &Fqdn, domain: &Domain) -> Verdict {
    let ask = |name: String| async move { context.dns.resolve(&name, RecordType::A).await };
    let (must, must_not, ours) = tokio::join!(
        ask(format!("test.{}", zone.absolute())),
        ask(format!("invalid.{}", zone.absolute())),
        ask(format!("{domain}.{}", zone.absolute()))
    );
    believed(&must, &must_not, &ours)
}

fn believed(must: &Answer, must_not: &Answer, ours: &Answer) -> Verdict {
    // 127.0.1.255 says that an address was asked about (Spamhaus DBL), which is an error and no listing.
    if ours.data.iter().any(|d| d == "127.0.1.255") {
        return Verdict::Unknown("it took the name for an address".into());
    }
    verdict(must, must_not, ours, false)
}

fn judge(verdicts: &[(Fqdn, Verdict)], domain: &Domain) -> Finding {
    let listed: Vec<String> = verdicts
        .iter()
        .filter(|(_, v)| matches!(v, Verdict::Listed(_) | Verdict::Policy))
        .map(|(zone, _)| zone.to_string())
        .collect();
    if !listed.is_empty() {
        return Finding::fail(format!("{domain} is listed by {}", listed.join(", ")), "on no list").instructions(
            "Find out first what was sent or served in its name, stop it, then ask to be taken off at the list's web site.",
        );
    }
    let unknown: Vec<&(Fqdn, Verdict)> = verdicts.iter().filter(|(_, v)| matches!(v, Verdict::Unknown(_))).collect();
    match (verdicts.len() - unknown.len(), unknown.first()) {
        (0, Some((_, why))) => Finding::unknown(format!("no list could be asked: {}", words(why))),
        (asked, _) => Finding::pass(format!("on none of {asked} lists")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::records::AnswerState;

    fn answer(data: &[&str]) -> Answer {
        let state = if data.is_empty() { AnswerState::NxDomain } else { AnswerState::Found };
        let data = data.iter().map(|d| (*d).to_owned()).collect();
        Answer { state, data, ttl: None, canonical_name: None, elapsed_ms: 1 }
    }

    #[test]
    fn error_codes_are_no_listings() {
        let test = answer(&["127.0.1.2"]);
        let none = answer(&[]);
        let judge = |must: &Answer, ours: &[&str]| {
            let verdict = believed(must, &none, &answer(ours));
            super::judge(&[(Fqdn::parse("dbl.example").unwrap(), verdict)], &Domain::parse("example.org").unwrap())
                .outcome
        };
        assert_eq!(judge(&test, &[]), Outcome::Pass);
        assert_eq!(judge(&test, &["127.0.1.2"]), Outcome::Fail);
        assert_eq!(judge(&test, &["127.0.1.255"]), Outcome::Unknown);
        assert_eq!(judge(&test, &["127.255.255.254"]), Outcome::Unknown);
        assert_eq!(judge(&none, &["127.0.1.2"]), Outcome::Unknown);
    }
}
