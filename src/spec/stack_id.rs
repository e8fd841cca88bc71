//! Which software the server is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The stacks that the answers file can name; `stacks::stack` says which of them this program builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackId {
    /// Postfix, Dovecot and Rspamd from the distribution's packages (seed 004).
    #[default]
    Postfix,
}

impl StackId {
    /// The name in the answers file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Postfix => "postfix",
        }
    }
}

impl fmt::Display for StackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `[signer]`: who signs outgoing mail.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signer {
    /// The program that signs.
    pub kind: SignerKind,
}

/// The programs that can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignerKind {
    /// Rspamd's own signer: RSA and Ed25519.
    #[default]
    Rspamd,
    /// OpenDKIM, the way of seed 004: RSA only, as Debian's OpenDKIM 2.11 cannot sign with Ed25519.
    Opendkim,
}
