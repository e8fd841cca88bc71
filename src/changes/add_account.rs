//! Another account.

use super::{Change, Refusal, Wish};
use crate::spec::{Account, Mailbox};
use crate::steps::Password;

/// A mailbox with a login.
#[derive(Debug, Clone)]
pub struct AddAccount {
    /// Its address.
    pub address: Mailbox,
    /// The person's name.
    pub name: Option<String>,
    /// Its password; one is made where none is given.
    pub password: Option<Password>,
    /// See [`Account::quota_mb`].
    pub quota_mb: Option<u32>,
}

impl AddAccount {
    /// With a password that is made.
    pub fn new(address: Mailbox) -> Self {
        Self { address, name: None, password: None, quota_mb: None }
    }
}

impl Change for AddAccount {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let address = &self.address;
        wish.must_be_free(address)?;
        wish.spec.accounts.push(Account {
            name: self.name.clone(),
            quota_mb: self.quota_mb,
            ..Account::new(address.clone())
        });
        wish.hashes.remove(address);
        match &self.password {
            Some(password) => drop(wish.passwords.insert(address.clone(), password.clone())),
            None => drop(wish.passwords.remove(address)),
        }
        if wish.spec.accepts_mail_for(address.domain()) {
            return Ok(Vec::new());
        }
        Ok(vec![format!(
            "Mail for '{}' still goes to another server; '{address}' can log in, and gets mail from the cut-over on.",
            address.domain()
        )])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::*;
    use crate::spec::Secret;

    #[test]
    fn a_taken_address_is_refused() {
        let mut wish = wish(&["alice@example.org"]);
        let adding = |address: &str| AddAccount::new(mailbox(address));
        assert_eq!(refusal(&mut wish, &adding("alice@example.org")), "'alice@example.org' is an account already.");
        let sentence = refusal(&mut wish, &adding("alice@example.com"));
        assert_eq!(
            sentence,
            "'example.com' is not one of the domains: they are example.org, example.net. Add it first: 'mailwizard domain add example.com'."
        );
    }

    #[test]
    fn an_old_hash_of_the_address_does_not_let_its_former_owner_in() {
        let mut wish = wish(&["alice@example.org"]);
        wish.hashes.insert(mailbox("bob@example.org"), Secret::new("of the bob before".into()));
        wish.change(&AddAccount::new(mailbox("bob@example.org"))).unwrap();
        assert!(!wish.hashes.contains_key(&mailbox("bob@example.org")));
    }
}
