//! Why no certificate could be had, and what to do.

use jiff::Timestamp;

use super::KeyError;

/// A certificate could not be had. The one in place serves on.
#[derive(Debug, thiserror::Error)]
pub enum ObtainError {
    /// It was not tried, because it must fail: the operator acts first. Exit code 3.
    #[error("{reason} {fix}")]
    NotYet {
        /// What stands in the way, a sentence.
        reason: String,
        /// What to do, a sentence.
        fix: String,
    },
    /// It was tried and failed. Exit code 1.
    #[error("{reason} {fix}")]
    Failed {
        /// What happened, a sentence.
        reason: String,
        /// What to do, a sentence.
        fix: String,
        /// When the CA lets us try again, where it said so.
        not_before: Option<Timestamp>,
    },
}

impl ObtainError {
    /// Not tried.
    pub fn not_yet(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::NotYet { reason: reason.into(), fix: fix.into() }
    }

    /// Tried and failed.
    pub fn failed(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::Failed { reason: reason.into(), fix: fix.into(), not_before: None }
    }
}

impl From<KeyError> for ObtainError {
    fn from(error: KeyError) -> Self {
        Self::failed(error.to_string(), "The certificate in place serves on.")
    }
}

impl From<crate::host::HostError> for ObtainError {
    fn from(error: crate::host::HostError) -> Self {
        KeyError::from(error).into()
    }
}
