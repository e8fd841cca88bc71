//! The history has a bound: its oldest entries go, but not what the rest needs of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::history::Rendered;
use super::{Before, Entry, FileBefore, History, StoreError};
use crate::plan::{ObservedFile, Written};

/// Applies that are kept, each with the files that it replaced.
pub const KEPT_APPLIES: usize = 50;

impl History<'_> {
    /// Removes the oldest entries until `most` are left; the newest that is in effect always stays. Files as they were
    /// before us and what was last rendered move to the originals first. Killed at any point, it can be called again.
    pub fn prune(&self, most: usize, written: &Written) -> Result<(), StoreError> {
        let entries = self.entries()?;
        let mut too_many = entries.len().saturating_sub(most);
        let mut newest_standing = None;
        for entry in entries.iter().rev() {
            if too_many > 0 && !self.is_undone(entry)? {
                newest_standing = Some(entry.id.clone());
                break;
            }
        }
        for entry in &entries {
            if too_many == 0 {
                break;
            }
            if newest_standing.as_ref() != Some(&entry.id) {
                self.keep_originals(entry, written)?;
                self.write(&entry.pruned(), String::new())?;
                too_many -= 1;
            }
        }
        for (entry, going) in self.folders()? {
            if going {
                self.remove(&entry)?;
            }
        }
        Ok(())
    }

    fn keep_originals(&self, entry: &Entry, written: &Written) -> Result<(), StoreError> {
        let originals = self.originals();
        for folder in [&originals.folder, &originals.backup()] {
            self.host.make_directory(folder, 0o700, "root", "root")?;
        }
        self.keep_last_rendered(entry, &originals, written)?;
        // What an undone apply found was not there for good: it was put back.
        if self.is_undone(entry)? {
            return Ok(());
        }
        let known: BTreeSet<PathBuf> = self.before(&originals)?.into_iter().filter_map(path_of).collect();
        for before in self.before(entry)? {
            let Before::File { path, was } = &before else { continue };
            let is_ours = written.knows(path) || written.derived.contains_key(path);
            if !is_ours || known.contains(path) {
                continue;
            }
            if let FileBefore::Kept { backup, .. } = was {
                let content = self.kept_content(entry, was)?.unwrap_or_default();
                let copy = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
                self.host.write(&originals.backup().join(backup), &copy)?;
            }
            self.keep(&originals, &before)?;
        }
        Ok(())
    }

    /// What an edit by hand of a present file is merged from.
    fn keep_last_rendered(&self, entry: &Entry, originals: &Entry, written: &Written) -> Result<(), StoreError> {
        let mut kept: BTreeSet<(PathBuf, String)> = BTreeSet::new();
        let mut lines = Vec::new();
        for source in [originals, entry] {
            let Some(file) = self.host.read(&source.rendered())? else { continue };
            for line in file.content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                let Ok(rendered) = serde_json::from_slice::<Rendered>(line) else { continue };
                let is_present = written.files.get(&rendered.path) == Some(&rendered.sha256);
                if is_present && kept.insert((rendered.path, rendered.sha256)) {
                    lines.extend_from_slice(line);
                    lines.push(b'\n');
                }
            }
        }
        let file = ObservedFile { content: lines, mode: 0o600, owner: "root".into(), group: "root".into() };
        Ok(self.host.write(&originals.rendered(), &file)?)
    }

    /// The mark goes last: until then the next run goes on with it.
    fn remove(&self, entry: &Entry) -> Result<(), StoreError> {
        for name in self.host.list(&entry.backup())? {
            self.host.remove(&entry.backup().join(name))?;
        }
        self.host.remove_empty_directory(&entry.backup())?;
        for name in self.host.list(&entry.folder)? {
            let path = entry.folder.join(name);
            if path != entry.pruned() {
                self.host.remove(&path)?;
            }
        }
        self.host.remove(&entry.pruned())?;
        self.host.remove_empty_directory(&entry.folder)?;
        Ok(())
    }
}

fn path_of(before: Before) -> Option<PathBuf> {
    if let Before::File { path, .. } = before { Some(path) } else { None }
}
