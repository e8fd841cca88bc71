//! The wish as far as it is known.

use std::collections::{BTreeMap, BTreeSet};

use super::{Field, Seen, Value};
use crate::facts::Facts;
use crate::plan::MailChange;
use crate::spec::{
    Account, Alias, Certificate, Checks, Firewall, Fqdn, MailDomain, Mailbox, Network, Protection, Reports, Resolver,
    SPEC_VERSION, Secret, Signer, Spec, StackId,
};

/// A [`Spec`] in the making: a host name that may be missing, and passwords that no file may hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// What was found on the machine.
    pub facts: Facts,
    /// What was seen on the network since.
    pub seen: Seen,
    /// Ids of the fields that the operator or an answers file decided, be it for the empty answer.
    pub answered: BTreeSet<String>,
    /// The host name, once given.
    pub hostname: Option<Fqdn>,
    /// See [`Spec::stack`].
    pub stack: StackId,
    /// See [`Spec::admin_email`].
    pub admin_email: Option<Mailbox>,
    /// See [`Spec::network`].
    pub network: Network,
    /// See [`Spec::resolver`].
    pub resolver: Resolver,
    /// See [`Spec::protection`].
    pub protection: Protection,
    /// See [`Spec::firewall`].
    pub firewall: Firewall,
    /// See [`Spec::signer`].
    pub signer: Signer,
    /// See [`Spec::checks`].
    pub checks: Checks,
    /// See [`Spec::reports`].
    pub reports: Reports,
    /// See [`Spec::certificate`].
    pub certificate: Certificate,
    /// See [`Spec::domains`].
    pub domains: Vec<MailDomain>,
    /// See [`Spec::accounts`].
    pub accounts: Vec<Account>,
    /// See [`Spec::aliases`].
    pub aliases: Vec<Alias>,
    /// Passwords of accounts; an account that is not here keeps the one it has, or gets a generated one.
    pub passwords: BTreeMap<Mailbox, Password>,
    /// What becomes of mail when it is applied.
    pub mail: Vec<MailChange>,
    /// The wish that held when this draft was begun, where one did: who changes it meanwhile is noticed.
    pub base: Option<Spec>,
    /// The relay's password, once given; kept in [`Relay::PASSWORD_FILE`](crate::spec::Relay::PASSWORD_FILE).
    pub relay_password: Option<Secret>,
}

/// Where an account's password comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Password {
    /// Made by us, to be shown once.
    Generated(Secret),
    /// Typed by the operator, or read from a file.
    Given(Secret),
    /// A Dovecot hash from an import ("{SHA512-CRYPT}$6$…").
    Hash(Secret),
    /// One is to be made, in place of the one that the account may have.
    ToMake,
}

impl Draft {
    /// A draft that holds what an earlier run or an answers file decided.
    pub fn from_spec(facts: Facts, spec: Spec) -> Self {
        let spec = spec.normalised();
        Self {
            facts,
            seen: Seen::default(),
            answered: BTreeSet::new(),
            hostname: Some(spec.hostname),
            stack: spec.stack,
            admin_email: spec.admin_email,
            network: spec.network,
            resolver: spec.resolver,
            protection: spec.protection,
            firewall: spec.firewall,
            signer: spec.signer,
            checks: spec.checks,
            reports: spec.reports,
            certificate: spec.certificate,
            domains: spec.domains,
            accounts: spec.accounts,
            aliases: spec.aliases,
            passwords: BTreeMap::new(),
            mail: Vec::new(),
            base: None,
            relay_password: None,
        }
    }

    /// A draft of the wish that was last applied: every question of it was decided then.
    pub fn from_applied(facts: Facts, spec: Spec) -> Self {
        let mut draft = Self::from_spec(facts, spec);
        draft.answered = super::STEPS.iter().flat_map(|s| s.fields).map(|f| f.id.to_owned()).collect();
        draft.base = draft.present();
        draft
    }

    /// Takes all of another wish; what was found out, decided and typed besides stays.
    pub fn take(&mut self, spec: Spec) {
        let changed = Self::from_spec(std::mem::take(&mut self.facts), spec);
        let before = std::mem::replace(self, changed);
        self.seen = before.seen;
        self.answered = before.answered;
        self.passwords = before.passwords;
        self.mail = before.mail;
        self.base = before.base;
        self.relay_password = before.relay_password;
    }

    /// Whether this field was decided.
    pub fn is_answered(&self, field: &str) -> bool {
        self.answered.contains(field)
    }

    /// Takes an answer, or leaves everything as it was and says why not.
    pub fn answer(&mut self, field: &Field, value: Value) -> Result<(), String> {
        let mut changed = self.clone();
        (field.set)(&mut changed, value)?;
        changed.answered.insert(field.id.to_owned());
        *self = changed;
        Ok(())
    }

    /// The account that role addresses and reports go to unless something else is said.
    pub fn first_account(&self) -> Option<&Mailbox> {
        self.accounts.first().map(|a| &a.address)
    }

    /// The wish as it stands, with whatever is still wrong with it: for live checks and the records page. `None` while
    /// there is no host name.
    pub fn present(&self) -> Option<Spec> {
        Some(Spec {
            version: SPEC_VERSION,
            stack: self.stack,
            hostname: self.hostname.clone()?,
            admin_email: self.admin_email.clone(),
            network: self.network.clone(),
            resolver: self.resolver.clone(),
            protection: self.protection.clone(),
            firewall: self.firewall.clone(),
            signer: self.signer.clone(),
            checks: self.checks.clone(),
            reports: self.reports.clone(),
            certificate: self.certificate.clone(),
            domains: self.domains.clone(),
            accounts: self.accounts.clone(),
            aliases: self.aliases.clone(),
        })
    }

    /// The finished wish, or what is still missing or contradicts itself, one sentence each.
    pub fn spec(&self) -> Result<Spec, Vec<String>> {
        let Some(spec) = self.present() else {
            return Err(vec!["The host name is missing: give one like 'mail.example.org'.".into()]);
        };
        let spec = spec.normalised();
        let problems = spec.problems();
        if problems.is_empty() { Ok(spec) } else { Err(problems) }
    }
}
