//! DMARC policies as they are typed.

use clap::ValueEnum;

use crate::spec::DmarcPolicy;

/// A DMARC policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// Only report
    None,
    /// Into the spam folder
    Quarantine,
    /// Refuse it
    Reject,
}

impl From<Policy> for DmarcPolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::None => Self::None,
            Policy::Quarantine => Self::Quarantine,
            Policy::Reject => Self::Reject,
        }
    }
}
