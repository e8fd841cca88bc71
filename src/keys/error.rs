//! Why a key, a certificate or a hash could not be had.

use std::path::PathBuf;

use crate::host::HostError;
use crate::printable::excerpt;
use crate::spec::Domain;

/// Something with keys went wrong.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The machine refused.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A key or certificate could not be made.
    #[error("{what} could not be made: {reason}.")]
    Making {
        /// "an RSA key".
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// A DKIM key on disk cannot be used.
    #[error(
        "The DKIM key '{}' of '{domain}' cannot be used: {reason}. Put it back from a backup; or remove it and its entry in 'keys.toml' beside it, and publish the record of the new key.",
        path.display()
    )]
    DkimKey {
        /// The key file.
        path: PathBuf,
        /// Its domain.
        domain: Domain,
        /// What is wrong with it, without a final dot.
        reason: String,
    },
    /// A file of ours is damaged.
    #[error("'{}' is damaged: {}. Put it back from a backup.", path.display(), excerpt(reason, 120))]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, without a final dot.
        reason: String,
    },
    /// It was asked to end before all was done.
    #[error("Cancelled: nothing was changed.")]
    Cancelled,
    /// A password could not be hashed.
    #[error("a password could not be hashed: {0}.")]
    Hashing(String),
    /// A certificate or key file cannot be used.
    #[error("'{}' cannot be used: {reason}.", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// Why, without a final dot.
        reason: String,
    },
}
