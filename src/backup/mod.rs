//! The server in one encrypted file, and back from it: on the same machine, or on another (moving house).
//!
//! ```text
//! age ( gzip ( tar (
//!     mailwizard-backup.json         what this is: About
//!     etc/mailwizard/...             the wish, the operator's own lines
//!     var/lib/mailwizard/...         password hashes, DKIM keys, the ACME account
//!     etc/ssl/mailwizard/...         the certificate
//!     files/...                      files that the wish names by path
//!     var/vmail/...                  mail, where it was asked for
//!     manifest/0001.sha256, ...      SHA-256 of every member since the manifest before, as sha256sum(1) writes it
//!     end.json                       how many members there were
//! )))
//! ```
//!
//! `age -d FILE | tar -xz` opens it without this program, and `sha256sum -c manifest/*` proves it. It is written and read
//! in bounded memory; the configuration alone is held whole, because it is small.
//!
//! Who can write a file for our key is not thereby trusted: what is read from a backup is hostile until it is parsed.

pub mod age;
mod archive;
mod collect;
mod error;
mod mail;
mod manifest;
mod name;
mod put_back;
mod read;
mod write;

pub use error::BackupError;
pub use manifest::About;
pub use name::Kind;
pub use put_back::{Placed, accept, place_mail, wish};
pub use read::{Contents, Small, verify};
pub use write::{Include, Written, write};

/// How far the mail has come, told from time to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files so far.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
}

#[cfg(test)]
mod tests;
