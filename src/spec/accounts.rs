//! Mailboxes and aliases, and the rules between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{AliasAddress, Domain, Mailbox, Spec};

/// Role addresses that a mail domain should answer to (RFC 2142; postmaster is demanded by RFC 5321 section 4.5.1).
pub const ROLE_LOCAL_PARTS: [&str; 4] = ["postmaster", "abuse", "hostmaster", "webmaster"];

/// One `[[accounts]]` entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its address, which is also the login name.
    pub address: Mailbox,
    /// The person's name, for client settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A file whose first line is the password; without it one is generated and shown once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// How much mail it may hold, in megabytes (1,048,576 bytes); without it there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota_mb: Option<u32>,
    /// Nobody may log in with it; mail for it is still taken.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disabled: bool,
}

impl Account {
    /// An account with neither name nor limit.
    pub fn new(address: Mailbox) -> Self {
        Self { address, name: None, password_file: None, quota_mb: None, disabled: false }
    }
}

/// One `[[aliases]]` entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    /// The address, or `*@example.org` for the catch-all.
    pub address: AliasAddress,
    /// Where its mail goes; empty unless `action` is deliver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Mailbox>,
    /// What happens to its mail.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub action: AliasAction,
}

/// What happens to mail for an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AliasAction {
    /// It is delivered to the targets.
    #[default]
    Deliver,
    /// It is refused at RCPT.
    Reject,
    /// It is accepted and thrown away.
    Discard,
}

/// Aliases for the role addresses of a domain that are no accounts, to the first account of that domain, or the first of
/// all.
pub fn role_aliases(domain: &Domain, accounts: &[Account]) -> Vec<Alias> {
    let own = accounts.iter().map(|a| &a.address).find(|a| a.domain() == domain);
    let Some(reader) = own.or_else(|| accounts.first().map(|a| &a.address)) else { return Vec::new() };
    let addresses = ROLE_LOCAL_PARTS.iter().filter_map(|role| Mailbox::at(role, domain).ok());
    let missing = addresses.filter(|address| accounts.iter().all(|a| a.address != *address));
    missing
        .map(|address| Alias {
            address: AliasAddress::One(address),
            targets: vec![reader.clone()],
            action: AliasAction::Deliver,
        })
        .collect()
}

/// Where mail to each address ends: aliases and accounts looked up instead of searched, for those who ask about many.
pub struct Routes<'a> {
    aliases: BTreeMap<&'a AliasAddress, &'a Alias>,
    accounts: BTreeSet<&'a Mailbox>,
}

impl<'a> Routes<'a> {
    /// The routes of a wish.
    pub fn of(spec: &'a Spec) -> Self {
        Self {
            aliases: spec.aliases.iter().map(|a| (&a.address, a)).collect(),
            accounts: spec.accounts.iter().map(|a| &a.address).collect(),
        }
    }

    /// Whether an account or an alias has this very address.
    pub fn is_named(&self, address: &Mailbox) -> bool {
        self.accounts.contains(address) || self.aliases.contains_key(&AliasAddress::One(address.clone()))
    }

    /// The local addresses an address is delivered to in the end, each once, in order; foreign targets are left out.
    pub fn mailboxes_behind(&self, address: &Mailbox) -> Vec<Mailbox> {
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut open = vec![address.clone()];
        while let Some(next) = open.pop() {
            if !seen.insert(next.clone()) {
                continue;
            }
            let alias = self.aliases.get(&AliasAddress::One(next.clone())).copied();
            if let Some(alias) = alias {
                open.extend(alias.targets.iter().rev().cloned());
            } else if self.accounts.contains(&next) {
                found.push(next);
            } else if let Some(catch_all) = self.aliases.get(&AliasAddress::CatchAll(next.domain().clone())) {
                open.extend(catch_all.targets.iter().rev().cloned());
            }
        }
        found
    }
}

pub(super) fn problems(spec: &Spec, problems: &mut Vec<String>) {
    let domains: BTreeSet<&Domain> = spec.domains.iter().map(|d| &d.name).collect();
    let mut seen = BTreeSet::new();
    for account in &spec.accounts {
        if !seen.insert(&account.address) {
            problems.push(format!("The account '{}' is given twice: leave one of them out.", account.address));
        }
        if account.quota_mb == Some(0) {
            problems.push(format!(
                "quota_mb of '{}' is 0: it could hold no mail. Give the most it may hold, in megabytes, or leave it out.",
                account.address
            ));
        }
        if !domains.contains(account.address.domain()) {
            problems.push(unserved("account", &account.address.to_string(), account.address.domain().as_str()));
        }
        if account.name.as_deref().is_some_and(|n| n.chars().any(char::is_control) || n.len() > 200) {
            problems.push(format!(
                "The name of '{}' holds a control character or is longer than 200 bytes.",
                account.address
            ));
        }
    }
    let known: BTreeSet<&AliasAddress> = spec.aliases.iter().map(|a| &a.address).collect();
    let resolves = |target: &Mailbox| {
        seen.contains(target)
            || known.contains(&AliasAddress::One(target.clone()))
            || known.contains(&AliasAddress::CatchAll(target.domain().clone()))
    };
    let mut aliases = BTreeSet::new();
    for alias in &spec.aliases {
        let shown = alias.address.to_string();
        if !aliases.insert(&alias.address) {
            problems.push(format!("The alias '{shown}' is given twice: put all its targets into one."));
        }
        if !domains.contains(alias.address.domain()) {
            problems.push(unserved("alias", &shown, alias.address.domain().as_str()));
        }
        if let AliasAddress::One(address) = &alias.address
            && seen.contains(address)
        {
            problems
                .push(format!("'{shown}' is an account and an alias: mail could go to only one. Remove one of them."));
        }
        match (alias.action, alias.targets.is_empty()) {
            (AliasAction::Deliver, true) => {
                problems.push(format!("The alias '{shown}' has no targets: name at least one address."))
            }
            (AliasAction::Reject | AliasAction::Discard, false) => {
                problems.push(format!(
                    "The alias '{shown}' has targets, but its action delivers nothing: remove the targets."
                ));
            }
            _ => {}
        }
        for target in &alias.targets {
            if domains.contains(target.domain()) && !resolves(target) {
                problems
                    .push(format!("The alias '{shown}' goes to '{target}', which is neither an account nor an alias."));
            }
        }
    }
    if let Some(circle) = first_circle(spec) {
        let path: Vec<String> = circle.iter().map(ToString::to_string).collect();
        problems.push(format!("The aliases go in a circle: {}. Let one of them end at an account.", path.join(" -> ")));
    }
}

