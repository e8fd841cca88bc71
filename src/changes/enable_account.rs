//! An account that nobody may log in with, and back.

use super::{Change, Refusal, Wish};
use crate::plan::MailChange;
use crate::spec::Mailbox;

/// Lets an account log in, or not any more. Its mail is taken either way.
#[derive(Debug, Clone)]
pub struct EnableAccount {
    /// The account.
    pub address: Mailbox,
    /// Whether it may log in.
    pub enabled: bool,
}

impl Change for EnableAccount {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let account = wish.account(&self.address)?;
        let address = &self.address;
        if account.disabled != self.enabled {
            let is = if self.enabled { "enabled" } else { "disabled" };
            return Err(Refusal::new(format!("'{address}' is {is} already.")));
        }
        account.disabled = !self.enabled;
        if self.enabled {
            return Ok(Vec::new());
        }
        wish.mail.push(MailChange::EndSessions(address.clone()));
        Ok(vec![format!(
            "Mail for '{address}' is still taken and kept; 'mailwizard account enable {address}' undoes this."
        )])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::*;

    #[test]
    fn there_and_back() {
        let mut wish = wish(&["alice@example.org"]);
        let before = wish.spec.clone();
        let to = |enabled| EnableAccount { address: mailbox("alice@example.org"), enabled };
        assert_eq!(refusal(&mut wish, &to(true)), "'alice@example.org' is enabled already.");
        wish.change(&to(false)).unwrap();
        assert!(wish.spec.accounts[0].disabled);
        assert_eq!(wish.mail.len(), 1, "whoever is logged in is logged out");
        wish.change(&to(true)).unwrap();
        assert_eq!(wish.spec, before);
    }
}
