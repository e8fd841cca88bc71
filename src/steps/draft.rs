//! The wish as far as it is known.

use std::collections::BTreeMap;

use crate::facts::Facts;
use crate::spec::{
    Account, Alias, Certificate, Checks, Firewall, Fqdn, MailDomain, Mailbox, Network, Protection, Resolver,
    SPEC_VERSION, Secret, Signer, Spec, StackId,
};

/// A [`Spec`] in the making: a host name that may be missing, and passwords that no file may hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// What was found on the machine.
    pub facts: Facts,
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
}

impl Draft {
    /// A draft that holds what an earlier run or an answers file decided.
    pub fn from_spec(facts: Facts, spec: Spec) -> Self {
        let spec = spec.normalised();
        Self {
            facts,
            hostname: Some(spec.hostname),
            stack: spec.stack,
            admin_email: spec.admin_email,
            network: spec.network,
            resolver: spec.resolver,
            protection: spec.protection,
            firewall: spec.firewall,
            signer: spec.signer,
            checks: spec.checks,
            certificate: spec.certificate,
            domains: spec.domains,
            accounts: spec.accounts,
            aliases: spec.aliases,
            passwords: BTreeMap::new(),
        }
    }

    /// The finished wish, or what is still missing or contradicts itself, one sentence each.
    pub fn spec(&self) -> Result<Spec, Vec<String>> {
        let Some(hostname) = self.hostname.clone() else {
            return Err(vec!["The host name is missing: give one like 'mail.example.org'.".into()]);
        };
        let spec = Spec {
            version: SPEC_VERSION,
            stack: self.stack,
            hostname,
            admin_email: self.admin_email.clone(),
            network: self.network.clone(),
            resolver: self.resolver.clone(),
            protection: self.protection.clone(),
            firewall: self.firewall.clone(),
            signer: self.signer.clone(),
            checks: self.checks.clone(),
            certificate: self.certificate.clone(),
            domains: self.domains.clone(),
            accounts: self.accounts.clone(),
            aliases: self.aliases.clone(),
        };
        let problems = spec.problems();
        if problems.is_empty() { Ok(spec) } else { Err(problems) }
    }
}
