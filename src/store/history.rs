//! One folder for each apply: its journal, how things were before, backups, and whether it was undone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Before, FileBefore, Paths, StoreError, written::damaged};
use crate::host::{Host, HostError};
use crate::plan::{ObservedFile, sha256};

/// All applies of this machine.
pub struct History<'a> {
    host: &'a dyn Host,
    folder: PathBuf,
}

/// What was rendered for a file, a line of `rendered`.
#[derive(Serialize, Deserialize)]
struct Rendered {
    path: PathBuf,
    sha256: String,
    content: String,
}

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, a UTC time that sorts ("20261121T061902Z").
    pub id: String,
    folder: PathBuf,
}

impl Entry {
    /// What happened, one JSON object an event.
    pub fn journal(&self) -> PathBuf {
        self.folder.join("journal.jsonl")
    }

    /// What happened while it was undone.
    pub fn undo_journal(&self) -> PathBuf {
        self.folder.join("undo.jsonl")
    }

    fn before(&self) -> PathBuf {
        self.folder.join("before.jsonl")
    }

    fn rendered(&self) -> PathBuf {
        self.folder.join("rendered")
    }

    fn backup(&self) -> PathBuf {
        self.folder.join("backup")
    }

    fn undone(&self) -> PathBuf {
        self.folder.join("undone")
    }
}

impl<'a> History<'a> {
    /// The history below these paths.
    pub fn new(host: &'a dyn Host, paths: &Paths) -> Self {
        Self { host, folder: paths.history() }
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Result<Vec<Entry>, HostError> {
        let names = self.host.list(&self.folder)?;
        Ok(names.into_iter().map(|id| self.entry(id)).collect())
    }

    fn entry(&self, id: String) -> Entry {
        Entry { folder: self.folder.join(&id), id }
    }

    /// A new entry, named after the time.
    pub fn begin(&self) -> Result<Entry, HostError> {
        let now = self.host.now().strftime("%Y%m%dT%H%M%SZ").to_string();
        let taken = self.host.list(&self.folder)?;
        let mut id = now.clone();
        let mut count = 1;
        while taken.contains(&id) {
            count += 1;
            id = format!("{now}-{count:02}");
        }
        let entry = self.entry(id);
        for folder in [&self.folder, &entry.folder, &entry.backup()] {
            self.host.make_directory(folder, 0o700, "root", "root")?;
        }
        Ok(entry)
    }

    /// How things were before the entry changed them, in the order they were changed.
    pub fn before(&self, entry: &Entry) -> Result<Vec<Before>, StoreError> {
        let Some(file) = self.host.read(&entry.before())? else { return Ok(Vec::new()) };
        let text = String::from_utf8_lossy(&file.content).into_owned();
        let mut all = Vec::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            match serde_json::from_str(line) {
                Ok(before) => all.push(before),
                // A line that a kill cut short belongs to a change that did not happen.
                Err(e) if e.is_eof() => {}
                Err(e) => return Err(damaged(&entry.before(), &e)),
            }
        }
        Ok(all)
    }

    /// Keeps how a thing was, before it is changed.
    pub fn keep(&self, entry: &Entry, before: &Before) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(before).map_err(|e| damaged(&entry.before(), &e))?;
        line.push(b'\n');
        let torn = self.host.read(&entry.before())?.is_some_and(|file| !file.content.ends_with(b"\n"));
        if torn {
            line.insert(0, b'\n');
        }
        Ok(self.host.append(&entry.before(), &line, 0o600)?)
    }

    /// Keeps what was rendered for files, before they are written.
    pub fn keep_rendered<'f>(
        &self,
        entry: &Entry,
        files: impl Iterator<Item = (&'f Path, &'f [u8])>,
    ) -> Result<(), StoreError> {
        let mut lines = Vec::new();
        for (path, content) in files {
            let file = Rendered {
                path: path.to_owned(),
                sha256: sha256(content),
                content: String::from_utf8_lossy(content).into_owned(),
            };
            serde_json::to_writer(&mut lines, &file).map_err(|e| damaged(&entry.rendered(), &e))?;
            lines.push(b'\n');
        }
        // A line that a kill cut short must not swallow the next one.
        lines.insert(0, b'\n');
        Ok(self.host.append(&entry.rendered(), &lines, 0o600)?)
    }

    /// What was once rendered for these files, by the hash of it. What is not known any more is left out.
    pub fn rendered(&self, wanted: &BTreeMap<&Path, &str>) -> Result<BTreeMap<PathBuf, Vec<u8>>, StoreError> {
        let mut found = BTreeMap::new();
        for entry in self.entries()?.into_iter().rev() {
            if found.len() == wanted.len() {
                break;
            }
            let Some(file) = self.host.read(&entry.rendered())? else { continue };
            for line in file.content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                // A line that a kill cut short is of a file that was not written.
                let Ok(file) = serde_json::from_slice::<Rendered>(line) else { continue };
                if wanted.get(file.path.as_path()) == Some(&file.sha256.as_str()) {
                    found.insert(file.path, file.content.into_bytes());
                }
            }
        }
        Ok(found)
    }

    /// Copies what is at `path` into the entry's backups and says what it was.
    pub fn back_up(&self, entry: &Entry, path: &Path) -> Result<FileBefore, HostError> {
        if let Some(target) = self.host.link_target(path)? {
            return Ok(FileBefore::Link { target });
        }
        let Some(file) = self.host.read(path)? else { return Ok(FileBefore::Absent) };
        let name = path.display().to_string().trim_start_matches('/').replace('%', "%25").replace('/', "%2F");
        let copy = ObservedFile { content: file.content, mode: 0o600, owner: "root".into(), group: "root".into() };
        self.host.write(&entry.backup().join(&name), &copy)?;
        Ok(FileBefore::Kept { backup: name, mode: file.mode, owner: file.owner, group: file.group })
    }

    /// Puts back what was at `path`.
    pub fn restore(&self, entry: &Entry, path: &Path, was: &FileBefore) -> Result<(), StoreError> {
        match was {
            FileBefore::Absent => self.host.remove(path)?,
            // Written even where it is there already: what a kill left beside it goes too.
            FileBefore::Link { target } => self.host.link(path, target)?,
            FileBefore::Kept { mode, owner, group, .. } => {
                let content = self.kept_content(entry, was)?.unwrap_or_default();
                let file = ObservedFile { content, mode: *mode, owner: owner.clone(), group: group.clone() };
                self.host.write(path, &file)?;
            }
        }
        Ok(())
    }

    /// The content of a backup.
    pub fn kept_content(&self, entry: &Entry, was: &FileBefore) -> Result<Option<Vec<u8>>, StoreError> {
        let FileBefore::Kept { backup, .. } = was else { return Ok(None) };
        let path = entry.backup().join(backup);
        match self.host.read(&path)? {
            Some(file) => Ok(Some(file.content)),
            None => {
                Err(StoreError::Damaged { path: path.display().to_string(), reason: "this backup is missing".into() })
            }
        }
    }

    /// Whether it was undone.
    pub fn is_undone(&self, entry: &Entry) -> Result<bool, HostError> {
        Ok(self.host.read(&entry.undone())?.is_some())
    }

    /// Marks it as undone.
    pub fn mark_undone(&self, entry: &Entry) -> Result<(), HostError> {
        let content = format!("{}\n", self.host.now()).into_bytes();
        let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
        self.host.write(&entry.undone(), &file)
    }
}
