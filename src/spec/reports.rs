//! What the server tells its operator unasked.

use serde::{Deserialize, Serialize};

use super::{Mailbox, Spec};

/// `[reports]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reports {
    /// Look at everything each night, and mail to `admin_email` what changed; nothing when nothing did.
    pub nightly: bool,
    /// Addresses that get these mails too: one at another provider is reached when mail here is broken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_to: Vec<Mailbox>,
}

impl Default for Reports {
    fn default() -> Self {
        Self { nightly: true, also_to: Vec::new() }
    }
}

impl Spec {
    /// Who gets the nightly mail; nobody where it is switched off.
    pub fn nightly_readers(&self) -> Vec<Mailbox> {
        if !self.reports.nightly {
            return Vec::new();
        }
        let mut readers: Vec<Mailbox> = self.admin_email.iter().chain(&self.reports.also_to).cloned().collect();
        readers.dedup();
        readers
    }
}
