//! `dns-zone-ns` and `dns-wildcard`: the zone that everything else stands in.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, domain};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::{NameServer, NoZone, RecordType};
use crate::records::{AnswerState, NameServerAnswer};

/// All name servers of the domain answer, agree, and are those that the parent names.
pub static DNS_ZONE_NS: Check = Check {
    id: "dns-zone-ns",
    area: Area::Dns,
    why: "A name server that does not answer, or answers with old data, loses mail by chance.",
    rfc: "RFC 1034 section 4.2.2, RFC 2182 section 5",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(25),
    subjects: Context::domains,
    run: |context, subject| Box::pin(servers(context, subject)),
};

/// No wildcard record answers for names that nobody published.
pub static DNS_WILDCARD: Check = Check {
    id: "dns-wildcard",
    area: Area::Dns,
    why: "A wildcard answers for every name, so a record that is missing looks as if it were there.",
    rfc: "RFC 4592",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(wildcard(context, subject)),
};

async fn servers(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let zone = match context.dns.zone_of(domain.as_str()).await {
        Ok(zone) => zone,
        Err(not_there @ NoZone::NotDelegated { .. }) => {
            return Finding::fail(not_there.to_string(), "a delegated domain")
                .instructions("Register the domain, or set its name servers at the registrar");
        }
        Err(unknown) => return Finding::unknown(unknown.to_string()),
    };
    let (delegation, child, soa) = tokio::join!(
        context.dns.delegation(&zone.apex),
        context.dns.observe(&zone.apex, RecordType::NS),
        context.dns.observe(&zone.apex, RecordType::SOA),
    );
    let mut evidence = child.evidence(&format!("NS {}", zone.apex));
    evidence.extend(soa.evidence(&format!("SOA {}", zone.apex)));
    let mut faults = Vec::new();
    let mut warnings = Vec::new();
    let at_parent: Option<BTreeSet<&str>> = delegation.as_ref().ok().map(|d| names(&d.servers));
    let at_child: BTreeSet<&str> =
        child.verdict().map(|a| a.data.iter().map(String::as_str).collect()).unwrap_or_default();
    // For as long as the TTL lasts the resolver knows the servers of before: others ask those that are named by now.
    let is_named = |server: &str| {
        let same = |name: &&str| name.trim_end_matches('.') == server.trim_end_matches('.');
        at_parent.as_ref().is_none_or(|at_parent| at_parent.iter().chain(&at_child).any(same))
    };
    let known = names(&zone.servers);
    let named = delegation.iter().flat_map(|delegation| &delegation.servers);
    let newer: Vec<NameServer> = named.filter(|server| !known.contains(server.name.as_str())).cloned().collect();
    for server in zone.servers.iter().chain(&newer).filter(|s| s.addresses.is_empty() && is_named(&s.name)) {
        faults.push(format!("{} has no address", server.name.trim_end_matches('.')));
    }
    let newer = context.dns.observe_at(newer, &zone.apex, RecordType::NS).await;
    for answer in child.authoritative.iter().chain(&newer).filter(|answer| is_named(&answer.server)) {
        let said = format!("{} ({}) {}", answer.server, answer.address.ip(), answer.answer.state.said());
        match answer.answer.state {
            AnswerState::Found => {}
            AnswerState::TimedOut | AnswerState::Other(_) => warnings.push(said),
            _ => faults.push(said),
        }
    }
    match &delegation {
        Ok(delegation) => {
            let at_parent = names(&delegation.servers);
            evidence.push(format!("NS {} at the parent {}: {}", zone.apex, delegation.parent, listed(&at_parent)));
            if !at_child.is_empty() && at_parent != at_child {
                warnings.push(format!(
                    "the parent names {}, the zone itself {}",
                    listed(&at_parent),
                    listed(&at_child)
                ));
            }
        }
        Err(reason) => evidence.push(format!("the parent could not be asked: {reason}")),
    }
    let soa: Vec<&NameServerAnswer> = soa.authoritative.iter().filter(|answer| is_named(&answer.server)).collect();
    let serials: BTreeSet<u32> = soa.iter().filter_map(|a| a.serial).collect();
    if serials.len() > 1 {
        let each: Vec<String> = soa.iter().filter_map(|a| a.serial.map(|s| format!("{} {s}", a.server))).collect();
        warnings.push(format!("the servers hold different versions: {}", each.join(", ")));
    }
    let servers = at_parent.as_ref().unwrap_or(&known);
    if servers.len() < 2 {
        warnings.push("there is only one name server".into());
    }
    let expected = "at least two name servers that answer alike";
    let bare = zone.apex.trim_end_matches('.');
    let finding = if !faults.is_empty() {
        let all: Vec<String> = faults.into_iter().chain(warnings).collect();
        Finding::fail(all.join("; "), expected)
            .instructions(format!("Correct the name servers of {bare} at the registrar, or ask the DNS provider"))
    } else if warnings.is_empty() {
        Finding::pass(format!("{} answer alike", listed(servers)))
    } else if child.verdict().is_none() {
        Finding::unknown(warnings.join("; "))
    } else {
        Finding::warn(warnings.join("; "), expected)
            .instructions(format!("Wait some minutes if you have just changed {bare}; else ask the DNS provider"))
    };
    finding.evidence(evidence)
}

