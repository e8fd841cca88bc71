//! Aliases: what `virtual_alias_maps` answers.

use super::Left;
use super::postfix::words;
use crate::spec::{Alias, AliasAction, AliasAddress, Domain, Mailbox};

/// What the aliases are read against.
pub(super) struct Served<'a> {
    /// The domains that mail is taken for.
    pub domains: &'a [Domain],
    /// Addresses with a mailbox.
    pub accounts: &'a [Mailbox],
    /// What Postfix appends to a target without a domain (`myorigin`).
    pub origin: Option<&'a Domain>,
}

/// The aliases of the rows of a table, and why a row is none.
pub(super) fn aliases(rows: &[(String, String)], served: &Served) -> (Vec<Alias>, Vec<Left>) {
    let (mut aliases, mut left) = (Vec::new(), Vec::new());
    let mut whole_domains = Vec::new();
    for (key, value) in rows {
        match served.row(key, value) {
            Ok(Row::Alias(alias)) => aliases.push(alias),
            Ok(Row::Domain { from, to }) => whole_domains.push((from, to)),
            Ok(Row::Nothing) => {}
            Err(reason) => left.push(reason),
        }
    }
    for (from, to) in whole_domains {
        named_one_by_one(&from, &to, served, &mut aliases);
        left.push(Left::note(
            format!("the alias '@{from}' for all of {to}"),
            "Each address of it that there is now became an alias of its own; later ones need one too.",
        ));
    }
    (aliases, left)
}

enum Row {
    Alias(Alias),
    /// Every address of a domain is the same one of another.
    Domain {
        from: Domain,
        to: Domain,
    },
    /// It changes nothing, or only names a domain.
    Nothing,
}

impl Served<'_> {
    fn row(&self, key: &str, value: &str) -> Result<Row, Left> {
        let named = format!("the alias '{key}'");
        if !key.contains('@') {
            // "example.org anything" is the old way to name a domain of aliases.
            return match Domain::parse(key).is_ok_and(|domain| self.domains.contains(&domain)) {
                true => Ok(Row::Nothing),
                false => Err(Left::note(named, "It has no domain: it was only for this host's own mail.")),
            };
        }
        let stop = |why: String| Left::stop(&named, why);
        let address = match key.strip_prefix('@') {
            Some(domain) => Domain::parse(domain).map(AliasAddress::CatchAll),
            None => Mailbox::parse(key).map(AliasAddress::One),
        };
        let address = address.map_err(|e| stop(e.to_string()))?;
        if !self.domains.contains(address.domain()) {
            return Err(Left::note(named, format!("No mail is taken for '{}'.", address.domain())));
        }
        if let (AliasAddress::CatchAll(from), Some(to)) = (&address, value.trim().strip_prefix('@')) {
            let to = Domain::parse(to).map_err(|e| stop(e.to_string()))?;
            return Ok(Row::Domain { from: from.clone(), to });
        }
        let targets: Vec<Mailbox> =
            words(value).into_iter().map(|word| self.target(word)).collect::<Result<_, _>>().map_err(stop)?;
        match &address {
            AliasAddress::One(one) if self.accounts.contains(one) => match targets.as_slice() {
                // It only keeps a catch-all away from the account.
                [only] if only == one => Ok(Row::Nothing),
                _ => Err(stop(
                    "It is an account too, and mail could go to only one. Let its owner forward with Sieve (redirect :copy), \
                     and take it out of the table."
                        .into(),
                )),
            },
            _ => Ok(Row::Alias(Alias { address, targets, action: AliasAction::Deliver })),
        }
    }

    fn target(&self, word: &str) -> Result<Mailbox, String> {
        match (word.contains('@'), self.origin) {
            (false, Some(origin)) => Mailbox::at(word, origin),
            _ => Mailbox::parse(word),
        }
        .map_err(|e| format!("{e} It is a target of this alias: write a whole address there, or take it out."))
    }
}

/// What has an alias of its own already keeps it.
fn named_one_by_one(from: &Domain, to: &Domain, served: &Served, aliases: &mut Vec<Alias>) {
    let named: Vec<Mailbox> =
        served.accounts.iter().cloned().chain(aliases.iter().filter_map(|a| one(&a.address))).collect();
    for target in named.into_iter().filter(|address| address.domain() == to) {
        let Ok(address) = Mailbox::at(target.local(), from).map(AliasAddress::One) else { continue };
        let is_named = aliases.iter().any(|alias| alias.address == address)
            || one(&address).is_some_and(|address| served.accounts.contains(&address));
        if !is_named {
            aliases.push(Alias { address, targets: vec![target], action: AliasAction::Deliver });
        }
    }
    let catch_all = aliases.iter().find(|alias| alias.address == AliasAddress::CatchAll(to.clone())).cloned();
    aliases.extend(catch_all.map(|alias| Alias { address: AliasAddress::CatchAll(from.clone()), ..alias }));
}

fn one(address: &AliasAddress) -> Option<Mailbox> {
    if let AliasAddress::One(one) = address { Some(one.clone()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &[(&str, &str)]) -> (Vec<String>, Vec<(String, bool)>) {
        let rows: Vec<(String, String)> = rows.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        let domains = ["example.org", "example.net"].map(|name| Domain::parse(name).unwrap());
        let accounts = ["alice@example.org", "bob@example.org"].map(|a| Mailbox::parse(a).unwrap());
        let served = Served { domains: &domains, accounts: &accounts, origin: Some(&domains[0]) };
        let (aliases, left) = aliases(&rows, &served);
        let shown = aliases.iter().map(|a| {
            let targets: Vec<String> = a.targets.iter().map(ToString::to_string).collect();
            format!("{} -> {}", a.address, targets.join(" "))
        });
        (shown.collect(), left.into_iter().map(|l| (l.what, l.stops)).collect())
    }

    #[test]
    fn aliases_are_read_and_what_would_lose_mail_stops() {
        let (aliases, left) = read(&[
            ("info@example.org", "alice@example.org, bob@other.net"),
            ("sales@example.org", "bob"),
            ("@example.org", "alice@example.org"),
            ("alice@example.org", "alice@example.org"),
            ("example.net", "anything"),
            ("bob@example.org", "bob@example.org, carol@other.net"),
            ("root", "alice@example.org"),
            ("x@elsewhere.net", "alice@example.org"),
            ("pipe@example.org", "\"|/bin/x\""),
        ]);
        assert_eq!(
            aliases,
            [
                "info@example.org -> alice@example.org bob@other.net",
                "sales@example.org -> bob@example.org",
                "*@example.org -> alice@example.org"
            ]
        );
        let left: Vec<(&str, bool)> = left.iter().map(|(what, stops)| (what.as_str(), *stops)).collect();
        assert_eq!(
            left,
            [
                ("the alias 'bob@example.org'", true),
                ("the alias 'root'", false),
                ("the alias 'x@elsewhere.net'", false),
                ("the alias 'pipe@example.org'", true)
            ]
        );
    }

    #[test]
    fn a_domain_that_stands_for_another_is_named_one_by_one() {
        let (aliases, left) = read(&[
            ("info@example.org", "alice@example.org"),
            ("@example.net", "@example.org"),
            ("bob@example.net", "carol@other.net"),
        ]);
        assert_eq!(
            aliases,
            [
                "info@example.org -> alice@example.org",
                "bob@example.net -> carol@other.net",
                "alice@example.net -> alice@example.org",
                "info@example.net -> info@example.org"
            ]
        );
        assert_eq!(left.len(), 1);
    }
}
