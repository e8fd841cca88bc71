//! Ports in the firewall that is active. Rules are only added, and they are taken back by a timer unless it is seen
//! afterwards that the operator's way in is still open.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Act, Acted, must};
use crate::apply::ApplyError;
use crate::facts::{Facts, FirewallFacts};
use crate::host::Host;
use crate::host::firewall::{self, InputChain, OUR_COMMENT, Ruleset};
use crate::plan::ObservedFile;
use crate::stacks::{CommandLine, OpenPort};
use crate::store::Before;

const NFTABLES_CONF: &str = "/etc/nftables.conf";
/// The transient units that take the rules back.
const REVERT: &str = "mailwizard-firewall-revert";
const REVERT_AFTER: &str = "60s";
const BEGIN: &str = "# mailwizard: mail ports, begin";
const END: &str = "# mailwizard: mail ports, end";

impl Act<'_> {
    pub(super) fn open_ports(
        &mut self,
        ports: &[OpenPort],
        facts: &Facts,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        let ports: Vec<u16> = ports.iter().map(|p| p.port).collect();
        let Some(kind) = kind(&facts.firewall) else { return Ok(Acted::Done) };
        let ssh: BTreeSet<u16> = facts.ssh_ports.iter().copied().collect();
        let closed_before = firewall::blocked(self.host, &facts.firewall, &ssh)?;

        self.keep(Before::Ports { firewall: kind.to_owned(), ports: ports.clone() })?;
        arm_revert(self.host, &self.way_back(kind, &ports, &facts.firewall)?)?;
        let opened = self.open(kind, &ports, on_line);
        let confirmed = opened.and_then(|note| {
            let now = firewall::look(self.host)?;
            let closed_now = firewall::blocked(self.host, &now, &ssh)?;
            if !closed_now.is_subset(&closed_before) {
                return Err(ApplyError::Step("after the change the port of SSH would be closed".into()));
            }
            let still_closed = firewall::blocked(self.host, &now, &ports.iter().copied().collect())?;
            if still_closed.is_empty() {
                Ok(note)
            } else {
                Err(ApplyError::Step(format!("the firewall still does not let in {still_closed:?}")))
            }
        });
        match confirmed {
            Ok(note) => {
                disarm_revert(self.host)?;
                Ok(note.map_or(Acted::Done, Acted::Noted))
            }
            Err(error) => {
                close(self.host, kind, &ports)?;
                disarm_revert(self.host)?;
                Ok(Acted::OperatorMustAct(format!(
                    "The firewall was left as it was: {error}. Open these ports yourself: {}.",
                    spaced(&ports, " ")
                )))
            }
        }
    }

    /// Opens the ports now and at the next start; a sentence where the latter is not ours to do.
    fn open(&mut self, kind: &str, ports: &[u16], on_line: &mut dyn FnMut(&str)) -> Result<Option<String>, ApplyError> {
        match kind {
            "ufw" => {
                for port in ports {
                    let rule = format!("{port}/tcp");
                    must(self.host, &CommandLine::new("ufw", &["allow", &rule, "comment", OUR_COMMENT]), on_line)?;
                }
            }
            "firewalld" => {
                let added: Vec<String> = ports.iter().map(|port| format!("--add-port={port}/tcp")).collect();
                let now: Vec<&str> = added.iter().map(String::as_str).collect();
                must(self.host, &CommandLine::new("firewall-cmd", &now), on_line)?;
                let later: Vec<&str> = std::iter::once("--permanent").chain(now).collect();
                must(self.host, &CommandLine::new("firewall-cmd", &later), on_line)?;
            }
            _ => {
                for chain in closed_chains(self.host, ports)? {
                    let rule = nft_rule(&chain, ports);
                    let words: Vec<&str> = rule.split(' ').collect();
                    must(self.host, &CommandLine::new("nft", &words), on_line)?;
                }
                return self.keep_in_nftables_conf(ports);
            }
        }
        Ok(None)
    }

    /// What leads back if the way in should be closed: for nftables the whole set of rules as it is now.
    fn way_back(&self, kind: &str, ports: &[u16], before: &FirewallFacts) -> Result<Vec<CommandLine>, ApplyError> {
        let FirewallFacts::Nftables { ruleset, .. } = before else { return Ok(closing(kind, ports)) };
        let path = self.paths.var().join("firewall-before.nft");
        let content = format!("flush ruleset\n{ruleset}").into_bytes();
        self.host.write(&path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })?;
        Ok(vec![CommandLine::new("nft", &["--file", &path.display().to_string()])])
    }

    /// Adds the rules to `/etc/nftables.conf` where that is what the next start loads.
    fn keep_in_nftables_conf(&mut self, ports: &[u16]) -> Result<Option<String>, ApplyError> {
        let path = Path::new(NFTABLES_CONF);
        let elsewhere = format!(
            "The ports are open now, but the firewall's rules are loaded from somewhere else than {NFTABLES_CONF}: add them there too, or they are closed after the next start."
        );
        let Some(file) = self.host.read(path)?.filter(|_| firewall::nftables_file_in_use(self.host).unwrap_or(false))
        else {
            return Ok(Some(elsewhere));
        };
        let chains: Vec<InputChain> =
            Ruleset::read(self.host)?.input_chains().into_iter().filter(|c| c.drops).collect();
        let text = without_ours(&String::from_utf8_lossy(&file.content));
        let rules: String = chains.iter().map(|chain| format!("{}\n", nft_rule(chain, ports))).collect();
        let content = format!("{}\n{BEGIN}\n{rules}{END}\n", text.trim_end()).into_bytes();
        let new = ObservedFile { content, ..file };
        let trial = self.paths.var().join("nftables.conf.check");
        self.host.write(&trial, &ObservedFile { mode: 0o600, ..new.clone() })?;
        let checked = self
            .host
            .run(&CommandLine::new("nft", &["--check", "--file", &trial.display().to_string()]), &mut |_| ())?;
        self.host.remove(&trial)?;
        if !checked.succeeded() {
            return Ok(Some(elsewhere));
        }
        self.keep_file(path)?;
        self.host.write(path, &new)?;
        Ok(None)
    }
}

