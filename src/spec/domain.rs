//! Mail domains: what stands after the '@'.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Fqdn, Invalid, fqdn::parse_name};

/// A domain that mail is addressed to, in A-labels, lower case, without the final dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

impl Domain {
    /// Parses a domain as an operator types it; Unicode becomes A-labels.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse_name("a domain", text).map(Self)
    }

    /// The domain without the final dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The domain with the final dot, as it stands in a zone file.
    pub fn absolute(&self) -> String {
        format!("{}.", self.0)
    }

    /// The name `label` below this domain, with the final dot; `label` may hold dots and underscores.
    pub fn below(&self, label: &str) -> String {
        format!("{label}.{}.", self.0)
    }

    /// The domain as people read it (U-labels).
    pub fn unicode(&self) -> String {
        idna::domain_to_unicode(&self.0).0
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Domain {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Domain> for String {
    fn from(domain: Domain) -> Self {
        domain.0
    }
}

impl From<&Fqdn> for Domain {
    /// Every host name may stand after an '@' (RFC 5321 section 2.3.5).
    fn from(name: &Fqdn) -> Self {
        Self(name.as_str().to_owned())
    }
}

impl PartialEq<Fqdn> for Domain {
    fn eq(&self, other: &Fqdn) -> bool {
        self.0 == other.as_str()
    }
}
