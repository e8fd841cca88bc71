//! The firewall that is active, and which ports it lets in.

mod ruleset;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

pub use ruleset::{InputChain, OUR_COMMENT, Ruleset};

use super::{Host, HostError};
use crate::facts::FirewallFacts;
use crate::stacks::CommandLine;

/// The longest that a firewall's program may take.
const LOOK: Duration = Duration::from_secs(8);

/// Looks which firewall is active: ufw, firewalld, or a chain on nftables' input hook.
pub fn look(host: &dyn Host) -> Result<FirewallFacts, HostError> {
    if !host.is_root() {
        return Ok(FirewallFacts::None);
    }
    if host.which("ufw").is_some()
        && let Some(status) = said(host, "ufw", &["status"])?
        && status.lines().any(|line| line == "Status: active")
    {
        let rules = status.lines().skip_while(|line| !line.starts_with("--")).skip(1).filter(|line| !line.is_empty());
        return Ok(FirewallFacts::Ufw { rules: rules.map(crate::printable::printable).collect() });
    }
    if host.which("firewall-cmd").is_some()
        && let Some(zone) = firewalld_zone(host)?
    {
        let in_zone = format!("--zone={zone}");
        let mut open = Vec::new();
        for list in ["--list-services", "--list-ports"] {
            let listed = said(host, "firewall-cmd", &[list, &in_zone])?.unwrap_or_default();
            open.extend(listed.split_ascii_whitespace().map(crate::printable::printable));
        }
        let target = said(host, "firewall-cmd", &["--permanent", "--get-target", &in_zone])?;
        if target.is_some_and(|target| target.trim() == "ACCEPT") {
            open.push("0-65535/tcp".into());
        }
        return Ok(FirewallFacts::Firewalld { zone, open });
    }
    look_at_nftables(host)
}

/// The zone that what comes from the internet is judged by: that of the interface with the default route, where it is
/// bound to one, else the default zone. `None` while firewalld does not run.
fn firewalld_zone(host: &dyn Host) -> Result<Option<String>, HostError> {
    let is_name =
        |zone: &String| !zone.is_empty() && zone.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let named = |answer: Option<String>| answer.map(|zone| zone.trim().to_owned()).filter(is_name);
    let Some(default) = named(said(host, "firewall-cmd", &["--get-default-zone"])?) else { return Ok(None) };
    let Some(interface) = default_route_interface(host)? else { return Ok(Some(default)) };
    let bound = said(host, "firewall-cmd", &[&format!("--get-zone-of-interface={interface}")])?;
    Ok(Some(named(bound).unwrap_or(default)))
}

/// `/proc/net/route` (proc_pid_net(5)): interface and destination are its first columns.
fn default_route_interface(host: &dyn Host) -> Result<Option<String>, HostError> {
    let table = host.read(Path::new("/proc/net/route"))?;
    let table = table.map(|file| String::from_utf8_lossy(&file.content).into_owned()).unwrap_or_default();
    let mut routes = table.lines().map(|line| line.split_ascii_whitespace());
    Ok(routes.find_map(|mut columns| {
        let (interface, destination) = (columns.next()?, columns.next()?);
        (destination == "00000000").then(|| interface.to_owned())
    }))
}

fn look_at_nftables(host: &dyn Host) -> Result<FirewallFacts, HostError> {
    if host.which("nft").is_none() {
        return Ok(FirewallFacts::None);
    }
    let Some(json) = said(host, "nft", &["--json", "list", "ruleset"])? else { return Ok(FirewallFacts::None) };
    let ruleset = Ruleset::parse(&json)?;
    let chains = ruleset.input_chains();
    let Some(chain) = chains.iter().find(|c| c.drops).or(chains.first()) else { return Ok(FirewallFacts::None) };
    Ok(FirewallFacts::Nftables {
        chain: (chain.family.clone(), chain.table.clone(), chain.name.clone()),
        drops: chain.drops,
        ruleset: said(host, "nft", &["list", "ruleset"])?.unwrap_or_default(),
    })
}

