//! What DNS says about a certificate before the CA is asked: a refusal costs an hour of its rate limit.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ObtainError;
use super::caa::{CaaRecord, Issuance, forbids};
use crate::host::{Host, HostError};
use crate::printable::excerpt;
use crate::probe::dns::{DnsClient, RecordType};
use crate::records::{AnswerState, Observation};
use crate::spec::{Fqdn, Spec};

/// The addresses that lead here: those of the spec, and the public ones of the interfaces.
pub fn our_addresses(host: &dyn Host, spec: &Spec) -> Result<BTreeSet<IpAddr>, HostError> {
    let mut ours: BTreeSet<IpAddr> = host.interface_addresses()?.into_iter().collect();
    ours.extend(spec.network.ipv4.map(IpAddr::V4));
    ours.extend(spec.network.ipv6.map(IpAddr::V6));
    Ok(ours)
}

/// Refuses while an A or AAAA record of one of `names` is missing or leads elsewhere, at any authoritative server: the
/// CA asks one of them by chance, and by IPv6 first where there is an AAAA record.
pub async fn addresses_lead_here(dns: &DnsClient, names: &[Fqdn], ours: &BTreeSet<IpAddr>) -> Result<(), ObtainError> {
    for name in names {
        let absolute = name.absolute();
        let (v4, v6) = tokio::join!(dns.observe(&absolute, RecordType::A), dns.observe(&absolute, RecordType::AAAA));
        let v4 = settled(name, "A", &v4)?;
        let v6 = settled(name, "AAAA", &v6)?;
        judge_addresses(name, &v4, &v6, ours)?;
    }
    Ok(())
}

/// Refuses while CAA records do not let this CA issue for one of `names` (RFC 8659 section 3: the nearest ancestor that
/// has any counts).
pub async fn caa_allows(dns: &DnsClient, names: &[Fqdn], issuance: Issuance<'_>) -> Result<(), ObtainError> {
    for name in names {
        let mut at = name.as_str();
        loop {
            let found = settled(name, "CAA", &dns.observe(&format!("{at}."), RecordType::CAA).await)?;
            let found: BTreeSet<&String> = found.iter().flat_map(|(_, data)| data).collect();
            if !found.is_empty() {
                let records: Vec<CaaRecord> = found.iter().filter_map(|data| CaaRecord::parse(data)).collect();
                if let Some(reason) = forbids(&records, issuance) {
                    return Err(ObtainError::not_yet(
                        format!("The CAA records of {at} forbid a certificate for {name}: {reason}."),
                        "Change them at your DNS provider; the certificate was not asked for.",
                    ));
                }
                break;
            }
            match at.split_once('.') {
                Some((_, parent)) => at = parent,
                None => break,
            }
        }
    }
    Ok(())
}

/// What each server says for certain: its name and the data. Only where no authoritative server gives a verdict does
/// the resolver's word count.
fn settled(name: &Fqdn, kind: &str, seen: &Observation) -> Result<Vec<(String, Vec<String>)>, ObtainError> {
    let certain: Vec<(String, Vec<String>)> = seen
        .authoritative
        .iter()
        .filter(|s| s.answer.state.is_verdict())
        .map(|s| (excerpt(&s.server, 80), s.answer.data.clone()))
        .collect();
    if !certain.is_empty() {
        return Ok(certain);
    }
    match &seen.resolver {
        Some(answer) if answer.state.is_verdict() => Ok(vec![("the resolver".into(), answer.data.clone())]),
        other => {
            let why = match (&seen.no_servers, other.as_ref().map(|a| &a.state)) {
                (Some(reason), _) => excerpt(reason, 160),
                (None, Some(AnswerState::ServFail)) => "the name servers answer SERVFAIL".into(),
                (None, Some(AnswerState::Refused)) => "the name servers refuse to answer".into(),
                _ => "no name server answered in time".into(),
            };
            Err(ObtainError::not_yet(
                format!("The {kind} record of {name} could not be looked up: {why}."),
                "Mend the domain's name servers first; the CA could not look it up either.",
            ))
        }
    }
}

