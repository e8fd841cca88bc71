//! `rep-dnsbl-ip`: whether block lists know our addresses (RFC 5782).

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::{Answer, AnswerState};
use crate::spec::Fqdn;

/// Each list is tried at its own test points first; a list that cannot be believed gives no verdict.
pub static REP_DNSBL_IP: Check = Check {
    id: "rep-dnsbl-ip",
    area: Area::Reputation,
    why: "Many servers refuse mail from an address that a large block list names.",
    rfc: "RFC 5782",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: |context| context.senders().into_iter().map(Subject::Address).collect(),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Address(address) = subject else { return Finding::skipped("not an address") };
            listed(&context, address).await
        })
    },
};

/// What one list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    NotListed,
    /// Listed with these codes, each of which counts.
    Listed(Vec<Ipv4Addr>),
    /// Listed as an address of end users (127.0.0.10 and .11 of Spamhaus's PBL): mail should not come from there.
    Policy,
    /// Why nothing can be said.
    Unknown(String),
}

async fn listed(context: &Arc<Context>, address: IpAddr) -> Finding {
    let zones = &context.block_lists();
    if zones.is_empty() {
        return Finding::skipped("checks.dnsbl names no list");
    }
    let asked = zones.iter().map(|zone| async move { (zone.clone(), one(context, zone, address).await) });
    let verdicts: Vec<(Fqdn, Verdict)> = join_all(asked).await;
    let evidence = verdicts.iter().map(|(zone, verdict)| format!("{zone}: {}", words(verdict)));
    judge(&verdicts, address).evidence(evidence.collect::<Vec<_>>())
}

async fn one(context: &Context, zone: &Fqdn, address: IpAddr) -> Verdict {
    let points = test_points(address);
    let ask = |address: IpAddr| async move { context.dns.resolve(&query_name(address, zone), RecordType::A).await };
    let (must, must_not, ours) = tokio::join!(ask(points[0]), ask(points[1]), ask(address));
    verdict(&must, &must_not, &ours, address.is_ipv6())
}

/// 127.0.0.2 must be listed, 127.0.0.1 must not; for IPv6 the same addresses mapped (RFC 5782 section 5).
pub(super) fn test_points(address: IpAddr) -> [IpAddr; 2] {
    let points = [Ipv4Addr::new(127, 0, 0, 2), Ipv4Addr::new(127, 0, 0, 1)];
    match address {
        IpAddr::V4(_) => points.map(IpAddr::V4),
        IpAddr::V6(_) => points.map(|a| a.to_ipv6_mapped().into()),
    }
}

/// Octets or nibbles, last first, before the zone; with the final dot, so that no search domain is added.
pub(super) fn query_name(address: IpAddr, zone: &Fqdn) -> String {
    let reversed = match address {
        IpAddr::V4(v4) => v4.octets().iter().rev().map(u8::to_string).collect::<Vec<_>>(),
        IpAddr::V6(v6) => v6
            .octets()
            .iter()
            .rev()
            .flat_map(|octet| [format!("{:x}", octet & 15), format!("{:x}", octet >> 4)])
            .collect(),
    };
    format!("{}.{}", reversed.join("."), zone.absolute())
}

pub(super) fn verdict(must: &Answer, must_not: &Answer, ours: &Answer, ipv6: bool) -> Verdict {
    let codes = |answer: &Answer| answer.data.iter().filter_map(|d| d.parse::<Ipv4Addr>().ok()).collect::<Vec<_>>();
    for answer in [must, must_not, ours] {
        if !answer.state.is_verdict() {
            return Verdict::Unknown(format!("the resolver {}", answer.state.said()));
        }
        if let Some(code) = codes(answer).iter().find(|c| c.octets()[..3] == [127, 255, 255]) {
            return Verdict::Unknown(match code.octets()[3] {
                252 => "the list's name is misspelt".into(),
                254 => "it does not answer through a public resolver; use one of your own".into(),
                255 => "it was asked too often from your resolver".into(),
                _ => format!("it answers with the error {code}"),
            });
        }
        if codes(answer).iter().any(|c| c.octets()[0] != 127) {
            return Verdict::Unknown("somebody on the way answers in its place".into());
        }
    }
    if must_not.state == AnswerState::Found {
        return Verdict::Unknown("it lists every address: it is out of order".into());
    }
    if must.state != AnswerState::Found {
        return Verdict::Unknown(match ipv6 {
            true => "it does not know IPv6".into(),
            false => "it does not answer its own test: it is out of order, or gone".into(),
        });
    }
    let ours = codes(ours);
    match ours.as_slice() {
        [] => Verdict::NotListed,
        codes if codes.iter().all(|c| matches!(c.octets(), [127, 0, 0, 10 | 11])) => Verdict::Policy,
        _ => Verdict::Listed(ours),
    }
}

