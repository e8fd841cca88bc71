//! A domain that was moving here arrives.

use super::{Change, Refusal, Wish, nearest};
use crate::spec::Domain;

/// Takes the mail of a domain whose mail went to another server until now; its MX record may change afterwards.
#[derive(Debug, Clone)]
pub struct AcceptMail {
    /// The domain.
    pub domain: Domain,
}

impl Change for AcceptMail {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let name = &self.domain;
        if wish.spec.domain(name).is_none() {
            return Err(nearest::no_domain(&wish.spec, name));
        }
        if wish.spec.accepts_mail_for(name) {
            return Err(Refusal::new(format!("Mail for '{name}' is accepted here already.")));
        }
        if wish.spec.accounts.iter().all(|a| a.address.domain() != name) {
            return Err(Refusal::new(format!(
                "'{name}' has no account yet: its mail would be refused. Add one first: 'mailwizard account add NAME@{name}'."
            )));
        }
        for domain in wish.spec.domains.iter_mut().filter(|d| d.name == *name) {
            domain.moving_from_another_server = false;
        }
        Ok(vec![format!(
            "From now on mail that people here write to '{name}' stays on this server. Change its MX record next."
        )])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{domain, refusal, wish};
    use super::*;

    #[test]
    fn only_a_moving_domain_with_accounts_arrives() {
        let mut wish = wish(&["alice@example.org"]);
        let arrival = |name: &str| AcceptMail { domain: domain(name) };
        assert_eq!(refusal(&mut wish, &arrival("example.org")), "Mail for 'example.org' is accepted here already.");
        wish.spec.domains.iter_mut().for_each(|d| d.moving_from_another_server = true);
        assert!(refusal(&mut wish, &arrival("example.net")).contains("has no account yet"));
        wish.change(&arrival("example.org")).unwrap();
        assert!(wish.spec.accepts_mail_for(&domain("example.org")));
        assert!(!wish.spec.accepts_mail_for(&domain("example.net")));
    }
}
