//! What is there now, for exactly the things that a `Desired` names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The present state of everything that a `Desired` names; gathered by `host::observe`.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The host name now.
    pub host_name: String,
    /// Wanted packages that are installed.
    pub installed: BTreeSet<String>,
    /// Wanted users that exist.
    pub users: BTreeSet<String>,
    /// Wanted directories that exist: mode, owner, group.
    pub directories: BTreeMap<PathBuf, (u32, String, String)>,
    /// Wanted files that exist.
    pub files: BTreeMap<PathBuf, ObservedFile>,
    /// Wanted units by name.
    pub units: BTreeMap<String, UnitState>,
    /// Content hashes (SHA-256, hex) of files as we last wrote them, from the store: a file that differs from it was
    /// changed by hand.
    pub written_by_us: BTreeMap<PathBuf, String>,
    /// Ports that the active firewall does not let in yet; empty when no firewall is active.
    pub blocked_ports: BTreeSet<u16>,
    /// Whether the certificate files exist and belong together.
    pub has_certificate: bool,
}

/// A file on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedFile {
    /// Its content.
    pub content: Vec<u8>,
    /// Permission bits.
    pub mode: u32,
    /// Owner's name, or the number where it has none.
    pub owner: String,
    /// Group's name, or the number.
    pub group: String,
}

/// A unit on the host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitState {
    /// `systemctl is-enabled` says enabled.
    pub enabled: bool,
    /// `systemctl is-active` says active.
    pub active: bool,
}
