//! Files that were changed by hand since we wrote them: what was changed, and what becomes of it.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use similar::TextDiff;

use super::merge::{Conflict, merge};
use super::{Observed, ObservedFile, sha256};
use crate::stacks::{Content, ManagedFile};

/// What is done with a file that the operator edited since we wrote it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edited {
    /// It is shown, and nothing at all is done before this is settled.
    #[default]
    Ask,
    /// It stays as it is, now and later.
    Keep,
    /// Ours is written; the operator's goes into the history.
    Replace,
    /// Both changes are put together, now and whenever ours changes; where both changed the same lines, as [`Edited::Ask`].
    Merge,
}

impl Edited {
    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ask => "stop",
            Self::Keep => "keep",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

/// What is done with edited files: one answer for all, and others for single files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditChoices {
    every: Edited,
    files: BTreeMap<PathBuf, Edited>,
}

/// One choice as it is given on the command line: `keep`, or `/etc/postfix/main.cf=keep`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditChoice {
    file: Option<PathBuf>,
    edited: Edited,
}

/// Why a choice could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no choice. Give stop, keep, replace or merge, for one file as FILE=keep.")]
pub struct NoChoice(String);

impl FromStr for EditChoice {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, NoChoice> {
        let (file, word) = match text.rsplit_once('=') {
            Some((file, word)) => (Some(PathBuf::from(file)), word),
            None => (None, text),
        };
        let all = [Edited::Ask, Edited::Keep, Edited::Replace, Edited::Merge];
        let edited = all.into_iter().find(|edited| edited.word() == word);
        match edited.filter(|_| file.as_ref().is_none_or(|file| file.is_absolute())) {
            Some(edited) => Ok(Self { file, edited }),
            None => Err(NoChoice(crate::printable::excerpt(text, 80))),
        }
    }
}

impl FromIterator<EditChoice> for EditChoices {
    fn from_iter<I: IntoIterator<Item = EditChoice>>(all: I) -> Self {
        let mut choices = Self::default();
        for choice in all {
            match choice.file {
                Some(file) => choices.choose(file, choice.edited),
                None => choices.every = choice.edited,
            }
        }
        choices
    }
}

impl From<Edited> for EditChoices {
    fn from(every: Edited) -> Self {
        Self { every, files: BTreeMap::new() }
    }
}

impl EditChoices {
    /// Chooses for one file.
    pub fn choose(&mut self, file: PathBuf, edited: Edited) {
        self.files.insert(file, edited);
    }

    /// What was chosen for this file alone.
    pub fn for_alone(&self, file: &Path) -> Option<Edited> {
        self.files.get(file).copied()
    }

    fn for_file(&self, file: &Path) -> Edited {
        self.for_alone(file).unwrap_or(self.every)
    }

    /// The same choices as arguments after `--edited`, one each.
    pub fn arguments(&self) -> Vec<String> {
        let every = (self.every != Edited::Ask).then(|| self.every.word().to_owned());
        let files = self.files.iter().map(|(file, edited)| format!("{}={}", file.display(), edited.word()));
        every.into_iter().chain(files).collect()
    }
}

/// A file of ours that was changed by hand: what we wrote, what is there, and what we would write now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandEdit {
    /// Which.
    pub path: PathBuf,
    /// What it is for.
    pub purpose: &'static str,
    /// The operator's change: unified diff from what we wrote to what is there.
    pub yours: String,
    /// Our change: unified diff from what we wrote to what we would write now; empty where nothing of ours has changed.
    pub ours: String,
    /// Both together.
    pub merged: Merged,
    /// What was chosen; [`Edited::Ask`] where that is still to be done.
    pub choice: Edited,
}

/// What putting both changes together gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Merged {
    /// What changes in the file as it is, as a unified diff; empty where nothing does.
    Clean(String),
    /// Both changed the same lines.
    Conflicts(Vec<Conflict>),
    /// There is nothing to merge with; a sentence says why.
    Impossible(&'static str),
}

impl HandEdit {
    /// Whether the operator has yet to choose.
    pub fn is_open(&self) -> bool {
        self.choice == Edited::Ask
    }

    /// The three-way view in lines: what the operator changed, what we would change, and both together.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec!["What you changed since it was written here:".to_owned()];
        lines.extend(self.yours.lines().map(str::to_owned));
        lines.push(String::new());
        if self.ours.is_empty() {
            lines.push("What is written here has not changed since: replacing takes your change back.".into());
        } else {
            lines.push("What has changed here since:".into());
            lines.extend(self.ours.lines().map(str::to_owned));
        }
        lines.push(String::new());
        match &self.merged {
            Merged::Clean(diff) if diff.is_empty() => {
                lines.push("Merged, the file stays as it is: all of it is there.".into());
            }
            Merged::Clean(diff) => {
                lines.push("Merged, this changes in your file:".into());
                lines.extend(diff.lines().map(str::to_owned));
            }
            Merged::Conflicts(conflicts) => {
                lines.push(
                    "It cannot be merged: both changed the same lines. Change yours, keep it, or replace it.".into(),
                );
                lines.extend(conflicts.iter().flat_map(Conflict::lines));
            }
            Merged::Impossible(why) => lines.push(format!("It cannot be merged: {why}")),
        }
        lines
    }
}

