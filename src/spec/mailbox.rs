//! Mail addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Domain, Invalid};

/// A mail address that can be an account here: a plain local part, '@', a domain.
///
/// The local part is lower case and holds only letters, digits and `.+-_=` (a part of what RFC 5321 section 4.1.2
/// allows): it becomes a folder name, a key of maps and a login name, so quotes, slashes and line breaks never get in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mailbox {
    local: String,
    domain: Domain,
}

impl Mailbox {
    /// Parses `local@domain`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (local, domain) = split("a mail address", text)?;
        Ok(Self { local: parse_local("a mail address", text, local)?, domain: parse_domain(text, domain)? })
    }

    /// The address `local` of `domain`, for example a role address.
    pub fn at(local: &str, domain: &Domain) -> Result<Self, Invalid> {
        Ok(Self { local: parse_local("a mail address", local, local)?, domain: domain.clone() })
    }

    /// What stands before the '@'.
    pub fn local(&self) -> &str {
        &self.local
    }

    /// What stands after the '@'.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

impl TryFrom<String> for Mailbox {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Mailbox> for String {
    fn from(address: Mailbox) -> Self {
        address.to_string()
    }
}

/// What an alias stands for: one address, or every address of a domain that is nothing else (the catch-all).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AliasAddress {
    /// One address.
    One(Mailbox),
    /// `*@example.org`.
    CatchAll(Domain),
}

impl AliasAddress {
    /// Parses an address or `*@domain`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match split("an alias", text)? {
            ("*", domain) => Ok(Self::CatchAll(parse_domain(text, domain)?)),
            _ => Mailbox::parse(text).map(Self::One),
        }
    }

    /// The domain of the alias.
    pub fn domain(&self) -> &Domain {
        match self {
            Self::One(address) => address.domain(),
            Self::CatchAll(domain) => domain,
        }
    }
}

impl fmt::Display for AliasAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(address) => address.fmt(f),
            Self::CatchAll(domain) => write!(f, "*@{domain}"),
        }
    }
}

impl TryFrom<String> for AliasAddress {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<AliasAddress> for String {
    fn from(address: AliasAddress) -> Self {
        address.to_string()
    }
}

fn split<'a>(what: &'static str, text: &'a str) -> Result<(&'a str, &'a str), Invalid> {
    let text = text.trim_matches([' ', '\t']);
    match text.rsplit_once('@') {
        Some(parts) => Ok(parts),
        None if text.is_empty() => {
            Err(Invalid::new(what, text, "it is empty").fix("An address looks like 'alice@example.org'."))
        }
        None => Err(Invalid::new(what, text, "it has no '@'").fix("An address looks like 'alice@example.org'.")),
    }
}

fn parse_domain(text: &str, domain: &str) -> Result<Domain, Invalid> {
    Domain::parse(domain).map_err(|e| Invalid {
        what: "a mail address",
        found: crate::printable::excerpt(text, 80),
        ..e
    })
}

fn parse_local(what: &'static str, text: &str, local: &str) -> Result<String, Invalid> {
    let invalid = |reason: String| Invalid::new(what, text, reason);
    if local.is_empty() {
        return Err(invalid("nothing stands before '@'".into()));
    }
    if local.len() > 64 {
        return Err(
            invalid(format!("the part before '@' has {} characters", local.len())).fix("64 is the most (RFC 5321).")
        );
    }
    if let Some(c) = local.chars().find(|c| !(c.is_ascii_alphanumeric() || ".+-_=".contains(*c))) {
        let shown = crate::printable::printable(&c.to_string());
        return Err(
            invalid(format!("'{shown}' before '@' is not allowed here")).fix("Letters, digits and . + - _ = are.")
        );
    }
    if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
        return Err(invalid("a dot before '@' must stand between two letters".into()));
    }
    if local.starts_with('-') {
        return Err(invalid("it begins with '-', which programs take for an option".into()));
    }
    Ok(local.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lower_case_and_round_trip() {
        let alice = Mailbox::parse("Alice.B+x@Example.ORG").unwrap();
        assert_eq!(alice.to_string(), "alice.b+x@example.org");
        assert_eq!(Mailbox::parse("a@bücher.example").unwrap().to_string(), "a@xn--bcher-kva.example");
        assert_eq!(AliasAddress::parse("*@example.org").unwrap().to_string(), "*@example.org");
    }

    #[test]
    fn what_could_leave_its_place_is_refused() {
        for (given, part) in [
            ("alice\n@example.org", "'\\n' before '@' is not allowed here"),
            ("\"alice\"@example.org", "'\"' before '@' is not allowed here"),
            ("a/b@example.org", "'/' before '@' is not allowed here"),
            ("..@example.org", "a dot before '@' must stand between two letters"),
            ("alice", "it has no '@'"),
            ("@example.org", "nothing stands before '@'"),
            ("alice@exa_mple.org", "'_' is not allowed"),
            ("-alice@example.org", "it begins with '-'"),
        ] {
            let sentence = Mailbox::parse(given).unwrap_err().to_string();
            assert!(sentence.contains(part), "{given:?}: {sentence}");
            assert!(!sentence.contains('\n'), "{sentence}");
        }
    }
}
