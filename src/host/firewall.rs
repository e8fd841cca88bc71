//! The firewall that is active, and which ports it lets in.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

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
        && let Some(zone) = said(host, "firewall-cmd", &["--get-default-zone"])?.filter(|zone| !zone.trim().is_empty())
    {
        let mut open = Vec::new();
        for list in ["--list-services", "--list-ports"] {
            let listed = said(host, "firewall-cmd", &[list])?.unwrap_or_default();
            open.extend(listed.split_ascii_whitespace().map(crate::printable::printable));
        }
        return Ok(FirewallFacts::Firewalld { zone: zone.trim().to_owned(), open });
    }
    look_at_nftables(host)
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
        FirewallFacts::Ufw { rules } => ports.iter().copied().filter(|p| ufw_lets_in(rules, *p)).collect(),
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

/// Both families must be let in; ufw shows the second one with "(v6)".
fn ufw_lets_in(rules: &[String], port: u16) -> bool {
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
        && rules.iter().filter(lets_in).any(|rule| rule.contains("(v6)"))
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

/// A chain on the input hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputChain {
    /// "inet", "ip" or "ip6".
    pub family: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Whether its policy drops, or a rule without a condition does.
    pub drops: bool,
    /// TCP ports that it accepts from everywhere.
    pub open: BTreeSet<u16>,
    /// Handles of rules that carry our comment.
    pub ours: Vec<u64>,
}

/// The comment on rules that are ours.
pub const OUR_COMMENT: &str = "mailwizard";

/// `nft --json list ruleset` (libnftables-json(5)).
pub struct Ruleset(Vec<Value>);

impl Ruleset {
    /// Reads it.
    pub fn parse(json: &str) -> Result<Self, HostError> {
        let unexpected = |reason: String| HostError::Unexpected { what: "what nft lists".into(), reason };
        if json.trim().is_empty() {
            return Ok(Self(Vec::new()));
        }
        let mut all: Value = serde_json::from_str(json).map_err(|e| unexpected(e.to_string()))?;
        match all["nftables"].take() {
            Value::Array(objects) => Ok(Self(objects)),
            _ => Err(unexpected("it holds no list".into())),
        }
    }

    /// Reads it from the machine.
    pub fn read(host: &dyn Host) -> Result<Self, HostError> {
        Self::parse(&said(host, "nft", &["--json", "list", "ruleset"])?.unwrap_or_default())
    }

    /// The chains that filter what comes in.
    pub fn input_chains(&self) -> Vec<InputChain> {
        let on_input = self.0.iter().map(|object| &object["chain"]).filter(|chain| {
            let family = chain["family"].as_str().unwrap_or_default();
            chain["hook"] == "input" && chain["type"] == "filter" && matches!(family, "inet" | "ip" | "ip6")
        });
        on_input.map(|chain| self.input_chain(chain)).collect()
    }

    fn input_chain(&self, chain: &Value) -> InputChain {
        let text = |key: &str| chain[key].as_str().unwrap_or_default().to_owned();
        let rules = self.rules(&text("family"), &text("table"), &text("name"));
        InputChain {
            drops: chain["policy"] == "drop" || rules.iter().any(|rule| drops_everything(rule)),
            open: rules.iter().flat_map(|rule| accepted_ports(rule)).collect(),
            ours: rules.iter().filter(|r| r["comment"] == OUR_COMMENT).filter_map(|r| r["handle"].as_u64()).collect(),
            family: text("family"),
            table: text("table"),
            name: text("name"),
        }
    }

    fn rules(&self, family: &str, table: &str, chain: &str) -> Vec<&Value> {
        let rules = self.0.iter().map(|object| &object["rule"]);
        rules.filter(|r| r["family"] == family && r["table"] == table && r["chain"] == chain).collect()
    }
}

/// Statements of a rule besides counters and logging.
fn statements(rule: &Value) -> Vec<&Value> {
    let all = rule["expr"].as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(|s| s.get("counter").is_none() && s.get("log").is_none()).collect()
}

fn drops_everything(rule: &Value) -> bool {
    matches!(statements(rule).as_slice(), [only] if only.get("drop").is_some() || only.get("reject").is_some())
}

/// The ports of a rule that says no more than "tcp dport … accept", new connections only included.
fn accepted_ports(rule: &Value) -> Vec<u16> {
    let statements = statements(rule);
    let Some((last, conditions)) = statements.split_last() else { return Vec::new() };
    if last.get("accept").is_none() {
        return Vec::new();
    }
    let mut ports = Vec::new();
    for condition in conditions {
        let matched = &condition["match"];
        if matched["left"]["payload"]["protocol"] == "tcp" && matched["left"]["payload"]["field"] == "dport" {
            ports = listed_ports(&matched["right"]);
        } else if matched["left"]["ct"]["key"] != "state" {
            return Vec::new();
        }
    }
    ports
}

fn listed_ports(right: &Value) -> Vec<u16> {
    let number = |value: &Value| value.as_u64().and_then(|n| u16::try_from(n).ok());
    if let Some(elements) = right["set"].as_array() {
        return elements.iter().flat_map(listed_ports).collect();
    }
    if let Some([low, high]) = right["range"].as_array().map(Vec::as_slice)
        && let (Some(low), Some(high)) = (number(low), number(high))
    {
        return (low..=high).collect();
    }
    number(right).into_iter().collect()
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
    }

    #[test]
    fn firewalld_knows_ports_and_services() {
        let host = FakeHost::default();
        host.script("firewall-cmd", |command, _| match command.args[0].as_str() {
            "--get-default-zone" => printed("public\n"),
            "--list-services" => printed("ssh smtp\n"),
            _ => printed("460-470/tcp 993/udp\n"),
        });
        let found = look(&host).unwrap();
        let ports = BTreeSet::from([25, 465, 993]);
        assert_eq!(blocked(&host, &found, &ports).unwrap(), BTreeSet::from([993]));
    }
}