/// Those of `ports` that the active firewall does not let in from everywhere.
pub fn blocked(host: &dyn Host, firewall: &FirewallFacts, ports: &BTreeSet<u16>) -> Result<BTreeSet<u16>, HostError> {
    let open: BTreeSet<u16> = match firewall {
        FirewallFacts::None => return Ok(BTreeSet::new()),
        FirewallFacts::Ufw { rules } => {
            let ipv6 = ufw_filters_ipv6(host)?;
            ports.iter().copied().filter(|p| ufw_lets_in(rules, *p, ipv6)).collect()
        }
        FirewallFacts::Firewalld { open, .. } => {
            ports.iter().copied().filter(|p| firewalld_lets_in(open, *p)).collect()
        }
        FirewallFacts::Nftables { drops: false, .. } => return Ok(BTreeSet::new()),
        FirewallFacts::Nftables { .. } => {
            let ruleset = Ruleset::parse(&said(host, "nft", &["--json", "list", "ruleset"])?.unwrap_or_default())?;
            let chains = ruleset.input_chains();
            let lets_in = |port: u16| chains.iter().filter(|c| c.drops).all(|c| c.open.contains(&port));
            ports.iter().copied().filter(|p| lets_in(*p)).collect()
        }
    };
    Ok(ports.difference(&open).copied().collect())
}

/// Whether ufw has rules for IPv6 at all: without, it drops all of it, and no rule can open a port there (ufw(8)).
pub fn ufw_filters_ipv6(host: &dyn Host) -> Result<bool, HostError> {
    let settings = host.read(Path::new("/etc/default/ufw"))?;
    let settings = settings.map(|file| String::from_utf8_lossy(&file.content).into_owned()).unwrap_or_default();
    let ipv6 = settings.lines().rev().find_map(|line| line.trim().strip_prefix("IPV6="));
    Ok(ipv6.is_none_or(|value| value.trim_matches(['"', '\'']).eq_ignore_ascii_case("yes")))
}

/// Both families must be let in; ufw shows the second one with "(v6)".
fn ufw_lets_in(rules: &[String], port: u16, ipv6: bool) -> bool {
    let lets_in = |rule: &&String| {
        let mut columns = rule.split("  ").map(str::trim).filter(|c| !c.is_empty());
        let (Some(to), Some(action), Some(from)) = (columns.next(), columns.next(), columns.next()) else {
            return false;
        };
        let to = to.trim_end_matches(" (v6)").trim_end_matches("/tcp");
        let named = to.split(',').any(|one| one == port.to_string() || in_range(one, port));
        named && action.starts_with("ALLOW") && from.starts_with("Anywhere")
    };
    rules.iter().filter(lets_in).any(|rule| !rule.contains("(v6)"))
        && (!ipv6 || rules.iter().filter(lets_in).any(|rule| rule.contains("(v6)")))
}

fn in_range(range: &str, port: u16) -> bool {
    let bounds = range.split_once(':').or_else(|| range.split_once('-'));
    bounds.and_then(|(low, high)| Some((low.parse().ok()?, high.parse().ok()?))).is_some_and(|(low, high)| {
        let bounds: std::ops::RangeInclusive<u16> = low..=high;
        bounds.contains(&port)
    })
}

fn firewalld_lets_in(open: &[String], port: u16) -> bool {
    let service = match port {
        25 => "smtp",
        80 => "http",
        143 => "imap",
        443 => "https",
        465 => "smtps",
        587 => "smtp-submission",
        993 => "imaps",
        _ => "",
    };
    open.iter().any(|one| {
        let ports = one.strip_suffix("/tcp").unwrap_or_default();
        one == service || ports == port.to_string() || in_range(ports, port)
    })
}

