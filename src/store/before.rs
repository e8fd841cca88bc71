//! How things were before an apply changed them: what undo needs.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::plan::MailMove;
use crate::stacks::Readiness;

/// One thing as it was, a line of `before.jsonl`. The first line about a thing holds: a continued apply finds its own
/// changes and must not take them for the state before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Before {
    /// A file.
    File {
        /// Where.
        path: PathBuf,
        /// What was there.
        was: FileBefore,
    },
    /// A directory.
    Directory {
        /// Where.
        path: PathBuf,
        /// Mode, owner, group; `None` when there was none.
        was: Option<(u32, String, String)>,
    },
    /// A unit.
    Unit {
        /// Its name.
        unit: String,
        /// It started at boot.
        enabled: bool,
        /// It ran.
        active: bool,
        /// Where it answered.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        answered: Vec<Readiness>,
    },
    /// The host's name.
    HostName {
        /// As the kernel had it.
        name: String,
    },
    /// A folder of mail that moved.
    MailMoved {
        /// Where it was.
        from: PathBuf,
        /// Where it went.
        to: PathBuf,
    },
    /// Mail of an adopted server that was moved.
    MailAdopted {
        /// What was moved, and whose it was.
        #[serde(flatten)]
        mail: MailMove,
    },
    /// A folder of mail that was packed.
    MailArchived {
        /// Where it was.
        folder: PathBuf,
        /// The archive.
        archive: PathBuf,
    },
    /// Ports that were opened in a firewall.
    Ports {
        /// "ufw", "firewalld" or "nftables".
        firewall: String,
        /// The zone, with firewalld; its default zone when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
        /// The ports.
        ports: Vec<u16>,
    },
}

/// What was at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "kebab-case")]
pub enum FileBefore {
    /// Nothing.
    Absent,
    /// A symbolic link.
    Link {
        /// Where it pointed.
        target: PathBuf,
    },
    /// A file, kept in the entry's backup folder.
    Kept {
        /// Its name there.
        backup: String,
        /// Permission bits.
        mode: u32,
        /// Owner's name.
        owner: String,
        /// Group's name.
        group: String,
    },
}

impl Before {
    /// Whether the other line is about the same thing.
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { path, .. }, Self::File { path: other, .. })
            | (Self::Directory { path, .. }, Self::Directory { path: other, .. }) => path == other,
            (Self::Unit { unit, .. }, Self::Unit { unit: other, .. }) => unit == other,
            (Self::MailAdopted { mail }, Self::MailAdopted { mail: other }) => mail.from == other.from,
            (Self::MailMoved { from, .. }, Self::MailMoved { from: other, .. }) => from == other,
            (Self::MailArchived { folder, .. }, Self::MailArchived { folder: other, .. }) => folder == other,
            (Self::HostName { .. }, Self::HostName { .. }) => true,
            (Self::Ports { ports, .. }, Self::Ports { ports: other, .. }) => ports == other,
            _ => false,
        }
    }
}