fn kind(firewall: &FirewallFacts) -> Option<&'static str> {
    match firewall {
        FirewallFacts::None => None,
        FirewallFacts::Ufw { .. } => Some("ufw"),
        FirewallFacts::Firewalld { .. } => Some("firewalld"),
        FirewallFacts::Nftables { .. } => Some("nftables"),
    }
}

/// Input chains that drop, and do not let all of these ports in yet.
fn closed_chains(host: &dyn Host, ports: &[u16]) -> Result<Vec<InputChain>, ApplyError> {
    let chains = Ruleset::read(host)?.input_chains();
    Ok(chains.into_iter().filter(|c| c.drops && !ports.iter().all(|port| c.open.contains(port))).collect())
}

/// The rule as nft's words; it goes to the top of the chain, before whatever drops.
fn nft_rule(chain: &InputChain, ports: &[u16]) -> String {
    let InputChain { family, table, name, .. } = chain;
    let ports = spaced(ports, ",");
    format!("insert rule {family} {table} {name} tcp dport {{{ports}}} accept comment \"{OUR_COMMENT}\"")
}

fn spaced(ports: &[u16], between: &str) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(between)
}

fn without_ours(text: &str) -> String {
    let mut ours = false;
    let mut kept = String::new();
    for line in text.lines() {
        ours |= line == BEGIN;
        if !ours {
            kept.push_str(line);
            kept.push('\n');
        }
        ours &= line != END;
    }
    kept
}

/// Takes our rules away again; those that are gone already are no error.
pub(in crate::apply) fn close(host: &dyn Host, kind: &str, ports: &[u16]) -> Result<(), ApplyError> {
    for command in closing(kind, ports) {
        host.run(&command, &mut |_| ())?;
    }
    if kind == "nftables" {
        for chain in Ruleset::read(host)?.input_chains() {
            for handle in &chain.ours {
                let words = ["delete", "rule", &chain.family, &chain.table, &chain.name, "handle", &handle.to_string()];
                host.run(&CommandLine::new("nft", &words), &mut |_| ())?;
            }
        }
    }
    Ok(())
}

/// The commands that close the ports again; nftables' rules are found by their comment instead.
fn closing(kind: &str, ports: &[u16]) -> Vec<CommandLine> {
    let rules = ports.iter().map(|port| format!("{port}/tcp"));
    match kind {
        "ufw" => rules.map(|rule| CommandLine::new("ufw", &["--force", "delete", "allow", &rule])).collect(),
        "firewalld" => rules
            .flat_map(|rule| {
                let remove = format!("--remove-port={rule}");
                [
                    CommandLine::new("firewall-cmd", &[&remove]),
                    CommandLine::new("firewall-cmd", &["--permanent", &remove]),
                ]
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Has systemd run the commands unless it is disarmed in time: this process may lose its terminal, or its way in.
fn arm_revert(host: &dyn Host, commands: &[CommandLine]) -> Result<(), ApplyError> {
    let timer = format!("--on-active={REVERT_AFTER}");
    let unit = format!("--unit={REVERT}");
    // Only numbers, our own paths and fixed words are in these commands, so that a shell reads them as they are.
    let script = commands.iter().map(CommandLine::to_string).collect::<Vec<_>>().join("; ");
    disarm_revert(host)?;
    let command = CommandLine::new("systemd-run", &["--quiet", "--collect", &unit, &timer, "/bin/sh", "-c", &script]);
    must(host, &command, &mut |_| ())?;
    Ok(())
}

fn disarm_revert(host: &dyn Host) -> Result<(), ApplyError> {
    host.run(&CommandLine::new("systemctl", &["stop", &format!("{REVERT}.timer")]), &mut |_| ())?;
    Ok(())
}
