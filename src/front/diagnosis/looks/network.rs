//! The way out, and rules of this machine's own that stop mail.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::output;
use crate::host::Host;
use crate::printable::excerpt;
use crate::spec::{CertificateMethod, Spec};
use crate::symptoms::Look;

/// Neither IPv4 nor IPv6 has a default route.
pub(super) fn no_route(host: &dyn Host) -> Option<Look> {
    let v4 = output(host, "ip", &["-4", "route", "show", "default"])?;
    let v6 = output(host, "ip", &["-6", "route", "show", "default"])?;
    (v4.trim().is_empty() && v6.trim().is_empty()).then(|| Look {
        id: "no-route",
        line: "ip route show default: no default route, neither for IPv4 nor for IPv6".into(),
    })
}

/// Who holds port 80, where the proof for a new certificate has to be shown by ourselves.
pub(super) fn port_80_held(host: &dyn Host, spec: &Spec) -> Option<Look> {
    let certificate = &spec.certificate;
    if certificate.method != CertificateMethod::AcmeHttp || certificate.webroot.is_some() {
        return None;
    }
    let holder = host.listeners().ok()?.into_iter().find(|listener| listener.port == 80)?;
    let name = holder.process.map_or_else(|| "another program".into(), |name| format!("'{}'", excerpt(&name, 60)));
    Some(Look { id: "port-80-held", line: format!("{name} listens on port 80, and certificate.webroot is not set") })
}

/// A rule that stops connections to port 25 of others.
pub(super) fn output_filter(rules: &str) -> Option<Look> {
    stopped("output-filter", rules, "output", &[("25", 25), ("smtp", 25)])
}

/// A rule that stops questions to name servers. One that spares the resolver is a sound habit: whether names are looked
/// up is another question.
pub(super) fn dns_output_filter(rules: &str) -> Option<Look> {
    stopped("dns-output-filter", rules, "output", &[("53", 53), ("domain", 53)])
}

/// A rule that stops everybody's connections to one of our mail ports.
pub(super) fn input_filter(rules: &str) -> Option<Look> {
    const PORTS: [(&str, u16); 8] = [
        ("25", 25),
        ("smtp", 25),
        ("465", 465),
        ("submissions", 465),
        ("587", 587),
        ("submission", 587),
        ("993", 993),
        ("imaps", 993),
    ];
    stopped("input-filter", rules, "input", &PORTS)
}

fn stopped(id: &'static str, rules: &str, hook: &str, ports: &[(&str, u16)]) -> Option<Look> {
    let line = stopping(rules, hook, ports)?;
    Some(Look { id, line: format!("nft list ruleset: {}", excerpt(line, 200)) })
}

/// The first rule of a chain of this hook that stops one of the ports for everybody. What an earlier rule lets in is
/// not followed.
fn stopping<'a>(rules: &'a str, hook: &str, ports: &[(&str, u16)]) -> Option<&'a str> {
    let (mut of_hook, mut in_bans) = (false, false);
    for line in rules.lines().map(str::trim) {
        if line.starts_with("table ") {
            in_bans = line.contains("f2b");
        }
        if line.starts_with("chain ") {
            of_hook = line.to_lowercase().contains(hook);
        }
        of_hook |= line.contains(&format!("hook {hook}")) || (hook == "output" && line.contains("hook postrouting"));
        let some_only =
            ["saddr", "limit", "meter", "ct count", "daddr @", "iif"].iter().any(|word| line.contains(word));
        let named = line.split_once("dport").is_some_and(|(_, of)| ports.iter().any(|port| names(of, *port)));
        if of_hook && !in_bans && stops(line) && named && !(some_only && hook == "input") {
            return Some(line);
        }
    }
    None
}

/// Whether `25 drop`, `{ 25, 465 } drop`, `smtp drop`, `1-1024 drop` is about the port.
fn names(ports: &str, (word, number): (&str, u16)) -> bool {
    let set = match ports.trim_start().strip_prefix('{') {
        Some(rest) => rest.split('}').next().unwrap_or_default(),
        None => ports.split_whitespace().next().unwrap_or_default(),
    };
    set.split(',').map(str::trim).any(|port| match port.split_once('-') {
        Some((from, to)) => match (from.parse::<u16>(), to.parse::<u16>()) {
            (Ok(from), Ok(to)) => (from..=to).contains(&number),
            _ => false,
        },
        None => port == word,
    })
}

fn stops(line: &str) -> bool {
    line.split_whitespace().any(|word| matches!(word, "drop" | "reject"))
}