fn judge_addresses(
    name: &Fqdn,
    v4: &[(String, Vec<String>)],
    v6: &[(String, Vec<String>)],
    ours: &BTreeSet<IpAddr>,
) -> Result<(), ObtainError> {
    let wanted: Vec<String> = ours.iter().filter(|a| is_public(**a)).map(IpAddr::to_string).collect();
    let lead_here = if wanted.is_empty() { "this machine's public address".into() } else { wanted.join(" and ") };
    // A machine behind NAT that knows none of its public addresses cannot tell whether a record leads here.
    let can_tell = |address: &IpAddr| ours.iter().any(|o| o.is_ipv4() == address.is_ipv4() && is_public(*o));
    for (server, data) in v4.iter().chain(v6) {
        let elsewhere = data.iter().filter_map(|d| d.parse::<IpAddr>().ok()).find(|a| can_tell(a) && !ours.contains(a));
        if let Some(address) = elsewhere {
            let kind = if address.is_ipv4() { "A" } else { "AAAA" };
            return Err(ObtainError::not_yet(
                format!("The {kind} record of {name} leads to {address} at {server}, which is not this machine."),
                format!("Set it to {lead_here}, or remove it; the CA would ask there."),
            ));
        }
    }
    let missing = v4.iter().find(|(server, data)| {
        data.is_empty() && v6.iter().filter(|(other, _)| other == server).all(|(_, data)| data.is_empty())
    });
    match missing {
        Some((server, _)) => Err(ObtainError::not_yet(
            format!("{name} has neither an A nor an AAAA record at {server} yet."),
            format!("Publish it with {lead_here}; `mailwizard records` shows all records."),
        )),
        None => Ok(()),
    }
}

/// Whether an address can be reached from the internet as far as its range says (RFC 1918, RFC 6598, RFC 4193).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            !(v4.is_private() || v4.is_link_local() || v4.is_loopback() || shared || v4 == Ipv4Addr::UNSPECIFIED)
        }
        IpAddr::V6(v6) => {
            !(v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback() || v6 == Ipv6Addr::UNSPECIFIED)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(v4: &[&[&str]], v6: &[&[&str]], ours: &[&str]) -> Result<(), String> {
        let servers = |list: &[&[&str]]| -> Vec<(String, Vec<String>)> {
            let data = |d: &&[&str]| d.iter().map(|a| (*a).to_owned()).collect();
            list.iter().enumerate().map(|(n, d)| (format!("ns{}.dns.example", n + 1), data(d))).collect()
        };
        let ours = ours.iter().map(|a| a.parse().unwrap()).collect();
        let name = Fqdn::parse("mail.example.org").unwrap();
        judge_addresses(&name, &servers(v4), &servers(v6), &ours).map_err(|e| e.to_string())
    }

    #[test]
    fn records_that_lead_here_pass() {
        let ours = ["198.51.100.10", "2001:db8:100::10"];
        assert_eq!(judged(&[&["198.51.100.10"]], &[&["2001:db8:100::10"]], &ours), Ok(()));
        assert_eq!(judged(&[&["198.51.100.10"]], &[&[]], &ours), Ok(()));
        assert_eq!(judged(&[&[]], &[&["2001:db8:100::10"]], &ours), Ok(()));
        // Behind NAT without a word about the public address nothing can be held against the record.
        assert_eq!(judged(&[&["198.51.100.10"]], &[&[]], &["192.168.1.5"]), Ok(()));
    }

    #[test]
    fn records_that_are_missing_or_lead_elsewhere_stop_the_attempt() {
        let ours = ["198.51.100.10", "2001:db8:100::10"];
        for (v4, v6, sentence) in [
            (
                &[&[][..]][..],
                &[&[][..]][..],
                "mail.example.org has neither an A nor an AAAA record at ns1.dns.example yet. Publish it with 198.51.100.10 and 2001:db8:100::10; `mailwizard records` shows all records.",
            ),
            (
                &[&["198.51.100.10"], &[]],
                &[&[], &[]],
                "mail.example.org has neither an A nor an AAAA record at ns2.dns.example yet. Publish it with 198.51.100.10 and 2001:db8:100::10; `mailwizard records` shows all records.",
            ),
            (
                &[&["198.51.100.10"]],
                &[&["2001:db8:bad::1"]],
                "The AAAA record of mail.example.org leads to 2001:db8:bad::1 at ns1.dns.example, which is not this machine. Set it to 198.51.100.10 and 2001:db8:100::10, or remove it; the CA would ask there.",
            ),
        ] {
            assert_eq!(judged(v4, v6, &ours).unwrap_err(), sentence);
        }
    }
}
