//! Why a backup could not be written, read or put back.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

use super::age::AgeError;
use crate::host::HostError;
use crate::keys::KeyError;
use crate::store::StoreError;

/// A backup that could not be written, read or put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Nothing was applied.
    #[error("Nothing is set up here yet, so there is nothing to back up.")]
    NothingSetUp,
    /// A file of that name exists.
    #[error("'{}' is there already: give another name, or remove it first.", .0.display())]
    Exists(PathBuf),
    /// There is no such file.
    #[error("'{}' is not there: give the path of a backup.", .0.display())]
    Missing(PathBuf),
    /// It cannot be decrypted.
    #[error("'{}' cannot be opened: {reason}.", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
        /// What age says.
        reason: AgeError,
    },
    /// What is in it is not what was written.
    #[error("'{}' is no sound backup: {reason}. Nothing of it was used.", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, without a final dot.
        reason: String,
    },
    /// It is from a later program.
    #[error("'{}' has format {found}; this program reads format {known}. Use mailwizard {program} or later.", path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest known one.
        known: u32,
        /// The program that wrote it.
        program: String,
    },
    /// The machine refused.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Our own state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl BackupError {
    /// What went wrong while `path` was read: the cipher's word, the machine's, or damage.
    pub(super) fn reading(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match age_error(&error) {
            Some(reason) => Self::Locked { path, reason: reason.clone() },
            None if matches!(
                error.kind(),
                io::ErrorKind::Other
                    | io::ErrorKind::InvalidData
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::InvalidInput
            ) =>
            {
                Self::Damaged { path, reason: crate::printable::excerpt(&error.to_string(), 120) }
            }
            None => Self::Host(HostError::File { verb: "read", path, source: error }),
        }
    }
}

/// The cipher's own word, however deep the archive's readers wrapped it.
fn age_error(error: &io::Error) -> Option<&AgeError> {
    let mut cause: Option<&(dyn Error + 'static)> = error.get_ref().map(|inner| inner as _);
    while let Some(at) = cause {
        if let Some(found) = at.downcast_ref::<AgeError>() {
            return Some(found);
        }
        cause = match at.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as _),
            None => at.source(),
        };
    }
    None
}
