//! How the server is, on one screen: the hub and `mailwizard status` show the same.
//!
//! Each part comes from one small look at the machine ([`look`]) and is plain data; what of it needs the operator
//! ([`needs`]) and how it is said ([`lines`]) is pure.

mod checked;
mod lines;
pub mod look;
mod needs;
mod parts;
mod text;

use serde::Serialize;

use crate::spec::Domain;

pub use checked::{LastCheck, Records, Trouble};
pub use lines::{Line, lines};
pub use needs::{Leads, Need, needs};
pub use parts::{
    Accounts, Certificate, Machine, MailToday, Queue, Rotation, RotationStep, ServedDomain, Server, System, Timer,
    Updates,
};
pub use text::text;

/// One part of it: not looked at yet, not to be found out, or known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part<T> {
    /// The look has not ended.
    #[default]
    Awaited,
    /// It could not be found out, for this reason.
    Unknown(String),
    /// What was found.
    #[serde(untagged)]
    Known(T),
}

impl<T> Part<T> {
    /// What was found, if it was.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(found) => Some(found),
            Self::Awaited | Self::Unknown(_) => None,
        }
    }
}

/// Everything that is known.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Overview {
    /// What is served: host name, domains, accounts by number.
    pub server: Part<Server>,
    /// The last look of the checks; `None` inside when there was none.
    pub checks: Part<Option<LastCheck>>,
    /// The mailboxes.
    pub accounts: Part<Accounts>,
    /// Mail that waits.
    pub queue: Part<Queue>,
    /// Mail since midnight.
    pub mail: Part<MailToday>,
    /// The certificate and what is served.
    pub certificate: Part<Certificate>,
    /// The machine itself.
    pub system: Part<System>,
    /// Packages that could be brought up to date.
    pub updates: Part<Updates>,
    /// Whether the machine is as it was set up.
    pub machine: Part<Machine>,
    /// What runs by itself.
    pub timers: Part<Vec<Timer>>,
    /// Changes of DKIM keys that are under way.
    pub rotations: Part<Vec<Rotation>>,
}

/// What one look found.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the names are those of the fields of Overview")]
pub enum Found {
    Server(Part<Server>),
    Checks(Part<Option<LastCheck>>),
    Accounts(Part<Accounts>),
    Queue(Part<Queue>),
    Mail(Part<MailToday>),
    Certificate(Part<Certificate>),
    System(Part<System>),
    Updates(Part<Updates>),
    Machine(Part<Machine>),
    Timers(Part<Vec<Timer>>),
    Rotations(Part<Vec<Rotation>>),
}

impl Overview {
    /// How the records of a domain were at the last look of the checks; `None` while nobody knows of any look.
    pub fn records(&self, domain: &Domain) -> Option<Records> {
        self.checks.known()?.as_ref().map(|last| last.records(domain))
    }

    /// Takes in what a look found.
    pub fn take(&mut self, found: Found) {
        match found {
            Found::Server(part) => self.server = part,
            Found::Checks(part) => self.checks = part,
            Found::Accounts(part) => self.accounts = part,
            Found::Queue(part) => self.queue = part,
            Found::Mail(part) => self.mail = part,
            Found::Certificate(part) => self.certificate = part,
            Found::System(part) => self.system = part,
            Found::Updates(part) => self.updates = part,
            Found::Machine(part) => self.machine = part,
            Found::Timers(part) => self.timers = part,
            Found::Rotations(part) => self.rotations = part,
        }
    }
}
