//! Files and folders.

use std::path::Path;

use super::{Act, Acted};
use crate::apply::ApplyError;
use crate::plan::{Derived, ObservedFile, sha256};
use crate::stacks::{DerivedFile, Directory, ManagedFile};
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
        self.way_back.file(self.host, &file.path)?;
        self.host.write(&file.path, &new)?;
        Ok(Acted::Done)
    }

    /// Puts back what was there before any apply of ours, or removes the file where nothing was.
    pub(super) fn give_up_file(&mut self, path: &Path) -> Result<Acted, ApplyError> {
        self.keep_file(path)?;
        self.way_back.file(self.host, path)?;
        for entry in [self.history.originals()].into_iter().chain(self.history.entries()?) {
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

    /// Has a program make a file from one of ours.
    pub(super) fn derive(&mut self, file: &DerivedFile, on_line: &mut dyn FnMut(&str)) -> Result<Acted, ApplyError> {
        self.keep_file(&file.path)?;
        self.way_back.file(self.host, &file.path)?;
        self.validate(&[(file.unit, &file.command)], on_line)?;
        let hash = |path: &Path| Ok::<_, ApplyError>(self.host.read(path)?.map(|there| sha256(&there.content)));
        let (Some(from), Some(made)) = (hash(&file.from)?, hash(&file.path)?) else {
            let (command, path) = (&file.command, file.path.display());
            return Err(ApplyError::Step(format!("'{command}' said that all is well, but made no {path}.")));
        };
        self.written.derived.insert(file.path.clone(), Derived { from, made });
        self.save_written()?;
        Ok(Acted::Done)
    }
}
