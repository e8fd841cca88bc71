//! Our rules in the operator's firewall, and the script that takes them out again.

use super::spaced;
use crate::facts::FirewallFacts;
use crate::host::firewall::{InputChain, OUR_COMMENT};
use crate::stacks::CommandLine;

pub(super) const NFTABLES_CONF: &str = "/etc/nftables.conf";
/// Our lines in it stand between these two.
pub(super) const BEGIN: &str = "# mailwizard: mail ports, begin";
pub(super) const END: &str = "# mailwizard: mail ports, end";

/// Rules that let ports in.
pub(in crate::apply) struct Rules {
    /// "ufw", "firewalld" or "nftables".
    pub firewall: String,
    /// The zone, with firewalld.
    pub zone: Option<String>,
    /// The ports that were closed.
    pub ports: Vec<u16>,
    /// The firewall as it was found.
    pub(super) facts: FirewallFacts,
}

impl Rules {
    /// Rules for the firewall that is active; `None` when there is none.
    pub(super) fn new(facts: &FirewallFacts, ports: Vec<u16>) -> Option<Self> {
        let (firewall, zone) = match facts {
            FirewallFacts::None => return None,
            FirewallFacts::Ufw { .. } => ("ufw", None),
            FirewallFacts::Firewalld { zone, .. } => ("firewalld", Some(zone.clone())),
            FirewallFacts::Nftables { .. } => ("nftables", None),
        };
        Some(Self { firewall: firewall.into(), zone, ports, facts: facts.clone() })
    }

    /// Rules as the history remembers them.
    pub fn remembered(firewall: &str, zone: Option<&str>, ports: &[u16]) -> Self {
        let zone = zone.map(str::to_owned);
        Self { firewall: firewall.to_owned(), zone, ports: ports.to_owned(), facts: FirewallFacts::None }
    }

    /// firewalld told to add or remove the ports until its next start.
    pub(super) fn firewall_cmd(&self, verb: &str) -> CommandLine {
        let zone = self.zone.iter().map(|zone| format!("--zone={zone}"));
        let words: Vec<String> =
            zone.chain(self.ports.iter().map(|port| format!("--{verb}-port={port}/tcp"))).collect();
        CommandLine::new("firewall-cmd", &words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The shell lines that take our rules out and leave every other rule alone: what carries our comment, and with
    /// firewalld, which has none, the ports that were closed before. Numbers, a zone's name and fixed words are all that
    /// is in them.
    pub(super) fn way_back(&self) -> String {
        match self.firewall.as_str() {
            "ufw" => {
                let each: Vec<String> = self.ports.iter().map(|port| format!("{port}/tcp")).collect();
                format!(
                    "for rule in {}; do\n  if ufw status | grep -q \"^$rule .*# {OUR_COMMENT}\"; then ufw --force delete allow \"$rule\"; fi\ndone\n",
                    each.join(" ")
                )
            }
            "firewalld" => {
                let remove = self.firewall_cmd("remove");
                format!("{remove}\n{}\n", for_good(remove.clone()))
            }
            _ => format!(
                "nft --handle list ruleset |\n  awk '$1 == \"table\" {{ table = $2 \" \" $3 }} $1 == \"chain\" {{ chain = $2 }}\n    /comment \"{OUR_COMMENT}\"/ {{ print \"delete rule\", table, chain, \"handle\", $NF }}' |\n  nft --file -\nif [ -e {NFTABLES_CONF} ]; then sed -i '/^{BEGIN}$/,/^{END}$/d' {NFTABLES_CONF}; fi\n"
            ),
        }
    }
}

/// The same `firewall-cmd` for what firewalld reads at its next start.
pub(super) fn for_good(mut firewall_cmd: CommandLine) -> CommandLine {
    firewall_cmd.args.insert(0, "--permanent".into());
    firewall_cmd
}

/// The rule as nft's words; it goes to the top of the chain, before whatever drops.
pub(super) fn nft_rule(chain: &InputChain, ports: &[u16]) -> String {
    let InputChain { family, table, name, .. } = chain;
    let ports = spaced(ports, ",");
    format!("insert rule {family} {table} {name} tcp dport {{{ports}}} accept comment \"{OUR_COMMENT}\"")
}
