//! One folder for each apply: its journal, how things were before, backups, and whether it was undone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Before, FileBefore, Paths, Pending, StoreError, pending, written::damaged};
use crate::host::{Host, HostError};
use crate::plan::{ObservedFile, sha256};

/// All applies of this machine.
pub struct History<'a> {
    pub(super) host: &'a dyn Host,
    folder: PathBuf,
    originals: PathBuf,
}

/// What was rendered for a file, a line of `rendered`.
#[derive(Serialize, Deserialize)]
pub(super) struct Rendered {
    pub path: PathBuf,
    pub sha256: String,
    pub content: String,
}

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id, a UTC time that sorts ("20261121T061902Z").
    pub id: String,
    pub(super) folder: PathBuf,
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

    pub(super) fn rendered(&self) -> PathBuf {
        self.folder.join("rendered")
    }

    pub(super) fn backup(&self) -> PathBuf {
        self.folder.join("backup")
    }

    fn undone(&self) -> PathBuf {
        self.folder.join("undone")
    }

    /// The wish that it left as the one that holds.
    fn spec(&self) -> PathBuf {
        self.folder.join("spec.toml")
    }

    fn password_hashes(&self) -> PathBuf {
        self.folder.join("password-hashes.toml")
    }

    /// What it changed of the wish, in words.
    fn changed(&self) -> PathBuf {
        self.folder.join("changed.json")
    }

    /// The id of the apply that it takes out again.
    fn takes_out(&self) -> PathBuf {
        self.folder.join("takes-out")
    }

    /// There while it is being removed.
    pub(super) fn pruned(&self) -> PathBuf {
        self.folder.join("pruned")
    }
}

impl<'a> History<'a> {
    /// The history below these paths.
    pub fn new(host: &'a dyn Host, paths: &Paths) -> Self {
        Self { host, folder: paths.history(), originals: paths.originals() }
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Result<Vec<Entry>, HostError> {
        Ok(self.folders()?.into_iter().filter(|(_, going)| !going).map(|(entry, _)| entry).collect())
    }

    /// The entry of this id, where there is one.
    pub fn find(&self, id: &str) -> Result<Option<Entry>, HostError> {
        Ok(self.entries()?.into_iter().find(|entry| entry.id == id))
    }

    /// All folders, and whether what is left of one is being removed.
    pub(super) fn folders(&self) -> Result<Vec<(Entry, bool)>, HostError> {
        let mut folders = Vec::new();
        for id in self.host.list(&self.folder)? {
            let entry = self.entry(id);
            let names = self.host.list(&entry.folder)?;
            let going = names.is_empty() || names.iter().any(|name| entry.pruned().ends_with(name));
            folders.push((entry, going));
        }
        Ok(folders)
    }

    /// What is kept of entries that were removed: files as they were before us, and what was last rendered.
    pub fn originals(&self) -> Entry {
        Entry { id: "originals".into(), folder: self.originals.clone() }
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
        for entry in self.entries()?.into_iter().rev().chain([self.originals()]) {
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
        self.write(&entry.undone(), format!("{}\n", self.host.now()))
    }

    /// Its effects are there again: what took it out was undone.
    pub fn mark_standing(&self, entry: &Entry) -> Result<(), HostError> {
        self.host.remove(&entry.undone())
    }

    /// Keeps the wish that the entry leaves as the one that holds, and what is different in it, in words.
    pub fn keep_wish(&self, entry: &Entry, wish: &Pending, changed: &[String]) -> Result<(), StoreError> {
        let words = serde_json::to_string(changed).map_err(|e| damaged(&entry.changed(), &e))?;
        pending::save_hashes(self.host, &entry.password_hashes(), &wish.hashes)?;
        pending::save_spec(self.host, &entry.spec(), &wish.spec)?;
        Ok(self.write(&entry.changed(), words)?)
    }

    /// What the entry changed of the wish, in words; `None` where it left the wish alone.
    pub fn changed(&self, entry: &Entry) -> Result<Option<Vec<String>>, StoreError> {
        let Some(file) = self.host.read(&entry.changed())? else { return Ok(None) };
        serde_json::from_slice(&file.content).map(Some).map_err(|e| damaged(&entry.changed(), &e))
    }

    /// The wish that the entry left as the one that holds; `None` where it left the wish alone.
    pub fn wish_after(&self, entry: &Entry) -> Result<Option<Pending>, StoreError> {
        let Some(spec) = pending::load_spec(self.host, &entry.spec())? else { return Ok(None) };
        Ok(Some(Pending { spec, hashes: pending::load_hashes(self.host, &entry.password_hashes())? }))
    }

    /// The wish that held before the entry; `None` where there was none.
    pub fn wish_before(&self, entry: &Entry, paths: &Paths) -> Result<Option<Pending>, StoreError> {
        let before = self.before(entry)?;
        let kept = |wanted: PathBuf| {
            before.iter().find_map(|before| match before {
                Before::File { path, was: FileBefore::Kept { backup, .. } } if *path == wanted => {
                    Some(entry.backup().join(backup))
                }
                _ => None,
            })
        };
        let Some(spec) = kept(paths.spec()) else { return Ok(None) };
        let Some(spec) = pending::load_spec(self.host, &spec)? else { return Ok(None) };
        let hashes = match kept(paths.password_hashes()) {
            Some(path) => pending::load_hashes(self.host, &path)?,
            None => BTreeMap::new(),
        };
        Ok(Some(Pending { spec, hashes }))
    }

    /// Notes that the entry takes the apply `id` out again.
    pub fn note_takes_out(&self, entry: &Entry, id: &str) -> Result<(), HostError> {
        self.write(&entry.takes_out(), id.to_owned())
    }

    /// The apply that the entry takes out again, where it does that and that one is still known.
    pub fn takes_out(&self, entry: &Entry) -> Result<Option<Entry>, HostError> {
        let Some(file) = self.host.read(&entry.takes_out())? else { return Ok(None) };
        let id = String::from_utf8_lossy(&file.content).into_owned();
        Ok(self.entries()?.into_iter().find(|entry| entry.id == id))
    }

    pub(super) fn write(&self, path: &Path, content: String) -> Result<(), HostError> {
        let content = content.into_bytes();
        self.host.write(path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })
    }
}
