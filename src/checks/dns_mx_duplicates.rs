//! `dns-mx-duplicates`: the MX records name different servers.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, not_ours};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::dns::RecordType;

/// The same host stands in the MX records only once.
pub static DNS_MX_DUPLICATES: Check = Check {
    id: "dns-mx-duplicates",
    area: Area::Dns,
    why: "A second MX record for the same host makes senders try a server that is down twice, and another one later.",
    rfc: "RFC 5321 section 5.1",
    needs: &["dns-mx-target-valid"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::domains,
    run: |context, subject| Box::pin(distinct(context, subject)),
};

async fn distinct(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Domain(domain) = subject else { return not_ours() };
    let asked = match ask(&context, domain.as_str(), RecordType::MX).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let records: Vec<(&str, &str)> = asked.answer.data.iter().filter_map(|d| d.split_once(' ')).collect();
    let hosts: Vec<&str> = records.iter().map(|(_, host)| *host).filter(|h| *h != ".").collect();
    if hosts.len() < 2 {
        return Finding::pass("no two MX records").evidence(asked.evidence);
    }
    let twice = hosts.iter().enumerate().find(|(at, host)| hosts[..*at].contains(host));
    if let Some((_, host)) = twice {
        let preferences: Vec<&str> = records.iter().filter(|(_, h)| h == host).map(|(p, _)| *p).collect();
        return Finding::warn(
            format!("{} stands in {} MX records ({})", excerpt(host, 80), preferences.len(), preferences.join(", ")),
            "each host once",
        )
        .instructions(format!("Keep only one of the MX records of {domain} for {}", excerpt(host, 80)))
        .evidence(asked.evidence);
    }
    let looked_up = hosts.iter().map(|host| async { ((*host).to_owned(), context.dns.addresses(host).await.0) });
    let found = match shared(&join_all(looked_up).await) {
        // One machine under two names is a choice (a name that is being replaced): senders only gain nothing by it.
        Some((address, names)) => Finding::info(format!("{} are one machine, {address}", names.join(" and "))),
        None => Finding::pass(format!("{} hosts", hosts.len())),
    };
    found.evidence(asked.evidence)
}

/// The first address that several hosts have.
fn shared(hosts: &[(String, Vec<IpAddr>)]) -> Option<(IpAddr, Vec<String>)> {
    let mut by_address: BTreeMap<IpAddr, Vec<String>> = BTreeMap::new();
    for (host, addresses) in hosts {
        for address in addresses {
            by_address.entry(*address).or_default().push(host.trim_end_matches('.').to_owned());
        }
    }
    by_address.into_iter().find(|(_, names)| names.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    #[tokio::test]
    async fn one_host_twice_is_a_warning_and_one_machine_twice_is_not() {
        let two = "a.example.org. 60 A 192.0.2.1\nb.example.org. 60 A 192.0.2.2\nc.example.org. 60 A 192.0.2.1";
        for (mx, outcome) in [
            (&["10 a.example.org."][..], Outcome::Pass),
            (&["10 a.example.org.", "20 b.example.org."], Outcome::Pass),
            (&["10 a.example.org.", "20 A.example.org."], Outcome::Warn),
            (&["10 a.example.org.", "20 c.example.org."], Outcome::Info),
            (&[], Outcome::Pass),
            (&["0 ."], Outcome::Pass),
        ] {
            let lines: Vec<String> = mx.iter().map(|m| format!("example.org. 60 MX {m}")).collect();
            let world = example(&format!("{two}\n{}", lines.join("\n"))).run().await;
            let finding = distinct(context(&world), domain()).await;
            assert_eq!(finding.outcome, outcome, "{mx:?}: {finding:?}");
        }
    }
}
