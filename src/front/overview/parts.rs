//! The parts of an overview.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::spec::{Domain, Fqdn, Mailbox};

/// What is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Server {
    /// The host name.
    pub hostname: Fqdn,
    /// The domains, in the order of the wish.
    pub domains: Vec<ServedDomain>,
    /// How many accounts there are.
    pub accounts: usize,
    /// How many aliases there are.
    pub aliases: usize,
}

/// One domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServedDomain {
    /// Its name.
    pub name: Domain,
    /// Whether its mail still goes to another server.
    pub is_moving: bool,
}

/// The mailboxes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Accounts {
    /// Bytes of all of them.
    pub total: u64,
    /// The largest with its bytes; `None` while none holds mail.
    pub largest: Option<(Mailbox, u64)>,
}

/// Mail that waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// How many messages wait.
    pub waiting: usize,
    /// Seconds since the oldest of them came that nobody holds back; 0 when none waits.
    pub oldest: i64,
}

/// Mail since midnight, from the logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct MailToday {
    /// Deliveries to mailboxes here.
    pub received: usize,
    /// Deliveries to other servers.
    pub sent: usize,
    /// Recipients and messages that were refused.
    pub refused: usize,
}

/// The certificate and what is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Days that are left; `None` where no certificate can be used.
    pub days_left: Option<i64>,
    /// Days it is good for in all.
    pub lifetime: i64,
    /// Whether no other program trusts it.
    pub is_self_signed: bool,
    /// How many sockets serve it, and how many there are.
    pub served: (usize, usize),
    /// Why the last attempt to renew it came to nothing.
    pub last_error: Option<String>,
    /// Why it is to be replaced now, where it is.
    pub due: Option<&'static str>,
}

/// The machine itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct System {
    /// The distribution in two words ("Debian 13").
    pub distribution: String,
    /// Percent of the file system of mail that is used.
    pub disk_used: u8,
    /// Bytes that are free there.
    pub disk_free: u64,
    /// The firewall in a few words; `None` where none is active.
    pub firewall: Option<&'static str>,
}

/// Packages that could be brought up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Updates {
    /// How many packages have another version.
    pub packages: usize,
    /// How many of them are there for security.
    pub security: usize,
    /// Whether an update waits for a restart of the machine.
    pub needs_restart: bool,
}

/// Whether the machine is as it was set up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Files that were changed by hand and not settled.
    pub edited: Vec<PathBuf>,
    /// What an apply would do besides, a title each.
    pub differs: Vec<String>,
    /// That the machine was upgraded since its settings were written, in a sentence.
    pub upgraded: Option<String>,
    /// An apply that did not come to its end, in a sentence.
    pub unfinished: Option<String>,
}

/// Something that runs by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timer {
    /// The unit ("mailwizard-renew.timer").
    pub unit: String,
    /// What it is for.
    pub purpose: String,
    /// Whether it is waiting for its time, and will be after a restart of the machine.
    pub is_on: bool,
    /// When it runs next.
    pub next: Option<Timestamp>,
    /// When it ran last.
    pub last: Option<Timestamp>,
}

/// A change of DKIM keys that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rotation {
    /// Whose keys.
    pub domain: Domain,
    /// What comes next.
    pub next: RotationStep,
}

/// What comes next in a change of DKIM keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationStep {
    /// The records of the new keys are published, then the keys sign.
    Switch,
    /// The records of the old keys may go.
    LetGo,
}
