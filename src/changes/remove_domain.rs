//! A domain goes.

use super::{Change, FateOfMail, Refusal, Wish, nearest};
use crate::plan::{MailChange, MailOwner};
use crate::spec::{AliasAction, Domain, Mailbox};

/// Removes a domain with its accounts and aliases.
#[derive(Debug, Clone)]
pub struct RemoveDomain {
    /// The domain.
    pub name: Domain,
    /// What becomes of the mail that is kept for it.
    pub mail: FateOfMail,
    /// Who gets what this server has to say from now on, where that was somebody of this domain.
    pub admin_email: Option<Mailbox>,
}

impl Change for RemoveDomain {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let name = &self.name;
        if wish.spec.domain(name).is_none() {
            return Err(nearest::no_domain(&wish.spec, name));
        }
        if wish.spec.domains.len() == 1 {
            return Err(Refusal::new(format!(
                "'{name}' is the only domain: a mail server needs one. Add another first, or undo the set-up: 'mailwizard undo'."
            )));
        }
        if let Some(admin) = wish.spec.admin_email.as_ref().filter(|a| a.domain() == name) {
            match &self.admin_email {
                Some(other) if other.domain() != name => wish.spec.admin_email = Some(other.clone()),
                _ => {
                    return Err(Refusal::new(format!(
                        "'{admin}' gets what this server has to say. Name somebody else: --admin-email ADDRESS."
                    )));
                }
            }
        }
        let spec = &mut wish.spec;
        spec.domains.retain(|d| d.name != *name);
        let (gone, left) = std::mem::take(&mut spec.accounts).into_iter().partition(|a| a.address.domain() == name);
        spec.accounts = left;
        let gone: Vec<crate::spec::Account> = gone;
        let aliases = spec.aliases.len();
        spec.aliases.retain(|a| a.address.domain() != name);
        let aliases = aliases - spec.aliases.len();
        let mut notes = Vec::new();
        for alias in &mut spec.aliases {
            let before = alias.targets.len();
            alias.targets.retain(|t| t.domain() != name);
            if alias.action == AliasAction::Deliver && alias.targets.is_empty() {
                return Err(Refusal::new(format!(
                    "The alias '{0}' leads to '{name}' alone. Let it lead to somebody else first: 'mailwizard alias add \
                     {0} ADDRESS --replace', or remove it: 'mailwizard alias remove {0}'.",
                    alias.address
                )));
            }
            if alias.targets.len() < before {
                notes.push(format!("The alias '{}' leads to '{name}' no more.", alias.address));
            }
        }
        notes
            .insert(0, format!("{} and {} of '{name}' go.", counted(gone.len(), "account"), counted(aliases, "alias")));
        for account in &gone {
            wish.hashes.remove(&account.address);
            wish.passwords.remove(&account.address);
            wish.mail.push(MailChange::EndSessions(account.address.clone()));
        }
        wish.mail.extend(self.mail.change(MailOwner::Domain(name.clone())));
        Ok(notes)
    }
}

fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (1, _) => format!("1 {what}"),
        (_, "alias") => format!("{count} aliases"),
        _ => format!("{count} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{domain, mailbox, refusal, wish};
    use super::super::{AddAlias, Change as _};
    use super::*;

    fn removing(name: &str) -> RemoveDomain {
        RemoveDomain { name: domain(name), mail: FateOfMail::Purged, admin_email: None }
    }

    #[test]
    fn all_of_it_goes_and_nothing_else() {
        let mut wish = wish(&["alice@example.org", "bob@example.net"]);
        for (address, targets) in [
            ("info@example.org", &["alice@example.org", "bob@example.net"][..]),
            ("x@example.net", &["bob@example.net"]),
        ] {
            let targets = targets.iter().map(|t| (*t).to_owned()).collect();
            AddAlias { address: address.into(), targets, add: false }.apply(&mut wish).unwrap();
        }
        let notes = wish.change(&removing("example.net")).unwrap();
        assert_eq!(notes[0], "1 account and 1 alias of 'example.net' go.");
        assert_eq!(notes[1], "The alias 'info@example.org' leads to 'example.net' no more.");
        assert_eq!(wish.spec.accounts.len(), 1);
        assert_eq!(wish.hashes.len(), 1);
        assert_eq!(wish.mail.last(), Some(&MailChange::Purge(MailOwner::Domain(domain("example.net")))));
        assert!(refusal(&mut wish, &removing("example.org")).starts_with("'example.org' is the only domain"));
    }

    #[test]
    fn the_servers_own_mail_must_have_somebody_left() {
        let mut wish = wish(&["alice@example.org", "bob@example.net"]);
        wish.spec.admin_email = Some(mailbox("bob@example.net"));
        assert!(refusal(&mut wish, &removing("example.net")).contains("--admin-email ADDRESS"));
        let with = RemoveDomain { admin_email: Some(mailbox("alice@example.org")), ..removing("example.net") };
        wish.change(&with).unwrap();
        assert_eq!(wish.spec.admin_email, Some(mailbox("alice@example.org")));
    }
}
