//! Many accounts at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Refusal, Wish};
use crate::plan::MailChange;
use crate::printable::excerpt;
use crate::spec::{Account, AliasAddress, Domain, Mailbox};
use crate::steps::Password;

/// One account as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// With its name, limit and whether it is disabled.
    pub account: Account,
    /// Its password or hash. An account that is there keeps what it has where none is given; a new one gets one made.
    pub password: Option<Password>,
}

/// Adds accounts, all of them or none; one that is there already becomes as it is given. Nobody is removed.
#[derive(Debug, Clone)]
pub struct ImportAccounts {
    /// The accounts.
    pub accounts: Vec<Imported>,
}

impl Change for ImportAccounts {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let spec = &mut wish.spec;
        let served: BTreeSet<Domain> = spec.domains.iter().map(|d| d.name.clone()).collect();
        let strangers: BTreeSet<&Domain> =
            self.accounts.iter().map(|i| i.account.address.domain()).filter(|d| !served.contains(d)).collect();
        if !strangers.is_empty() {
            let names: Vec<&str> = strangers.iter().map(|d| d.as_str()).collect();
            return Err(Refusal::new(format!(
                "These domains of the accounts are not served here: {}. Add them first with 'mailwizard domain add'.",
                excerpt(&names.join(", "), 200)
            )));
        }
        let aliases: BTreeSet<&AliasAddress> = spec.aliases.iter().map(|a| &a.address).collect();
        let taken = self.accounts.iter().map(|i| &i.account.address);
        if let Some(alias) = taken.clone().find(|a| aliases.contains(&AliasAddress::One((*a).clone()))) {
            return Err(Refusal::new(format!(
                "'{alias}' is an alias. Remove it first: 'mailwizard alias remove {alias}'."
            )));
        }
        let places: BTreeMap<Mailbox, usize> =
            spec.accounts.iter().enumerate().map(|(at, a)| (a.address.clone(), at)).collect();
        let (mut new, mut changed) = (0, 0);
        for Imported { account, password } in &self.accounts {
            let address = &account.address;
            let before = match places.get(address) {
                Some(at) => Some(std::mem::replace(&mut spec.accounts[*at], account.clone())),
                None => {
                    spec.accounts.push(account.clone());
                    new += 1;
                    None
                }
            };
            let other_password = match password {
                Some(Password::Hash(hash)) if wish.hashes.get(address) == Some(hash) => false,
                Some(password) => {
                    wish.passwords.insert(address.clone(), password.clone());
                    true
                }
                None => false,
            };
            if let Some(before) = before {
                changed += usize::from(other_password || before != *account);
                if account.disabled && !before.disabled {
                    wish.mail.push(MailChange::EndSessions(address.clone()));
                }
            }
        }
        let unchanged = self.accounts.len() - new - changed;
        Ok(vec![format!("{new} new, {changed} changed, {unchanged} as they were.")])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::*;
    use crate::spec::Secret;

    fn imported(address: &str, hash: Option<&str>) -> Imported {
        let password = hash.map(|h| Password::Hash(Secret::new(h.into())));
        Imported { account: Account::new(mailbox(address)), password }
    }

    #[test]
    fn what_is_there_already_changes_nothing() {
        let mut wish = wish(&["alice@example.org"]);
        let before = wish.clone();
        let same = ImportAccounts { accounts: vec![imported("alice@example.org", Some("hash of alice@example.org"))] };
        assert_eq!(wish.change(&same).unwrap(), ["0 new, 0 changed, 1 as they were."]);
        assert_eq!(wish, before);
        let more = ImportAccounts {
            accounts: vec![imported("alice@example.org", Some("other")), imported("bob@example.net", None)],
        };
        assert_eq!(wish.change(&more).unwrap(), ["1 new, 1 changed, 0 as they were."]);
    }

    #[test]
    fn strangers_keep_everybody_out() {
        let mut wish = wish(&["alice@example.org"]);
        let accounts = vec![imported("bob@example.net", None), imported("eve@example.com", None)];
        assert_eq!(
            refusal(&mut wish, &ImportAccounts { accounts }),
            "These domains of the accounts are not served here: example.com. Add them first with 'mailwizard domain add'."
        );
    }
}