/// What becomes of a file that is not as it should be.
pub(super) enum Fate {
    /// Ours is written; nobody else's change is lost.
    Write,
    /// It is as it should be, with the operator's change in it.
    Settled,
    /// It stays as the operator edited it, as was chosen before.
    Kept,
    /// It was edited by hand. The content to write where merging was chosen and is possible.
    Edited(HandEdit, Option<Content>),
}

/// Finds out whether a file that is not as wanted was edited by hand, and what is done about it.
pub(super) fn fate(file: &ManagedFile, now: &ObservedFile, observed: &Observed, choices: &EditChoices) -> Fate {
    let (path, written) = (&file.path, &observed.written);
    let hash = sha256(&now.content);
    if !written.knows(path) || now.content == file.content.bytes() || written.is_as_rendered(path, &hash) {
        return Fate::Write;
    }
    let alone = choices.for_alone(path);
    if alone.is_none() && written.kept.get(path).is_some_and(|kept| kept.content == hash) {
        return Fate::Kept;
    }
    let was_merged = written.merged.get(path) == Some(&hash);
    if was_merged && alone.is_none() && written.files.get(path) == Some(&sha256(file.content.bytes())) {
        return Fate::Settled;
    }
    let base = observed.bases.get(path).map(Vec::as_slice);
    let merged = merged_with(file, now, base);
    // Rendered over what is there: only what the operator changed in lines of ours would be lost.
    if observed.merged.contains(path) && base.is_none_or(|base| !loses(base, &now.content, file.content.bytes())) {
        return Fate::Write;
    }
    let choice = if was_merged && alone.is_none() { Edited::Merge } else { choices.for_file(path) };
    let choice = if choice == Edited::Merge && merged.is_err() { Edited::Ask } else { choice };
    let edit = describe(file, now, base, &merged, choice);
    let content = merged.ok().filter(|_| choice == Edited::Merge).map(|text| match &file.content {
        Content::Text(_) => Content::Text(text),
        Content::Secret(_) => Content::Secret(crate::spec::Secret::new(text)),
    });
    Fate::Edited(edit, content)
}

/// Whether `ours`, which was rendered over `yours`, lacks a line that was added since `base` or has one again that was
/// taken away.
fn loses(base: &[u8], yours: &[u8], ours: &[u8]) -> bool {
    let [base, yours, ours] = [base, yours, ours].map(|text| {
        let mut lines: BTreeMap<&[u8], usize> = BTreeMap::new();
        for line in text.split(|byte| *byte == b'\n') {
            *lines.entry(line.trim_ascii()).or_default() += 1;
        }
        lines
    });
    let count = |lines: &BTreeMap<&[u8], usize>, line: &[u8]| lines.get(line).copied().unwrap_or(0);
    let is_lost = |line: &[u8]| match count(&yours, line).cmp(&count(&base, line)) {
        Ordering::Greater => count(&ours, line) < count(&yours, line),
        Ordering::Less => count(&ours, line) > count(&yours, line),
        Ordering::Equal => false,
    };
    base.keys().chain(yours.keys()).any(|line| !line.is_empty() && is_lost(line))
}

fn merged_with(file: &ManagedFile, now: &ObservedFile, base: Option<&[u8]>) -> Result<String, Merged> {
    let Some(base) = base else {
        return Err(Merged::Impossible("what was written here is not known any more."));
    };
    let texts = [base, &now.content, file.content.bytes()].map(std::str::from_utf8);
    let [Ok(base), Ok(yours), Ok(ours)] = texts else {
        return Err(Merged::Impossible("it is no text."));
    };
    merge(base, yours, ours).map_err(|conflicts| {
        if file.content.is_secret() {
            Merged::Impossible("both changed the same lines, which are secret and not shown.")
        } else {
            Merged::Conflicts(conflicts)
        }
    })
}

fn describe(
    file: &ManagedFile,
    now: &ObservedFile,
    base: Option<&[u8]>,
    merged: &Result<String, Merged>,
    choice: Edited,
) -> HandEdit {
    const SECRET: &str = "It is secret and not shown.";
    let diff = |from: &[u8], to: &[u8]| match &file.content {
        Content::Secret(_) if from == to => String::new(),
        Content::Secret(_) => SECRET.to_owned(),
        Content::Text(_) => unified(from, to),
    };
    HandEdit {
        path: file.path.clone(),
        purpose: file.purpose,
        yours: base.map_or_else(|| diff(file.content.bytes(), &now.content), |base| diff(base, &now.content)),
        ours: base.map_or_else(String::new, |base| diff(base, file.content.bytes())),
        merged: match merged {
            Ok(text) => Merged::Clean(diff(&now.content, text.as_bytes())),
            Err(why) => why.clone(),
        },
        choice,
    }
}

fn unified(from: &[u8], to: &[u8]) -> String {
    let (from, to) = (String::from_utf8_lossy(from), String::from_utf8_lossy(to));
    TextDiff::from_lines(from.as_ref(), to.as_ref()).unified_diff().context_radius(1).to_string()
}