/// A rule, or a set that a rule drops, that holds an address which the operator named. The tables of ban services that
/// have a list of their own are told by that list.
pub(super) fn client_dropped(rules: &str, mentioned: &BTreeSet<String>) -> Option<Look> {
    let named: Vec<IpAddr> = mentioned.iter().filter_map(|m| m.parse().ok()).collect();
    if named.is_empty() {
        return None;
    }
    let (mut in_bans, mut set, mut suspects) = (false, String::new(), Vec::new());
    for line in rules.lines().map(str::trim) {
        if line.starts_with("table ") {
            in_bans = line.contains("f2b");
        }
        if let Some(name) = line.strip_prefix("set ") {
            set = name.trim_end_matches(['{', ' ']).to_owned();
        } else if line.starts_with("chain ") {
            set.clear();
        }
        if in_bans || !named.iter().any(|address| holds(line, *address)) {
            continue;
        }
        let look =
            |line: &str| Look { id: "client-dropped", line: format!("nft list ruleset: {}", excerpt(line, 200)) };
        if set.is_empty() && stops(line) {
            return Some(look(line));
        }
        if !set.is_empty() {
            suspects.push((format!("@{set}"), look(&format!("set {set}: {line}"))));
        }
    }
    let dropped = |name: &str| rules.lines().any(|l| stops(l) && l.split_whitespace().any(|word| word == name));
    suspects.into_iter().find(|(name, _)| dropped(name)).map(|(_, look)| look)
}

/// Whether a line holds the address, or a network or range that it lies in.
fn holds(line: &str, address: IpAddr) -> bool {
    let words = line.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}' | '='));
    words.filter(|w| !w.is_empty()).any(|word| match (word.split_once('/'), word.split_once('-')) {
        (Some((network, length)), _) => {
            matches!((network.parse::<IpAddr>(), length.parse::<u32>()), (Ok(n), Ok(l)) if l > 0 && within(address, n, l))
        }
        (None, Some((from, to))) => {
            matches!((from.parse::<IpAddr>(), to.parse::<IpAddr>()), (Ok(f), Ok(t)) if (f..=t).contains(&address))
        }
        (None, None) => word.parse::<IpAddr>().is_ok_and(|a| a == address),
    })
}

/// Whether the first `length` bits are the same.
pub(super) fn within(address: IpAddr, network: IpAddr, length: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) if length <= 32 => {
            (a.to_bits() ^ n.to_bits()).checked_shr(32 - length).unwrap_or(0) == 0
        }
        (IpAddr::V6(a), IpAddr::V6(n)) if length <= 128 => {
            (a.to_bits() ^ n.to_bits()).checked_shr(128 - length).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stops_outgoing_port_25_is_named() {
        let chain = |head: &str, rule: &str| format!("table inet mine {{\n chain {head} {{\n  {rule}\n }}\n}}\n");
        for rule in [
            "tcp dport 25 drop",
            "tcp dport { 25, 465 } counter reject",
            "tcp dport 1-1024 drop",
            "tcp dport smtp drop",
        ] {
            assert!(output_filter(&chain("output", rule)).is_some(), "{rule}");
        }
        for rule in ["tcp dport 2525 drop", "tcp dport { 80, 443 } drop", "tcp dport 25 accept", "tcp sport 25 drop"] {
            assert!(output_filter(&chain("output", rule)).is_none(), "{rule}");
        }
        assert!(output_filter(&chain("input", "tcp dport 25 drop")).is_none());
        assert!(dns_output_filter(&chain("output", "meta skuid 114 udp dport 53 drop")).is_some());
        assert!(dns_output_filter(&chain("output", "tcp dport { 25, 53 } reject")).is_some());
        assert!(dns_output_filter(&chain("output", "tcp dport 25 drop")).is_none());
    }

    #[test]
    fn a_rule_that_keeps_everybody_from_a_mail_port_is_named() {
        let chain = |rule: &str| {
            format!("table ip filter {{\n chain INPUT {{\n  type filter hook input priority 0;\n  {rule}\n }}\n}}\n")
        };
        for rule in [
            "tcp dport 993 counter drop",
            "tcp dport { 25, 143 } reject with icmp port-unreachable",
            "tcp dport imaps drop",
        ] {
            assert!(input_filter(&chain(rule)).is_some(), "{rule}");
        }
        for rule in [
            "ip saddr 192.0.2.1 tcp dport 993 drop",
            "tcp dport 143 drop",
            "tcp dport 25 limit rate over 50/second drop",
            "tcp dport 993 accept",
        ] {
            assert!(input_filter(&chain(rule)).is_none(), "{rule}");
        }
    }

    #[test]
    fn an_address_is_found_in_rules_networks_and_sets_but_not_in_bans() {
        let mentioned: BTreeSet<String> = ["198.51.100.7".to_owned(), "alice@example.org".into()].into();
        let table = |name: &str, body: &str| format!("table inet {name} {{\n{body}\n}}\n");
        let found = |rules: &str| client_dropped(rules, &mentioned).is_some();
        assert!(found(&table("mine", "chain input {\nip saddr 198.51.100.7 drop\n}")));
        assert!(found(&table("mine", "chain input {\nip saddr 198.51.100.0/24 counter reject\n}")));
        let set =
            "set bad {\nelements = { 192.0.2.1, 198.51.100.1-198.51.100.9 }\n}\nchain input {\nip saddr @bad drop\n}";
        assert!(found(&table("crowdsec", set)));
        assert!(!found(&table("f2b-table", set)));
        assert!(!found(&table("mine", "chain input {\nip saddr 198.51.100.8 drop\nip saddr 198.51.100.7 accept\n}")));
        assert!(!found(&table("mine", "chain input {\nip saddr 0.0.0.0/0 tcp dport 23 drop\n}")));
        assert_eq!(client_dropped(&table("mine", set), &BTreeSet::new()), None);
    }
}
