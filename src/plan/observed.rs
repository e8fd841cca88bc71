//! What is there now, for exactly the things that a `Desired` names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::Loaded;

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
    /// What we last rendered for wanted files whose present content is another: what an edit by hand began with.
    pub bases: BTreeMap<PathBuf, Vec<u8>>,
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
    /// SHA-256 (hex) of what we last rendered for each file. What we wrote was this, but for [`Written::merged`]; a file
    /// that differs from it was changed by hand.
    pub files: BTreeMap<PathBuf, String>,
    /// SHA-256 of files as we wrote them with the operator's changes merged in.
    pub merged: BTreeMap<PathBuf, String>,
    /// Files that are being written: a kill leaves it open whether they were.
    pub writing: BTreeMap<PathBuf, InWork>,
    /// Files that are being put back: a kill leaves what was begun beside them.
    pub restoring: BTreeSet<PathBuf>,
    /// Files that the operator edited and chose to keep.
    pub kept: BTreeMap<PathBuf, KeptEdit>,
    /// Files that a program made from one of ours.
    pub derived: BTreeMap<PathBuf, Derived>,
    /// What each unit last took up.
    pub loaded: BTreeMap<String, Loaded>,
}

/// A file that is being written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct InWork {
    /// SHA-256 of what is written.
    pub content: String,
    /// SHA-256 of what was rendered: another where the operator's changes are merged in.
    pub rendered: String,
}

/// A file that a program made from one of ours.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Derived {
    /// SHA-256 of the source.
    pub from: String,
    /// SHA-256 of what was made.
    pub made: String,
}

/// A file that stays as the operator edited it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeptEdit {
    /// SHA-256 of the file as it was when that was chosen: another edit is asked about again.
    pub content: String,
    /// SHA-256 of what we would have written then.
    pub rendered: String,
}

impl Written {
    /// Whether `hash` is of something that we wrote there.
    pub fn is_ours(&self, path: &Path, hash: &str) -> bool {
        let whole = [&self.files, &self.merged].iter().any(|known| known.get(path).is_some_and(|h| h == hash));
        whole || self.writing.get(path).is_some_and(|file| file.content == hash)
    }

    /// Whether `hash` is of what we rendered for it, with nothing of the operator's merged in.
    pub fn is_as_rendered(&self, path: &Path, hash: &str) -> bool {
        let in_work = self.writing.get(path).is_some_and(|file| file.content == hash && file.rendered == hash);
        in_work || self.files.get(path).is_some_and(|rendered| rendered == hash)
    }

    /// Notes that a file is written now, as it was to be.
    pub fn wrote(&mut self, path: PathBuf, file: InWork) {
        self.kept.remove(&path);
        if file.content == file.rendered {
            self.merged.remove(&path);
        } else {
            self.merged.insert(path.clone(), file.content);
        }
        self.files.insert(path, file.rendered);
    }

    /// Forgets a file.
    pub fn forget(&mut self, path: &Path) {
        self.files.remove(path);
        self.derived.remove(path);
        self.merged.remove(path);
        self.kept.remove(path);
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
