//! Host names: fully qualified, in A-labels, lower case.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// A fully qualified host name of at least two labels, lower case, without the final dot.
///
/// Letters, digits and hyphens only (RFC 1123 section 2.1, RFC 5321 section 2.3.5); a name with other letters is
/// converted to A-labels (RFC 5891, UTS 46 non-transitional). Built only by [`Fqdn::parse`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fqdn(String);

impl Fqdn {
    /// Parses a host name as an operator types it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        parse_name("a host name", text).map(Self)
    }

    /// The name without the final dot.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name with the final dot, as it stands in a zone file.
    pub fn absolute(&self) -> String {
        format!("{}.", self.0)
    }

    /// The first label.
    pub fn first_label(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// Everything after the first label.
    pub fn parent(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, rest)| rest)
    }

    /// Whether this name is `zone` or stands below it.
    pub fn is_within(&self, zone: &str) -> bool {
        self.0 == zone || self.0.strip_suffix(zone).is_some_and(|head| head.ends_with('.'))
    }
}

impl fmt::Display for Fqdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Fqdn {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Fqdn> for String {
    fn from(name: Fqdn) -> Self {
        name.0
    }
}

/// The rules that host names and mail domains share; `what` names the kind of name in the refusal.
pub(super) fn parse_name(what: &'static str, text: &str) -> Result<String, Invalid> {
    let invalid = |reason: &str| Invalid::new(what, text, reason);
    let name = text.trim_matches([' ', '\t']);
    if name.is_empty() {
        return Err(invalid("it is empty").fix("A name looks like 'mail.example.org'."));
    }
    if let Some(c) = name.chars().find(|c| c.is_control()) {
        return Err(invalid(&format!("it holds the control character U+{:04X}", u32::from(c))));
    }
    if name.parse::<std::net::IpAddr>().is_ok() || (name.starts_with('[') && name.ends_with(']')) {
        return Err(invalid("it is an IP address").fix("Give the name whose A or AAAA record holds this address."));
    }
    if let Some(bare) = name.strip_suffix('.') {
        return Err(invalid("it ends in a dot").fix(format!("Try '{}'.", crate::printable::excerpt(bare, 80))));
    }
    if name.contains('@') {
        return Err(invalid("'@' belongs in a mail address").fix("Give only the part after '@'."));
    }
    if let Some((scheme, _)) = name.split_once("://") {
        return Err(
            invalid("it is a web address").fix(format!("Leave out '{}://'.", crate::printable::excerpt(scheme, 12)))
        );
    }
    if name.contains('_') {
        return Err(invalid("'_' is not allowed").fix(format!("Try '{}'.", name.replace('_', ""))));
    }
    let ascii = idna::domain_to_ascii_cow(name.as_bytes(), idna::AsciiDenyList::EMPTY)
        .map_err(|_| invalid("it holds letters that no domain name may have"))?
        .to_ascii_lowercase();
    if let Some(c) = ascii.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))) {
        return Err(invalid(&format!("'{}' is not allowed", crate::printable::printable(&c.to_string())))
            .fix("Letters, digits, '-' and '.' are."));
    }
    if ascii.len() > 253 {
        return Err(invalid(&format!("it has {} characters", ascii.len())).fix("253 is the most (RFC 1035)."));
    }
    for label in ascii.split('.') {
        if label.is_empty() {
            return Err(invalid("two dots follow one another, or it begins with a dot"));
        }
        if label.len() > 63 {
            return Err(invalid(&format!("a part between dots has {} characters", label.len()))
                .fix("63 is the most (RFC 1035)."));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(invalid("a part between dots begins or ends with '-'"));
        }
    }
    if !ascii.contains('.') {
        return Err(
            invalid("it has only one part").fix(format!("A full name has at least two, like '{ascii}.example.org'."))
        );
    }
    if ascii.rsplit('.').next().is_some_and(|tld| tld.bytes().all(|b| b.is_ascii_digit())) {
        return Err(invalid("its last part is a number, so it reads as an address"));
    }
    Ok(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        Fqdn::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn good_names_are_kept_in_lower_case() {
        assert_eq!(Fqdn::parse("Mail.Example.ORG").unwrap().as_str(), "mail.example.org");
        assert_eq!(Fqdn::parse("mx-1.xn--bcher-kva.example").unwrap().as_str(), "mx-1.xn--bcher-kva.example");
    }

    #[test]
    fn unicode_becomes_a_labels() {
        assert_eq!(Fqdn::parse("mail.bücher.example").unwrap().as_str(), "mail.xn--bcher-kva.example");
        assert_eq!(Fqdn::parse("straße.example").unwrap().as_str(), "xn--strae-oqa.example");
    }

    #[test]
    fn each_bad_name_gets_one_clear_sentence() {
        for (given, sentence) in [
            (
                "mail_1.example.org",
                "'mail_1.example.org' is not a host name: '_' is not allowed. Try 'mail1.example.org'.",
            ),
            ("mail.example.org.", "'mail.example.org.' is not a host name: it ends in a dot. Try 'mail.example.org'."),
            ("", "'' is not a host name: it is empty. A name looks like 'mail.example.org'."),
            (
                "192.0.2.1",
                "'192.0.2.1' is not a host name: it is an IP address. Give the name whose A or AAAA record holds this address.",
            ),
            (
                "[2001:db8::1]",
                "'[2001:db8::1]' is not a host name: it is an IP address. Give the name whose A or AAAA record holds this address.",
            ),
            (
                "mail",
                "'mail' is not a host name: it has only one part. A full name has at least two, like 'mail.example.org'.",
            ),
            ("a..b", "'a..b' is not a host name: two dots follow one another, or it begins with a dot."),
            ("-a.example", "'-a.example' is not a host name: a part between dots begins or ends with '-'."),
            (
                "mail.example.org\x1b[2J",
                "'mail.example.org\\u{1b}[2J' is not a host name: it holds the control character U+001B.",
            ),
            ("a b.example", "'a b.example' is not a host name: ' ' is not allowed. Letters, digits, '-' and '.' are."),
        ] {
            assert_eq!(refusal(given), sentence);
        }
        assert!(refusal(&format!("{}.example.org", "a".repeat(64))).contains("a part between dots has 64 characters"));
        assert!(refusal(&format!("{}example.org", "abcdefgh.".repeat(30))).contains("it has 281 characters"));
    }
}