fn names(servers: &[NameServer]) -> BTreeSet<&str> {
    servers.iter().map(|server| server.name.as_str()).collect()
}

fn listed(names: &BTreeSet<&str>) -> String {
    let bare: Vec<&str> = names.iter().map(|n| n.trim_end_matches('.')).collect();
    bare.join(" ")
}

async fn wildcard(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let stray = context.dns.stray_name(&domain.absolute());
    let kinds = [RecordType::A, RecordType::MX, RecordType::TXT];
    let asked = join_all(kinds.iter().map(|kind| ask(&context, &stray, *kind))).await;
    let mut evidence = Vec::new();
    let mut answered = Vec::new();
    let mut text = false;
    for (kind, asked) in kinds.iter().zip(asked) {
        match asked {
            Ok(asked) => {
                evidence.extend(asked.evidence);
                if asked.answer.state == AnswerState::Found {
                    answered.push(format!("{kind} {}", crate::printable::excerpt(&asked.answer.data.join(" | "), 80)));
                    text |= *kind == RecordType::TXT;
                }
            }
            Err(unknown) => return unknown,
        }
    }
    let found = format!("*.{} answers with {}", domain, answered.join("; "));
    let finding = match (answered.is_empty(), text) {
        (true, _) => Finding::pass("none"),
        (false, false) => Finding::info(found),
        (false, true) => Finding::warn(found, "no wildcard TXT record").instructions(format!(
            "Remove the TXT record *.{}: it answers for _dmarc and every DKIM selector that is not published",
            domain
        )),
    };
    finding.evidence(evidence)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::dns::test_server::{Manner, World};

    #[tokio::test]
    async fn servers_are_asked_one_by_one_and_the_parent_too() {
        for (world, outcome, part) in [
            (example(""), Outcome::Pass, "n10.ns.org n11.ns.org answer alike"),
            (World::new().zone("example.org.", &["127.9.0.10"], ""), Outcome::Warn, "only one name server"),
            (example("").manner("127.9.0.11", Manner::Refused), Outcome::Fail, "n11.ns.org (127.9.0.11) would not say"),
            (example("").manner("127.9.0.11", Manner::Lame), Outcome::Fail, "lame"),
            (
                example("").manner("127.9.0.11", Manner::Lame).cached(
                    "example.org.",
                    RecordType::NS,
                    &["example.org. 60 NS n10.ns.org."],
                ),
                Outcome::Fail,
                "n11.ns.org (127.9.0.11)",
            ),
            (
                example("").cached(
                    "example.org.",
                    RecordType::NS,
                    &[
                        "example.org. 60 NS n10.ns.org.",
                        "example.org. 60 NS n11.ns.org.",
                        "example.org. 60 NS gone.ns.org.",
                    ],
                ),
                Outcome::Pass,
                "answer alike",
            ),
            (example("").manner("127.9.0.11", Manner::Silent), Outcome::Warn, "did not answer in time"),
            (
                example("").lagging(
                    "127.9.0.11",
                    "example.org.",
                    "example.org. 60 NS n10.ns.org.\nexample.org. 60 NS n11.ns.org.",
                ),
                Outcome::Warn,
                "n10.ns.org 7, n11.ns.org 6",
            ),
            (
                example("").undelegated("n11.ns.org.", "example.org."),
                Outcome::Warn,
                "the parent names n10.ns.org, the zone itself n10.ns.org n11.ns.org",
            ),
        ] {
            let world = world.run().await;
            let finding = servers(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{finding:?}");
            assert!(finding.found.contains(part), "{part}: {finding:?}");
        }
    }

    #[tokio::test]
    async fn wildcards_are_told_by_type() {
        for (lines, outcome) in [
            ("", Outcome::Pass),
            ("*.example.org. 60 A 192.0.2.1", Outcome::Info),
            ("*.example.org. 60 TXT \"v=spf1 -all\"", Outcome::Warn),
        ] {
            let world = example(lines).run().await;
            let finding = wildcard(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
    }
}
