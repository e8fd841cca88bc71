//! Another password.

use super::{Change, Refusal, Wish};
use crate::plan::MailChange;
use crate::spec::Mailbox;
use crate::steps::Password;

/// Gives an account another password; who is logged in with the old one is logged out.
#[derive(Debug, Clone)]
pub struct SetPassword {
    /// The account.
    pub address: Mailbox,
    /// The new one; one is made where none is given.
    pub password: Option<Password>,
}

impl Change for SetPassword {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let disabled = wish.account(&self.address)?.disabled;
        let address = &self.address;
        match &self.password {
            Some(password) => drop(wish.passwords.insert(address.clone(), password.clone())),
            None => {
                wish.passwords.remove(address);
                wish.hashes.remove(address);
            }
        }
        wish.mail.push(MailChange::EndSessions(address.clone()));
        let still = format!("'{address}' is still disabled: 'mailwizard account enable {address}' lets it in again.");
        Ok(disabled.then_some(still).into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::*;
    use crate::spec::Secret;

    #[test]
    fn a_mistyped_account_is_named_with_the_one_that_was_meant() {
        let mut wish = wish(&["alice@example.org"]);
        let change = SetPassword { address: mailbox("alcie@example.org"), password: None };
        assert_eq!(
            refusal(&mut wish, &change),
            "'alcie@example.org' is not one of the accounts. Did you mean 'alice@example.org'? 'mailwizard account list' shows them."
        );
    }

    #[test]
    fn one_that_is_made_replaces_the_hash_and_one_that_is_given_stands_beside_it() {
        let alice = mailbox("alice@example.org");
        let mut made = wish(&["alice@example.org"]);
        made.change(&SetPassword { address: alice.clone(), password: None }).unwrap();
        assert!(made.hashes.is_empty() && made.passwords.is_empty());
        assert_eq!(made.mail, [MailChange::EndSessions(alice.clone())]);

        let mut given = wish(&["alice@example.org"]);
        let password = Password::Given(Secret::new("correct horse".into()));
        given.change(&SetPassword { address: alice.clone(), password: Some(password.clone()) }).unwrap();
        assert_eq!(given.passwords[&alice], password);
    }
}