pub(super) fn words(verdict: &Verdict) -> String {
    match verdict {
        Verdict::NotListed => "not listed".into(),
        Verdict::Listed(codes) => {
            format!("listed ({})", codes.iter().map(Ipv4Addr::to_string).collect::<Vec<_>>().join(", "))
        }
        Verdict::Policy => "listed as an address of end users".into(),
        Verdict::Unknown(reason) => reason.clone(),
    }
}

fn judge(verdicts: &[(Fqdn, Verdict)], address: IpAddr) -> Finding {
    let of = |test: fn(&Verdict) -> bool| verdicts.iter().filter(move |(_, v)| test(v)).collect::<Vec<_>>();
    let names = |list: &[&(Fqdn, Verdict)]| list.iter().map(|(z, _)| z.to_string()).collect::<Vec<_>>().join(", ");
    let listed = of(|v| matches!(v, Verdict::Listed(_)));
    if !listed.is_empty() {
        return Finding::fail(format!("{address} is listed by {}", names(&listed)), "on no list").instructions(
            "Find out first what was sent (the log), stop it, then ask to be taken off at the list's web site.",
        );
    }
    let policy = of(|v| matches!(v, Verdict::Policy));
    if !policy.is_empty() {
        return Finding::warn(format!("{} takes {address} for an end user's", names(&policy)), "on no list")
            .instructions("Ask your hoster to have the address taken off; some lists let you do it yourself.");
    }
    let unknown = of(|v| matches!(v, Verdict::Unknown(_)));
    match verdicts.len() - unknown.len() {
        0 => Finding::unknown(format!("no list could be asked: {}", words(&unknown[0].1))),
        asked => Finding::pass(format!("on none of {asked} lists")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn answer(state: AnswerState, data: &[&str]) -> Answer {
        Answer {
            state,
            data: data.iter().map(|d| (*d).to_owned()).collect(),
            ttl: None,
            canonical_name: None,
            elapsed_ms: 1,
        }
    }

    fn found(data: &[&str]) -> Answer {
        answer(AnswerState::Found, data)
    }

    fn none() -> Answer {
        answer(AnswerState::NxDomain, &[])
    }

    #[test]
    fn names_are_reversed_by_octet_and_by_nibble() {
        let zone = Fqdn::parse("zen.spamhaus.org").unwrap();
        assert_eq!(query_name("192.0.2.99".parse().unwrap(), &zone), "99.2.0.192.zen.spamhaus.org.");
        let v6 = query_name("2001:db8::1".parse().unwrap(), &zone);
        assert!(v6.starts_with("1.0.0.0.") && v6.ends_with(".8.b.d.0.1.0.0.2.zen.spamhaus.org."), "{v6}");
    }

    #[test]
    fn only_a_list_that_passes_its_own_test_is_believed() {
        let test = found(&["127.0.0.2"]);
        assert_eq!(verdict(&test, &none(), &none(), false), Verdict::NotListed);
        assert_eq!(
            verdict(&test, &none(), &found(&["127.0.0.2"]), false),
            Verdict::Listed(vec![Ipv4Addr::new(127, 0, 0, 2)])
        );
        assert_eq!(verdict(&test, &none(), &found(&["127.0.0.10", "127.0.0.11"]), false), Verdict::Policy);
        for unbelievable in [
            verdict(&found(&["127.255.255.254"]), &found(&["127.255.255.254"]), &found(&["127.255.255.254"]), false),
            verdict(&none(), &none(), &none(), false),
            verdict(&test, &test, &test, false),
            verdict(&test, &none(), &found(&["203.0.113.9"]), false),
            verdict(&answer(AnswerState::ServFail, &[]), &none(), &none(), false),
        ] {
            assert!(matches!(unbelievable, Verdict::Unknown(_)), "{unbelievable:?}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_asked_never_condemns() {
        let zone = || Fqdn::parse("list.example").unwrap();
        let address = "192.0.2.1".parse().unwrap();
        let unknown = || (zone(), Verdict::Unknown("x".into()));
        assert_eq!(judge(&[unknown()], address).outcome, Outcome::Unknown);
        assert_eq!(judge(&[unknown(), (zone(), Verdict::NotListed)], address).found, "on none of 1 lists");
        assert_eq!(judge(&[unknown(), (zone(), Verdict::Policy)], address).outcome, Outcome::Warn);
    }
}
