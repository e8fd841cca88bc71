//! Mail on its way into a backup while the server goes on.
//!
//! In a Maildir a message is a file that never changes; it is moved from `new` to `cur` and renamed when flags change.
//! A message that was moved between the look at the folder and the reading is found again under the part of its name
//! that stays, before the colon. Indexes are left out: Dovecot makes them anew, and another version makes its own.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use super::archive::{Archive, Like};
use super::name::MAIL;
use super::{BackupError, Progress};
use crate::host::{EntryKind, Host};

/// Files up to this size are read whole, so that one that changes under our hands still goes in as one state.
const AT_ONCE: u64 = 1024 * 1024;
/// How often a folder is looked at again for messages that were renamed meanwhile.
const LOOKS: usize = 4;

/// Whether a file is Dovecot's to make anew, or of a moment only.
fn is_passing(name: &str) -> bool {
    ["dovecot.index", "dovecot.list.index", "dovecot.mailbox.log"].iter().any(|begin| name.starts_with(begin))
        || name.ends_with(".lock")
        || name.ends_with(crate::host::UNFINISHED_SUFFIX)
}

/// The part of a message's name that stays when its flags change.
pub(super) fn lasting(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

/// The walk through all mail.
pub(super) struct Walk<'a, W: Write> {
    pub host: &'a dyn Host,
    pub archive: &'a mut Archive<W>,
    pub root: &'a Path,
    pub done: Progress,
    pub notes: &'a mut Vec<String>,
    pub on_progress: &'a mut dyn FnMut(Progress),
}

impl<W: Write> Walk<'_, W> {
    /// Adds everything below the root.
    pub(super) fn all(&mut self) -> io::Result<()> {
        let mut open = vec![PathBuf::new()];
        while let Some(folder) = open.pop() {
            open.extend(self.folder(&folder)?);
        }
        Ok(())
    }

    /// Adds the files of one folder; gives the folders in it.
    fn folder(&mut self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let is_maildir = self.names(&folder.join("cur"))?.len() + self.names(&folder.join("new"))?.len() > 0;
        if is_maildir {
            self.messages(folder)?;
        }
        let mut inner = Vec::new();
        for name in self.names(folder)? {
            let path = folder.join(&name);
            if is_passing(&name) || (is_maildir && ["cur", "new"].contains(&name.as_str())) {
                continue;
            }
            let Some(entry) = self.host.entry(&self.root.join(&path)).map_err(io::Error::other)? else { continue };
            match entry.kind {
                EntryKind::Directory if name == "tmp" => {}
                EntryKind::Directory => inner.push(path),
                EntryKind::File(_) => {
                    self.file(&path)?;
                }
                EntryKind::Link(_) | EntryKind::Other => self.notes.push(format!(
                    "'{}' is left out: it is neither a file nor a folder.",
                    crate::printable::printable(&self.root.join(&path).display().to_string())
                )),
            }
        }
        Ok(inner)
    }

    /// `new` before `cur`, and both again until nothing new shows up: no message is missed, none is there twice.
    fn messages(&mut self, maildir: &Path) -> io::Result<()> {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for _ in 0..LOOKS {
            let mut missed = false;
            for part in ["new", "cur"] {
                for name in self.names(&maildir.join(part))? {
                    if taken.contains(lasting(&name)) {
                        continue;
                    }
                    if self.file(&maildir.join(part).join(&name))? {
                        taken.insert(lasting(&name).to_owned());
                    } else {
                        missed = true;
                    }
                }
            }
            if !missed {
                break;
            }
        }
        Ok(())
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.host.list(&self.root.join(folder)).map_err(io::Error::other)
    }

    /// Adds a file; `false` when it is not there any more.
    fn file(&mut self, path: &Path) -> io::Result<bool> {
        let whole = self.root.join(path);
        let name = format!("{MAIL}{}", path.display());
        let entry = self.host.entry(&whole).map_err(io::Error::other)?;
        let Some((EntryKind::File(length), about)) = entry.map(|e| (e.kind.clone(), e)) else { return Ok(false) };
        if super::name::kind(&name).is_err() {
            let shown = crate::printable::printable(&whole.display().to_string());
            self.notes.push(format!("'{shown}' is left out: its name cannot be kept."));
            return Ok(true);
        }
        let Some(mut content) = self.host.open(&whole).map_err(io::Error::other)? else { return Ok(false) };
        let modified = u64::try_from(about.modified).unwrap_or(0);
        let mut like = Like { mode: about.mode & 0o777, modified, length };
        if length <= AT_ONCE {
            let mut bytes = Vec::new();
            content.take(4 * AT_ONCE).read_to_end(&mut bytes)?;
            like.length = bytes.len() as u64;
            self.archive.add(&name, like, bytes.as_slice())?;
        } else {
            self.archive.add(&name, like, &mut content)?;
        }
        self.done.files += 1;
        self.done.bytes += like.length;
        (self.on_progress)(self.done);
        Ok(true)
    }
}

/// What a host error inside an archive's error was.
pub(super) fn unwrapped(path: &Path, error: io::Error) -> BackupError {
    match error.downcast::<crate::host::HostError>() {
        Ok(inner) => BackupError::Host(inner),
        Err(error) => {
            BackupError::Host(crate::host::HostError::File { verb: "written", path: path.to_owned(), source: error })
        }
    }
}
