//! The draft as a file, so that a set-up can be left and taken up again. Passwords are never in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Draft, Page, Password, STEPS};
use crate::facts::Facts;
use crate::plan::MailChange;
use crate::spec::{
    Account, Alias, Certificate, Checks, Firewall, Fqdn, MailDomain, Mailbox, Network, Protection, Reports, Resolver,
    Signer, Spec, StackId,
};

/// Why a saved draft could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the answers saved by an earlier run cannot be read: {0}")]
pub struct SavedError(#[from] toml::de::Error);

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Saved {
    step: String,
    answered: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hostname: Option<Fqdn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    admin_email: Option<Mailbox>,
    stack: StackId,
    network: Network,
    resolver: Resolver,
    protection: Protection,
    firewall: Firewall,
    signer: Signer,
    checks: Checks,
    reports: Reports,
    certificate: Certificate,
    domains: Vec<MailDomain>,
    accounts: Vec<Account>,
    aliases: Vec<Alias>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passwords_to_make: Vec<Mailbox>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mail: Vec<MailChange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<Spec>,
}

/// The draft and the step the operator is at, as TOML.
pub fn save(draft: &Draft, step: &str) -> Result<String, toml::ser::Error> {
    let draft = draft.clone();
    let mut answered = draft.answered;
    // Typed passwords are not kept, so they are asked again; not so once their hashes were applied.
    let is_applied = [Page::Verify, Page::CutOver, Page::Clients]
        .into_iter()
        .any(|page| STEPS.iter().any(|s| s.id == step && s.page == page));
    if !draft.passwords.is_empty() && !is_applied {
        answered.remove("accounts.password_file");
    }
    if draft.relay_password.is_some() && !is_applied {
        answered.remove("network.relay.password_file");
    }
    let to_make = draft.passwords.into_iter().filter(|(_, password)| *password == Password::ToMake);
    toml::to_string(&Saved {
        step: step.to_owned(),
        answered,
        hostname: draft.hostname,
        admin_email: draft.admin_email,
        stack: draft.stack,
        network: draft.network,
        resolver: draft.resolver,
        protection: draft.protection,
        firewall: draft.firewall,
        signer: draft.signer,
        checks: draft.checks,
        reports: draft.reports,
        certificate: draft.certificate,
        domains: draft.domains,
        accounts: draft.accounts,
        aliases: draft.aliases,
        passwords_to_make: to_make.map(|(address, _)| address).collect(),
        mail: draft.mail,
        base: draft.base,
    })
}

/// The step that a draft was saved at, read without the rest of it; `None` when it cannot be read.
pub fn saved_step(text: &str) -> Option<String> {
    // The first key that `save` writes.
    let line = text.lines().next()?;
    toml::from_str::<Saved>(line).ok().map(|saved| saved.step)
}

/// The draft and the step of an earlier run, with today's facts.
pub fn load(text: &str, facts: Facts) -> Result<(Draft, String), SavedError> {
    let saved: Saved = toml::from_str(text)?;
    let draft = Draft {
        facts,
        answered: saved.answered,
        hostname: saved.hostname,
        admin_email: saved.admin_email,
        stack: saved.stack,
        network: saved.network,
        resolver: saved.resolver,
        protection: saved.protection,
        firewall: saved.firewall,
        signer: saved.signer,
        checks: saved.checks,
        reports: saved.reports,
        certificate: saved.certificate,
        domains: saved.domains,
        accounts: saved.accounts,
        aliases: saved.aliases,
        passwords: saved
            .passwords_to_make
            .into_iter()
            .map(|address| (address, Password::ToMake))
            .collect::<BTreeMap<_, _>>(),
        mail: saved.mail,
        base: saved.base,
        ..Draft::default()
    };
    Ok((draft, saved.step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Domain, Secret};
    use crate::steps::Password;

    #[test]
    fn a_draft_comes_back_without_its_passwords() {
        let mut draft = Draft { hostname: Fqdn::parse("mail.example.org").ok(), ..Draft::default() };
        draft.domains.push(MailDomain::new(Domain::parse("example.org").unwrap()));
        let alice = Mailbox::parse("alice@example.org").unwrap();
        draft.accounts.push(Account::new(alice.clone()));
        draft.answered.extend(["hostname".to_owned(), "accounts.password_file".to_owned()]);
        draft.passwords.insert(alice, Password::Given(Secret::new("canary-4711".into())));
        draft.network.relay = Some(crate::spec::Relay {
            host: Fqdn::parse("relay.example.net").unwrap(),
            port: 587,
            username: Some("us".into()),
            password_file: Some(crate::spec::Relay::PASSWORD_FILE.into()),
            spf: None,
        });
        draft.answered.insert("network.relay.password_file".to_owned());
        draft.relay_password = Some(Secret::new("canary-0815".into()));

        let text = save(&draft, "accounts").unwrap();
        assert!(!text.contains("canary"), "{text}");
        let (back, step) = load(&text, Facts::default()).unwrap();
        assert_eq!(step, "accounts");
        assert!(!back.is_answered("accounts.password_file"));
        draft.passwords.clear();
        draft.relay_password = None;
        draft.answered.remove("accounts.password_file");
        draft.answered.remove("network.relay.password_file");
        assert_eq!(back, draft);
    }

    #[test]
    fn the_place_is_read_without_the_rest() {
        let text = save(&Draft::default(), "home").unwrap();
        assert_eq!(saved_step(&text).as_deref(), Some("home"));
        assert_eq!(saved_step("answered = ["), None);
        assert_eq!(saved_step(""), None);
    }

    #[test]
    fn a_draft_without_a_host_name_is_kept_too() {
        let text = save(&Draft::default(), "hostname").unwrap();
        assert_eq!(load(&text, Facts::default()).unwrap(), (Draft::default(), "hostname".to_owned()));
    }
}
