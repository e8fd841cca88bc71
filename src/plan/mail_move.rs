//! Mail of an adopted server that is not where, or not whose, it has to be.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One tree of mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailMove {
    /// Where it is.
    pub from: PathBuf,
    /// Where it belongs; may be inside of `from`, or the same where only its owner changes.
    pub to: PathBuf,
    /// Whose it is until then.
    pub owner: String,
    /// The group.
    pub group: String,
}

impl MailMove {
    /// Whether it is in its place already.
    pub fn stays(&self) -> bool {
        self.to == self.from
    }

    /// Whether its new place is inside of its old one.
    pub fn goes_into_itself(&self) -> bool {
        !self.stays() && self.to.starts_with(&self.from)
    }

    /// Where it is between two renames, when it goes into itself.
    pub fn on_the_way(&self) -> PathBuf {
        self.beside(".mailwizard-move")
    }

    /// Where that is on the way back which came to lie beside it meanwhile.
    pub fn rest(&self) -> PathBuf {
        self.beside(".mailwizard-rest")
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = self.from.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        self.from.with_file_name(name)
    }
}

impl fmt::Display for MailMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.stays() {
            write!(f, "mail in {}: another owner, {} before", self.from.display(), self.owner)
        } else {
            write!(f, "mail in {}: to {}", self.from.display(), self.to.display())
        }
    }
}
