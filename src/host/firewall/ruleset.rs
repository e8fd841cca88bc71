//! nftables' rules: the chains on the input hook, and what they let in.

use std::collections::BTreeSet;

use serde_json::Value;

use super::said;
use crate::host::{Host, HostError};

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
