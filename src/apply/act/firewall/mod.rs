//! Ports in the firewall that is active. Rules are only added, and a timer takes them back unless it is seen afterwards
//! that the operator's way in is still open.

mod rules;
mod way_back;

use std::collections::BTreeSet;
use std::path::Path;

pub(in crate::apply) use rules::Rules;
use rules::{BEGIN, END, NFTABLES_CONF, for_good, nft_rule};
pub(in crate::apply) use way_back::{take_back, take_back_unconfirmed};

use super::{Act, Acted, must};
use crate::apply::ApplyError;
use crate::facts::{Facts, FirewallFacts};
use crate::host::firewall::{self, InputChain, OUR_COMMENT, Ruleset};
use crate::plan::ObservedFile;
use crate::stacks::{CommandLine, OpenPort};
use crate::store::Before;

impl Act<'_> {
    pub(super) fn open_ports(
        &mut self,
        ports: &[OpenPort],
        facts: &Facts,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        let Some(rules) = Rules::new(&facts.firewall, ports.iter().map(|p| p.port).collect()) else {
            return Ok(Acted::Done);
        };
        let ssh: BTreeSet<u16> = facts.ssh_ports.iter().copied().collect();
        let closed_before = firewall::blocked(self.host, &facts.firewall, &ssh)?;
        self.keep(Before::Ports {
            firewall: rules.firewall.clone(),
            zone: rules.zone.clone(),
            ports: rules.ports.clone(),
        })?;
        way_back::arm(self.host, self.paths, &rules)?;
        let chains = closed_chains(self, &rules)?;
        let opened = self
            .open_now(&rules, &chains, on_line)
            .and_then(|()| self.confirm(&rules, &ssh, &closed_before))
            .and_then(|()| self.open_for_good(&rules, &chains, on_line));
        match opened {
            Ok(note) => {
                way_back::disarm(self.host, self.paths)?;
                Ok(note.map_or(Acted::Done, Acted::Noted))
            }
            Err(error) => {
                take_back(self.host, self.paths, &rules)?;
                Ok(Acted::OperatorMustAct(format!(
                    "The firewall was left as it was: {error}. Open these ports yourself: {}.",
                    spaced(&rules.ports, " ")
                )))
            }
        }
    }

    /// Opens the ports until the next start; ufw knows only rules for good.
    fn open_now(&self, rules: &Rules, chains: &[InputChain], on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
        match rules.firewall.as_str() {
            "ufw" => {
                for port in &rules.ports {
                    let rule = format!("{port}/tcp");
                    must(self.host, &CommandLine::new("ufw", &["allow", &rule, "comment", OUR_COMMENT]), on_line)?;
                }
            }
            "firewalld" => drop(must(self.host, &rules.firewall_cmd("add"), on_line)?),
            _ => {
                for chain in chains {
                    let rule = nft_rule(chain, &rules.ports);
                    let words: Vec<&str> = rule.split(' ').collect();
                    must(self.host, &CommandLine::new("nft", &words), on_line)?;
                }
            }
        }
        Ok(())
    }

    /// The ports are open now, and no port of SSH is closed that was open.
    fn confirm(&self, rules: &Rules, ssh: &BTreeSet<u16>, closed_before: &BTreeSet<u16>) -> Result<(), ApplyError> {
        let now = firewall::look(self.host)?;
        if std::mem::discriminant(&now) != std::mem::discriminant(&rules.facts) {
            return Err(ApplyError::Step("the firewall does not say what it lets in".into()));
        }
        if !firewall::blocked(self.host, &now, ssh)?.is_subset(closed_before) {
            return Err(ApplyError::Step("after the change the port of SSH would be closed".into()));
        }
        let still_closed = firewall::blocked(self.host, &now, &rules.ports.iter().copied().collect())?;
        if still_closed.is_empty() {
            Ok(())
        } else {
            Err(ApplyError::Step(format!("the firewall still does not let in {still_closed:?}")))
        }
    }

    /// Keeps them open at the next start; a sentence where that is not ours to do.
    fn open_for_good(
        &self,
        rules: &Rules,
        chains: &[InputChain],
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Option<String>, ApplyError> {
        match rules.firewall.as_str() {
            "ufw" if !firewall::ufw_filters_ipv6(self.host)? => Ok(Some(
                "ufw lets in nothing over IPv6, because /etc/default/ufw says IPV6=no. Publish no AAAA record of this server, or say IPV6=yes there and run 'mailwizard apply' again.".into(),
            )),
            "ufw" => Ok(None),
            "firewalld" => {
                must(self.host, &for_good(rules.firewall_cmd("add")), on_line)?;
                Ok(None)
            }
            _ => self.add_to_nftables_conf(rules, chains),
        }
    }

    /// Adds the rules to `/etc/nftables.conf` where that is what the next start loads.
    fn add_to_nftables_conf(&self, rules: &Rules, chains: &[InputChain]) -> Result<Option<String>, ApplyError> {
        let path = Path::new(NFTABLES_CONF);
        let elsewhere = format!(
            "The ports are open now, but the firewall's rules are loaded from somewhere else than {NFTABLES_CONF}: add them there too, or they are closed after the next start."
        );
        let in_use = firewall::nftables_file_in_use(self.host)?;
        let Some(file) = self.host.read(path)?.filter(|_| in_use) else { return Ok(Some(elsewhere)) };
        let mut text = String::from_utf8_lossy(&file.content).into_owned();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let added: String = chains.iter().map(|chain| format!("{}\n", nft_rule(chain, &rules.ports))).collect();
        let new = ObservedFile { content: format!("{text}{BEGIN}\n{added}{END}\n").into_bytes(), ..file };
        let trial = self.paths.var().join("nftables.conf.check");
        self.host.write(&trial, &ObservedFile { mode: 0o600, ..new.clone() })?;
        let check = CommandLine::new("nft", &["--check", "--file", &trial.display().to_string()]);
        let checked = self.host.run(&check, &mut |_| ())?;
        self.host.remove(&trial)?;
        if !checked.succeeded() {
            return Ok(Some(elsewhere));
        }
        self.host.write(path, &new)?;
        Ok(None)
    }
}

/// Input chains that drop, and do not let all of these ports in yet.
fn closed_chains(act: &Act, rules: &Rules) -> Result<Vec<InputChain>, ApplyError> {
    if !matches!(rules.facts, FirewallFacts::Nftables { .. }) {
        return Ok(Vec::new());
    }
    let chains = Ruleset::read(act.host)?.input_chains();
    Ok(chains.into_iter().filter(|c| c.drops && !rules.ports.iter().all(|port| c.open.contains(port))).collect())
}

fn spaced(ports: &[u16], between: &str) -> String {
    ports.iter().map(u16::to_string).collect::<Vec<_>>().join(between)
}

#[cfg(test)]
mod tests;