fn said(host: &dyn Host, program: &str, args: &[&str]) -> Result<Option<String>, HostError> {
    match host.run(&CommandLine::new(program, args).timeout(LOOK), &mut |_| ()) {
        Ok(output) if output.succeeded() => Ok(Some(output.stdout)),
        Ok(_) | Err(HostError::NoProgram(_) | HostError::TimedOut { .. }) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Whether nftables' rules are loaded at boot from its own file.
pub fn nftables_file_in_use(host: &dyn Host) -> Result<bool, HostError> {
    let enabled = said(host, "systemctl", &["is-enabled", "nftables.service"])?;
    Ok(enabled.is_some_and(|s| s.trim() == "enabled") && host.read(Path::new("/etc/nftables.conf"))?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fake::{FakeHost, printed};

    const RULESET: &str = r#"{"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}},
        {"table": {"family": "inet", "name": "filter", "handle": 1}},
        {"chain": {"family": "inet", "table": "filter", "name": "input", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}},
        {"chain": {"family": "inet", "table": "f2b-table", "name": "f2b-chain", "handle": 1, "type": "filter", "hook": "input", "prio": -1, "policy": "accept"}},
        {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 2, "expr": [{"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}}, {"accept": null}]}},
        {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 4, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"set": [22, {"range": [80, 81]}]}}}, {"counter": {"packets": 0, "bytes": 0}}, {"accept": null}]}},
        {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 5, "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": "192.0.2.1"}}, {"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 25}}, {"accept": null}]}},
        {"rule": {"family": "inet", "table": "filter", "chain": "input", "handle": 9, "comment": "mailwizard", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": 993}}, {"accept": null}]}}]}"#;

    fn host_with_nft(json: &'static str) -> FakeHost {
        let host = FakeHost::default();
        host.script("nft", move |_, _| printed(json));
        host
    }

    #[test]
    fn an_nftables_chain_that_drops_is_found_before_one_that_does_not() {
        let host = host_with_nft(RULESET);
        let found = look(&host).unwrap();
        assert!(
            matches!(&found, FirewallFacts::Nftables { chain, drops: true, .. } if chain.1 == "filter"),
            "{found:?}"
        );
        let ports = BTreeSet::from([22, 25, 80, 587, 993]);
        assert_eq!(
            blocked(&host, &found, &ports).unwrap(),
            BTreeSet::from([25, 587]),
            "25 is only open to one address"
        );
        assert_eq!(Ruleset::parse(RULESET).unwrap().input_chains()[0].ours, [9]);
    }

    #[test]
    fn no_input_hook_means_no_firewall() {
        let host = host_with_nft(r#"{"nftables": [{"metainfo": {}}]}"#);
        assert_eq!(look(&host).unwrap(), FirewallFacts::None);
    }

    #[test]
    fn ufw_must_let_both_families_in() {
        let host = FakeHost::default();
        host.script("ufw", |_, _| {
            printed(
                "Status: active\n\nTo                         Action      From\n--                         ------      ----\n22/tcp                     LIMIT       Anywhere\n25                         ALLOW       Anywhere\n587/tcp                    ALLOW       Anywhere\n993/tcp                    ALLOW       192.0.2.0/24\n25 (v6)                    ALLOW       Anywhere (v6)\n",
            )
        });
        let found = look(&host).unwrap();
        let ports = BTreeSet::from([25, 587, 993]);
        assert_eq!(blocked(&host, &found, &ports).unwrap(), BTreeSet::from([587, 993]));
        host.machine().put("/etc/default/ufw", "IPV6=yes\nIPV6=no\n");
        assert_eq!(blocked(&host, &found, &ports).unwrap(), BTreeSet::from([993]), "ufw has no rules for IPv6 then");
    }

    #[test]
    fn firewalld_knows_ports_and_services() {
        let host = FakeHost::default();
        host.machine()
            .put("/proc/net/route", "Iface Destination Gateway\neth1 0000000A 00000000\neth0 00000000 016433C6\n");
        host.script("firewall-cmd", |command, _| {
            let args: Vec<&str> = command.args.iter().map(String::as_str).collect();
            match args.as_slice() {
                ["--get-default-zone"] => printed("public\n"),
                ["--get-zone-of-interface=eth0"] => printed("external\n"),
                ["--list-services", "--zone=external"] => printed("ssh smtp\n"),
                ["--list-ports", "--zone=external"] => printed("460-470/tcp 993/udp\n"),
                ["--permanent", "--get-target", "--zone=external"] => printed("default\n"),
                other => panic!("{other:?}"),
            }
        });
        let found = look(&host).unwrap();
        assert!(matches!(&found, FirewallFacts::Firewalld { zone, .. } if zone == "external"), "{found:?}");
        let ports = BTreeSet::from([25, 465, 993]);
        assert_eq!(blocked(&host, &found, &ports).unwrap(), BTreeSet::from([993]));
    }
}