fn unserved(kind: &str, address: &str, domain: &str) -> String {
    format!(
        "The {kind} '{address}' is in '{domain}', which is not one of the domains: add the domain or change the address."
    )
}

/// Whether mail to `target` ends somewhere here.
pub(super) fn resolves(spec: &Spec, target: &Mailbox) -> bool {
    spec.account(target).is_some()
        || spec.aliases.iter().any(|a| match &a.address {
            AliasAddress::One(address) => address == target,
            AliasAddress::CatchAll(domain) => domain == target.domain(),
        })
}

/// The first circle of aliases as the path that closes it.
fn first_circle(spec: &Spec) -> Option<Vec<Mailbox>> {
    let next: BTreeMap<&Mailbox, &[Mailbox]> = spec
        .aliases
        .iter()
        .filter_map(|a| match &a.address {
            AliasAddress::One(address) => Some((address, a.targets.as_slice())),
            AliasAddress::CatchAll(_) => None,
        })
        .collect();
    let mut finished = BTreeSet::new();
    for start in next.keys() {
        let mut path: Vec<(&Mailbox, usize)> = vec![(start, 0)];
        while let Some((here, tried)) = path.pop() {
            let Some(target) = next.get(here).and_then(|targets| targets.get(tried)) else {
                finished.insert(here);
                continue;
            };
            path.push((here, tried + 1));
            if let Some(at) = path.iter().position(|(seen, _)| *seen == target) {
                let mut circle: Vec<Mailbox> = path[at..].iter().map(|(m, _)| (*m).clone()).collect();
                circle.push(target.clone());
                return Some(circle);
            }
            if !finished.contains(target) {
                path.push((target, 0));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::{Fqdn, MailDomain};
    use super::*;

    fn spec(accounts: &[&str], aliases: &[(&str, &[&str])]) -> Spec {
        let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        spec.certificate.agree_to_terms = true;
        spec.domains.push(MailDomain::new(Domain::parse("example.org").unwrap()));
        spec.accounts = accounts.iter().map(|a| Account::new(Mailbox::parse(a).unwrap())).collect();
        spec.aliases = aliases
            .iter()
            .map(|(address, targets)| Alias {
                address: AliasAddress::parse(address).unwrap(),
                targets: targets.iter().map(|t| Mailbox::parse(t).unwrap()).collect(),
                action: AliasAction::Deliver,
            })
            .collect();
        spec
    }

    #[test]
    fn a_sound_spec_has_no_problems() {
        let spec = spec(
            &["alice@example.org"],
            &[
                ("postmaster@example.org", &["abuse@example.org"]),
                ("abuse@example.org", &["alice@example.org", "x@other.net"]),
            ],
        );
        assert_eq!(spec.problems(), Vec::<String>::new());
        assert_eq!(
            spec.mailboxes_behind(&Mailbox::parse("postmaster@example.org").unwrap()),
            vec![Mailbox::parse("alice@example.org").unwrap()]
        );
    }

    #[test]
    fn a_circle_of_aliases_is_named() {
        let spec = spec(
            &["alice@example.org"],
            &[("a@example.org", &["alice@example.org", "b@example.org"]), ("b@example.org", &["a@example.org"])],
        );
        assert_eq!(
            spec.problems(),
            [
                "The aliases go in a circle: a@example.org -> b@example.org -> a@example.org. Let one of them end at an account."
            ]
        );
    }

    #[test]
    fn a_diamond_of_aliases_is_no_circle() {
        let spec = spec(
            &["alice@example.org"],
            &[
                ("a@example.org", &["b@example.org", "c@example.org"]),
                ("b@example.org", &["alice@example.org"]),
                ("c@example.org", &["alice@example.org"]),
            ],
        );
        assert_eq!(spec.problems(), Vec::<String>::new());
    }

    #[test]
    fn strangers_doubles_and_dead_ends_are_named() {
        let spec = spec(
            &["alice@example.org", "alice@example.org", "bob@other.net"],
            &[("alice@example.org", &["ghost@example.org"]), ("x@example.org", &[])],
        );
        let problems = spec.problems().join("\n");
        for part in [
            "The account 'alice@example.org' is given twice",
            "The account 'bob@other.net' is in 'other.net', which is not one of the domains",
            "'alice@example.org' is an account and an alias",
            "goes to 'ghost@example.org', which is neither an account nor an alias",
            "The alias 'x@example.org' has no targets",
        ] {
            assert!(problems.contains(part), "{part}\n---\n{problems}");
        }
    }
}
