//! DKIM selectors.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// A DKIM selector: one label below `_domainkey` (RFC 6376 section 3.1).
///
/// Ours are dated, `r2026a` for an RSA key and `e2026a` for an Ed25519 key, so that a rotation is a new name and
/// never a changed record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Selector(String);

impl Selector {
    /// Parses one label of letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason: &str| Invalid::new("a DKIM selector", text, reason);
        if text.is_empty() || text.len() > 63 {
            return Err(invalid("it has no characters, or more than 63"));
        }
        if text.starts_with('-') || text.ends_with('-') {
            return Err(invalid("it begins or ends with '-'"));
        }
        match text.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-')) {
            Some(c) => Err(invalid(&format!("'{}' is not allowed", crate::printable::printable(&c.to_string())))
                .fix("Letters, digits and '-' are.")),
            None => Ok(Self(text.to_ascii_lowercase())),
        }
    }

    /// The selector as it stands in the record's name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Selector {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Selector> for String {
    fn from(selector: Selector) -> Self {
        selector.0
    }
}
