//! What is there now, for exactly the things that a `Desired` names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

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
    /// What we remember of earlier applies.
    pub written: Written,
    /// Files whose present content is merged into the wanted one, so that edits by hand survive in them.
    pub merged: BTreeSet<PathBuf>,
    /// Ports that the active firewall does not let in yet; empty when no firewall is active.
    pub blocked_ports: BTreeSet<u16>,
    /// Whether a firewall is active at all.
    pub has_firewall: bool,
    /// The certificate that the daemons read.
    pub certificate: CertificateState,
}

/// What we remember of what we wrote; kept in `written.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Written {
    /// SHA-256 (hex) of each file as we last wrote it: a file that differs from it was changed by hand.
    pub files: BTreeMap<PathBuf, String>,
    /// The same for files that are being written: a kill leaves it open whether they were.
    pub writing: BTreeMap<PathBuf, String>,
    /// SHA-256 of files that the operator edited and chose to keep, as they were then.
    pub kept: BTreeMap<PathBuf, String>,
    /// [`config_hash`](super::config_hash) of each unit when it last took up its configuration.
    pub loaded: BTreeMap<String, String>,
}

impl Written {
    /// Whether `hash` is of something that we wrote there.
    pub fn is_ours(&self, path: &Path, hash: &str) -> bool {
        [&self.files, &self.writing].iter().any(|known| known.get(path).is_some_and(|h| h == hash))
    }

    /// Whether we ever wrote a file there.
    pub fn knows(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }
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
    /// It starts at boot: `systemctl is-enabled` says enabled, or it is of a kind that needs no enabling.
    pub enabled: bool,
    /// The unit whose state tells the truth is active.
    pub active: bool,
    /// Its file changed since systemd read it.
    pub needs_daemon_reload: bool,
}

/// The certificate that the daemons read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CertificateState {
    /// Chain and key exist, belong together and hold the wanted names.
    pub exists: bool,
    /// It is not what the wish asks for (a stand-in, another name), so one must be got.
    pub to_be_obtained: bool,
}
