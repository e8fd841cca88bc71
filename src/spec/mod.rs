//! What the operator wants, as types that can only hold what makes sense.
//!
//! A [`Spec`] is the whole wish for a server: it is what the steps fill, what `answers.toml` holds, what
//! `/etc/mailwizard/spec.toml` keeps, and what stacks, records and checks are made from. Names are parsed into
//! newtypes at the edge; [`Spec::problems`] holds the rules between fields. Passwords are never in it.

mod accounts;
pub mod answers;
mod certificate;
mod checks;
mod difference;
mod domain;
mod domains;
mod fqdn;
mod invalid;
mod mailbox;
mod network;
mod protection;
mod reports;
mod secret;
mod selector;
mod stack_id;

use serde::{Deserialize, Serialize};

pub use accounts::{Account, Alias, AliasAction, ROLE_LOCAL_PARTS, Routes, role_aliases};
pub use certificate::{Certificate, CertificateMethod};
pub use checks::Checks;
pub use difference::{Difference, Hashes, Obstacle};
pub use domain::Domain;
pub use domains::{DmarcPolicy, MailDomain};
pub use fqdn::Fqdn;
pub use invalid::Invalid;
pub use mailbox::{AliasAddress, Mailbox};
pub use network::{Firewall, Network, OutboundFamily, Relay, Resolver, ResolverMode};
pub use protection::{PasswordScheme, Protection};
pub use reports::Reports;
pub use secret::Secret;
pub use selector::Selector;
pub use stack_id::{Signer, SignerKind, StackId};

/// The only version of the answers file there is.
pub const SPEC_VERSION: u32 = 1;

/// Everything the operator decided about the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Version of this format: [`SPEC_VERSION`].
    pub version: u32,
    /// Which software the server is made of.
    #[serde(default)]
    pub stack: StackId,
    /// The name other mail servers know this machine by.
    pub hostname: Fqdn,
    /// Who reads what the server has to say; role addresses and root go there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_email: Option<Mailbox>,
    /// Addresses of this machine and the way out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub network: Network,
    /// Who answers the server's DNS questions.
    #[serde(default, skip_serializing_if = "is_default")]
    pub resolver: Resolver,
    /// Spam, size, ban and password settings.
    #[serde(default, skip_serializing_if = "is_default")]
    pub protection: Protection,
    /// What may be done to a firewall.
    #[serde(default, skip_serializing_if = "is_default")]
    pub firewall: Firewall,
    /// Who signs outgoing mail with DKIM.
    #[serde(default, skip_serializing_if = "is_default")]
    pub signer: Signer,
    /// Settings of the checks.
    #[serde(default, skip_serializing_if = "is_default")]
    pub checks: Checks,
    /// What the server tells its operator unasked.
    #[serde(default, skip_serializing_if = "is_default")]
    pub reports: Reports,
    /// Where the certificate comes from.
    #[serde(default)]
    pub certificate: Certificate,
    /// The domains that mail is received and sent for.
    #[serde(default)]
    pub domains: Vec<MailDomain>,
    /// The mailboxes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<Account>,
    /// Addresses that stand for others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<Alias>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Spec {
    /// A wish that holds only a host name; everything else has its default.
    pub fn new(hostname: Fqdn) -> Self {
        Self {
            version: SPEC_VERSION,
            stack: StackId::default(),
            hostname,
            admin_email: None,
            network: Network::default(),
            resolver: Resolver::default(),
            protection: Protection::default(),
            firewall: Firewall::default(),
            signer: Signer::default(),
            checks: Checks::default(),
            reports: Reports::default(),
            certificate: Certificate::default(),
            domains: Vec::new(),
            accounts: Vec::new(),
            aliases: Vec::new(),
        }
    }

    /// The same wish with each setting in the one place where the program looks for it: `catch_all` of a domain
    /// becomes an alias; an `admin_email` of ours that is neither account nor alias becomes an alias of the first
    /// account, or an account where there is none, so that reports are never sent to an address that refuses them.
    pub fn normalised(mut self) -> Self {
        for domain in &mut self.domains {
            if let Some(target) = domain.catch_all.take() {
                let address = AliasAddress::CatchAll(domain.name.clone());
                self.aliases.push(Alias { address, targets: vec![target], action: AliasAction::Deliver });
            }
        }
        if let Some(admin) = self.admin_email.clone()
            && self.domain(admin.domain()).is_some()
            && !accounts::resolves(&self, &admin)
        {
            match self.accounts.first().map(|a| a.address.clone()) {
                Some(first) => self.aliases.push(Alias {
                    address: AliasAddress::One(admin),
                    targets: vec![first],
                    action: AliasAction::Deliver,
                }),
                None => self.accounts.push(Account::new(admin)),
            }
        }
        self
    }

    /// The served domain of this name, if it is one.
    pub fn domain(&self, name: &Domain) -> Option<&MailDomain> {
        self.domains.iter().find(|d| d.name == *name)
    }

    /// Whether mail for `name` is delivered here now: it is served, and not still moving from another server.
    pub fn accepts_mail_for(&self, name: &Domain) -> bool {
        self.domain(name).is_some_and(|d| !d.moving_from_another_server)
    }

    /// The account of this address, if there is one.
    pub fn account(&self, address: &Mailbox) -> Option<&Account> {
        self.accounts.iter().find(|a| a.address == *address)
    }

    /// The local addresses an address is delivered to in the end, following aliases; foreign targets are left out.
    pub fn mailboxes_behind(&self, address: &Mailbox) -> Vec<Mailbox> {
        Routes::of(self).mailboxes_behind(address)
    }

    /// What contradicts itself between the fields: one sentence each, in the order of the file. Empty means valid.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.version != SPEC_VERSION {
            problems
                .push(format!("version = {} is not known: this program reads version = {SPEC_VERSION}.", self.version));
        }
        problems.extend(Section::ALL.into_iter().flat_map(|section| self.problems_of(section)));
        problems
    }

    /// What contradicts itself within one part of the wish.
    pub fn problems_of(&self, section: Section) -> Vec<String> {
        let mut problems = Vec::new();
        match section {
            Section::Domains => domains::problems(self, &mut problems),
            Section::Accounts => accounts::problems(self, &mut problems),
            Section::Certificate => certificate::problems(self, &mut problems),
            Section::Network => network::problems(self, &mut problems),
            Section::Protection => protection::problems(self, &mut problems),
        }
        problems
    }
}

/// The parts of a wish that have rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `[[domains]]`.
    Domains,
    /// `[[accounts]]` and `[[aliases]]`.
    Accounts,
    /// `[certificate]`.
    Certificate,
    /// `[network]`.
    Network,
    /// `[protection]`.
    Protection,
}

impl Section {
    /// All of them, in the order they are reported.
    pub const ALL: [Self; 5] = [Self::Domains, Self::Accounts, Self::Certificate, Self::Network, Self::Protection];
}
