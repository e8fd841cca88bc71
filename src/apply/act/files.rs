//! Files and folders, and the way back while nothing has read them.

use std::path::{Path, PathBuf};

use super::{Act, Acted};
use crate::apply::ApplyError;
use crate::plan::ObservedFile;
use crate::stacks::{Directory, ManagedFile};
use crate::store::Before;

impl Act<'_> {
    pub(super) fn make_directory(&mut self, directory: &Directory) -> Result<Acted, ApplyError> {
        self.keep_directory(&directory.path)?;
        self.host.make_directory(&directory.path, directory.mode, &directory.owner, &directory.group)?;
        Ok(Acted::Done)
    }

    /// Keeps how a folder is, unless an earlier attempt has.
    pub(in crate::apply) fn keep_directory(&mut self, path: &Path) -> Result<(), ApplyError> {
        let was = self.host.directory(path)?;
        self.keep(Before::Directory { path: path.to_owned(), was })
    }

    pub(super) fn write_file(&mut self, file: &ManagedFile) -> Result<Acted, ApplyError> {
        self.keep_file(&file.path)?;
        let new = ObservedFile {
            content: file.content.bytes().to_vec(),
            mode: file.mode,
            owner: file.owner.clone(),
            group: file.group.clone(),
        };
        self.remember_as_it_is(&file.path)?;
        self.host.write(&file.path, &new)?;
        Ok(Acted::Done)
    }

    /// Puts back what was there before any apply of ours, or removes the file where nothing was.
    pub(super) fn give_up_file(&mut self, path: &Path) -> Result<Acted, ApplyError> {
        self.keep_file(path)?;
        self.remember_as_it_is(path)?;
        for entry in self.history.entries()? {
            if self.history.is_undone(&entry)? {
                continue;
            }
            for before in self.history.before(&entry)? {
                if let Before::File { path: kept, was } = before
                    && kept == path
                {
                    self.history.restore(&entry, path, &was)?;
                    return Ok(Acted::Done);
                }
            }
        }
        self.host.remove(path)?;
        Ok(Acted::Done)
    }

    /// For rolling back this run alone: an earlier attempt may have kept something older.
    fn remember_as_it_is(&mut self, path: &Path) -> Result<(), ApplyError> {
        let was = match (self.host.link_target(path)?, self.host.read(path)?) {
            (Some(target), _) => Was::Link(target),
            (None, Some(file)) => Was::File(file),
            (None, None) => Was::Absent,
        };
        self.changed.push((path.to_owned(), was));
        Ok(())
    }

    /// Puts every file back that this run changed; how many there were. One that cannot be put back stops none of the
    /// others.
    pub(in crate::apply) fn roll_back(&mut self) -> Result<usize, ApplyError> {
        let changed = std::mem::take(&mut self.changed);
        let mut refused = None;
        for (path, was) in changed.iter().rev() {
            let put_back = match was {
                Was::Absent => self.host.remove(path),
                Was::Link(target) => self.host.link(path, target),
                Was::File(file) => self.host.write(path, file),
            };
            refused = put_back.err().or(refused);
        }
        if let Some(error) = refused {
            return Err(error.into());
        }
        if !changed.is_empty() {
            self.written = self.written_at_first.clone();
            self.save_written()?;
        }
        Ok(changed.len())
    }
}

/// What was at a path when this run came to it.
pub(super) enum Was {
    Absent,
    Link(PathBuf),
    File(ObservedFile),
}
