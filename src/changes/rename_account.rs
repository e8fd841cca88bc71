//! Another address for an account.

use super::{Change, Refusal, Wish};
use crate::plan::MailChange;
use crate::printable::excerpt;
use crate::spec::{Alias, AliasAction, AliasAddress, Mailbox};

/// Gives an account another address: mail, password, limits and what leads to it go along.
#[derive(Debug, Clone)]
pub struct RenameAccount {
    /// The address until now.
    pub from: Mailbox,
    /// The new one.
    pub to: Mailbox,
    /// Whether the old address stays as an alias of the new one.
    pub keep_alias: bool,
}

impl Change for RenameAccount {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let (from, to) = (&self.from, &self.to);
        wish.account(from)?;
        wish.must_be_free(to)?;
        wish.account(from)?.address = to.clone();
        if let Some(hash) = wish.hashes.remove(from) {
            wish.hashes.insert(to.clone(), hash);
        }
        if let Some(password) = wish.passwords.remove(from) {
            wish.passwords.insert(to.clone(), password);
        }
        let mut led = Vec::new();
        for alias in &mut wish.spec.aliases {
            for target in alias.targets.iter_mut().filter(|t| *t == from) {
                *target = to.clone();
                led.push(alias.address.to_string());
            }
        }
        let mut notes = Vec::new();
        if wish.spec.admin_email.as_ref() == Some(from) {
            wish.spec.admin_email = Some(to.clone());
            notes.push(format!("What this server has to say goes to {to} now."));
        }
        if self.keep_alias {
            let address = AliasAddress::One(from.clone());
            wish.spec.aliases.push(Alias { address, targets: vec![to.clone()], action: AliasAction::Deliver });
        } else {
            notes.push(format!("Mail to '{from}' is refused from now on."));
        }
        if !led.is_empty() {
            notes.push(format!("These aliases lead to '{to}' now: {}.", excerpt(&led.join(", "), 200)));
        }
        notes.push(format!("Its mail programs must log in as '{to}'; the password stays."));
        wish.mail.push(MailChange::Move { from: from.clone(), to: to.clone() });
        Ok(notes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::super::{AddAlias, Change as _};
    use super::*;

    #[test]
    fn all_that_is_the_accounts_goes_along() {
        let mut wish = wish(&["alice@example.org", "bob@example.org"]);
        wish.spec.admin_email = Some(mailbox("alice@example.org"));
        AddAlias { address: "info@example.org".into(), targets: vec!["alice@example.org".into()], add: false }
            .apply(&mut wish)
            .unwrap();
        let change =
            RenameAccount { from: mailbox("alice@example.org"), to: mailbox("ada@example.net"), keep_alias: true };
        wish.change(&change).unwrap();
        let ada = mailbox("ada@example.net");
        assert_eq!(wish.hashes[&ada].expose(), "hash of alice@example.org");
        assert_eq!(wish.spec.admin_email, Some(ada.clone()));
        for address in ["info@example.org", "alice@example.org"] {
            assert_eq!(wish.spec.mailboxes_behind(&mailbox(address)), std::slice::from_ref(&ada), "{address}");
        }
        assert_eq!(wish.mail, [MailChange::Move { from: mailbox("alice@example.org"), to: ada }]);
    }

    #[test]
    fn onto_another_account_is_refused() {
        let mut wish = wish(&["alice@example.org", "bob@example.org"]);
        let change =
            RenameAccount { from: mailbox("alice@example.org"), to: mailbox("bob@example.org"), keep_alias: false };
        assert_eq!(refusal(&mut wish, &change), "'bob@example.org' is an account already.");
    }
}
