//! An account goes.

use super::{Change, Refusal, Wish};
use crate::plan::{MailChange, MailOwner};
use crate::spec::{AliasAction, Mailbox};

/// What becomes of the mail of what is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FateOfMail {
    /// It stays where it is.
    #[default]
    Kept,
    /// It is packed into one file.
    Archived,
    /// It is removed for good.
    Purged,
}

impl FateOfMail {
    pub(super) fn change(self, owner: MailOwner) -> Option<MailChange> {
        match self {
            Self::Kept => None,
            Self::Archived => Some(MailChange::Archive(owner)),
            Self::Purged => Some(MailChange::Purge(owner)),
        }
    }
}

/// Removes an account: its login, its place in aliases, and what is said about its mail.
#[derive(Debug, Clone)]
pub struct RemoveAccount {
    /// The account.
    pub address: Mailbox,
    /// What becomes of its mail.
    pub mail: FateOfMail,
}

impl Change for RemoveAccount {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        wish.account(&self.address)?;
        let address = &self.address;
        if wish.spec.admin_email.as_ref() == Some(address) {
            return Err(Refusal::new(format!(
                "'{address}' gets what this server has to say. Rename it, or let another account read that first: \
                 'mailwizard setup', 'Reports go to'."
            )));
        }
        // An alias that leads to nobody else would refuse its mail; postmaster must not.
        let alone = wish
            .spec
            .aliases
            .iter()
            .find(|a| a.action == AliasAction::Deliver && a.targets == std::slice::from_ref(address));
        if let Some(alias) = alone {
            let alias = &alias.address;
            return Err(Refusal::new(format!(
                "The alias '{alias}' leads to '{address}' alone. Let it lead to somebody else first: 'mailwizard alias \
                 add {alias} ADDRESS --replace', or remove it: 'mailwizard alias remove {alias}'."
            )));
        }
        wish.spec.accounts.retain(|a| a.address != *address);
        wish.hashes.remove(address);
        wish.passwords.remove(address);
        let mut notes = Vec::new();
        for alias in wish.spec.aliases.iter_mut().filter(|a| a.targets.contains(address)) {
            alias.targets.retain(|t| t != address);
            notes.push(format!("The alias '{}' leads to it no more.", alias.address));
        }
        wish.mail.push(MailChange::EndSessions(address.clone()));
        wish.mail.extend(self.mail.change(MailOwner::Account(address.clone())));
        Ok(notes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::super::{AddAlias, Change as _};
    use super::*;

    fn removing(address: &str, mail: FateOfMail) -> RemoveAccount {
        RemoveAccount { address: mailbox(address), mail }
    }

    #[test]
    fn who_is_still_needed_stays() {
        let mut wish = wish(&["alice@example.org", "bob@example.org"]);
        wish.spec.admin_email = Some(mailbox("alice@example.org"));
        let sentence = refusal(&mut wish, &removing("alice@example.org", FateOfMail::Kept));
        assert!(sentence.contains("gets what this server has to say"), "{sentence}");
        let alias = |targets: &[&str]| AddAlias {
            address: "info@example.org".into(),
            targets: targets.iter().map(|t| (*t).to_owned()).collect(),
            add: true,
        };
        alias(&["bob@example.org"]).apply(&mut wish).unwrap();
        let sentence = refusal(&mut wish, &removing("bob@example.org", FateOfMail::Kept));
        assert!(sentence.starts_with("The alias 'info@example.org' leads to 'bob@example.org' alone."), "{sentence}");
        alias(&["alice@example.org"]).apply(&mut wish).unwrap();
        wish.change(&removing("bob@example.org", FateOfMail::Archived)).unwrap();
        assert_eq!(wish.spec.mailboxes_behind(&mailbox("info@example.org")), [mailbox("alice@example.org")]);
        let bob = mailbox("bob@example.org");
        assert_eq!(
            wish.mail,
            [MailChange::EndSessions(bob.clone()), MailChange::Archive(MailOwner::Account(bob.clone()))]
        );
        assert!(!wish.hashes.contains_key(&bob));
    }
}
