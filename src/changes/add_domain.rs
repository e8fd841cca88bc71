//! Another domain.

use super::{AddAccount, Change, Refusal, Wish};
use crate::spec::{DmarcPolicy, Domain, Fqdn, MailDomain, role_aliases};

/// Receives and sends mail for another domain.
#[derive(Debug, Clone)]
pub struct AddDomain {
    /// The domain.
    pub name: Domain,
    /// Its DMARC policy.
    pub dmarc: DmarcPolicy,
    /// Accounts in it.
    pub accounts: Vec<AddAccount>,
    /// Where its mail goes now, when that is not here: then it is moving, and its mail is accepted only later.
    pub mx_elsewhere: Vec<String>,
}

impl Change for AddDomain {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let name = &self.name;
        if wish.spec.domain(name).is_some() {
            return Err(Refusal::new(format!("'{name}' is one of the domains already.")));
        }
        wish.spec.domains.push(MailDomain {
            dmarc: self.dmarc,
            moving_from_another_server: !self.mx_elsewhere.is_empty(),
            ..MailDomain::new(name.clone())
        });
        let mut notes = Vec::new();
        if *name == Fqdn::clone(&wish.spec.hostname) {
            notes.push(format!(
                "'{name}' is also the name of this machine: its mail and its own reports share addresses."
            ));
        }
        if let Some(first) = self.mx_elsewhere.first() {
            notes.push(format!(
                "Mail for '{name}' goes to {first} now. Until you let this server take it, nothing about that changes: \
                 'mailwizard domain add {name} --accept-mail' does that once all is ready."
            ));
        }
        for account in &self.accounts {
            notes.extend(account.apply(wish)?);
        }
        let roles = role_aliases(name, &wish.spec.accounts);
        if let Some(reader) = roles.first().and_then(|alias| alias.targets.first()) {
            notes.push(format!("postmaster, abuse, hostmaster and webmaster of '{name}' are read by {reader}."));
        }
        wish.spec.aliases.extend(roles);
        Ok(notes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{domain, mailbox, refusal, wish};
    use super::*;
    use crate::spec::AliasAddress;

    fn adding(name: &str, accounts: &[&str]) -> AddDomain {
        let accounts = accounts.iter().map(|a| AddAccount::new(mailbox(a))).collect();
        AddDomain { name: domain(name), dmarc: DmarcPolicy::None, accounts, mx_elsewhere: Vec::new() }
    }

    #[test]
    fn its_role_addresses_lead_to_its_own_account() {
        let mut wish = wish(&["alice@example.org"]);
        wish.change(&adding("example.com", &["bob@example.com"])).unwrap();
        let postmaster = AliasAddress::One(mailbox("postmaster@example.com"));
        let alias = wish.spec.aliases.iter().find(|a| a.address == postmaster).unwrap();
        assert_eq!(alias.targets, [mailbox("bob@example.com")]);
        assert!(wish.spec.accepts_mail_for(&domain("example.com")));

        wish.change(&adding("example.info", &[])).unwrap();
        let postmaster = wish.spec.mailboxes_behind(&mailbox("postmaster@example.info"));
        assert_eq!(postmaster, [mailbox("alice@example.org")]);
    }

    #[test]
    fn mail_that_goes_elsewhere_is_not_taken_yet() {
        let mut wish = wish(&["alice@example.org"]);
        let moving = AddDomain { mx_elsewhere: vec!["mx.old.example".into()], ..adding("example.com", &[]) };
        let notes = wish.change(&moving).unwrap();
        assert!(!wish.spec.accepts_mail_for(&domain("example.com")));
        assert!(notes[0].contains("goes to mx.old.example now"), "{notes:?}");
    }

    #[test]
    fn twice_or_with_a_strangers_account_is_refused() {
        let mut wish = wish(&["alice@example.org"]);
        assert_eq!(refusal(&mut wish, &adding("example.net", &[])), "'example.net' is one of the domains already.");
        let sentence = refusal(&mut wish, &adding("example.com", &["eve@other.example"]));
        assert!(sentence.starts_with("'other.example' is not one of the domains: they are"), "{sentence}");
    }
}
