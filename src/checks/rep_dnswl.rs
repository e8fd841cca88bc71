//! `rep-dnswl`: whether the list of good senders knows our addresses.

use std::sync::Arc;
use std::time::Duration;

use super::asked::not_ours;
use super::rep_dnsbl::{Verdict, query_name, test_points, verdict};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::spec::Fqdn;

/// Never a fault: most healthy servers are not on it.
pub static REP_DNSWL: Check = Check {
    id: "rep-dnswl",
    area: Area::Reputation,
    why: "Some filters trust mail more that comes from an address on this list.",
    rfc: "RFC 5782 section 3, RFC 8904",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: |context| context.senders().into_iter().map(Subject::Address).collect(),
    run: |context, subject| Box::pin(listed(context, subject)),
};

async fn listed(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Address(address) = subject else { return not_ours() };
    let Some(zone) = context.white_list() else { return Finding::skipped("checks.dnswl names no list") };
    let [must, must_not] = test_points(address);
    let ask = |name: String| async { context.dns.resolve(&{ name }, RecordType::A).await };
    let (must, must_not, ours) =
        tokio::join!(ask(query_name(must, &zone)), ask(query_name(must_not, &zone)), ask(query_name(address, &zone)));
    judge(&verdict(&must, &must_not, &ours, address.is_ipv6()), &zone).evidence([format!(
        "A {}: {}",
        query_name(address, &zone),
        ours.line()
    )])
}

fn judge(verdict: &Verdict, zone: &Fqdn) -> Finding {
    match verdict {
        Verdict::NotListed | Verdict::Policy => Finding::info(format!("{zone} does not know it; that is no fault")),
        // The last number says how far it is trusted; 255 that the question was refused (RFC 8904 section 3.1).
        Verdict::Listed(codes) if codes.iter().any(|c| c.octets()[3] == 255) => {
            Finding::unknown(format!("{zone} does not answer through this resolver"))
        }
        Verdict::Listed(codes) => {
            let trust = codes.first().map_or(0, |c| c.octets()[3]);
            let words = ["no", "low", "medium", "high"].get(usize::from(trust)).copied().unwrap_or("some");
            Finding::pass(format!("{zone} lists it, with {words} trust"))
        }
        Verdict::Unknown(reason) => Finding::unknown(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn not_to_be_listed_is_no_fault() {
        let zone = Fqdn::parse("list.dnswl.org").unwrap();
        assert_eq!(judge(&Verdict::NotListed, &zone).outcome, Outcome::Info);
        assert_eq!(judge(&Verdict::Listed(vec!["127.0.5.2".parse().unwrap()]), &zone).outcome, Outcome::Pass);
        assert_eq!(judge(&Verdict::Listed(vec!["127.0.0.255".parse().unwrap()]), &zone).outcome, Outcome::Unknown);
        assert_eq!(judge(&Verdict::Unknown("x".into()), &zone).outcome, Outcome::Unknown);
    }
}
