//! DKIM key records (RFC 6376 section 3.6.1, RFC 8463).

use base64::{Engine as _, prelude::BASE64_STANDARD};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::{PublicKey, RSAPublicKey};
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::spec::{Domain, Selector};
use crate::stacks::{DkimAlgorithm, DkimKey};

use super::tags::Tags;

/// The public half of a DKIM key in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimPublic {
    /// The domain it signs for.
    pub domain: Domain,
    /// Its selector.
    pub selector: Selector,
    /// The kind of key.
    pub algorithm: DkimAlgorithm,
    /// The `p=` value: base64 of the SPKI for RSA, of the raw 32 bytes for Ed25519.
    pub public: String,
}

impl From<&DkimKey> for DkimPublic {
    fn from(key: &DkimKey) -> Self {
        Self {
            domain: key.domain.clone(),
            selector: key.selector.clone(),
            algorithm: key.algorithm,
            public: key.public.clone(),
        }
    }
}

impl DkimPublic {
    /// The record's name, with the final dot.
    pub fn record_name(&self) -> String {
        self.domain.below(&format!("{}._domainkey", self.selector))
    }

    /// Whether two `p=` values are the same base64, padding aside.
    pub fn same_key(one: &str, other: &str) -> bool {
        one.trim_end_matches('=') == other.trim_end_matches('=')
    }

    /// The record's text, as one string.
    pub fn record_text(&self) -> String {
        format!("v=DKIM1; k={}; p={}", self.algorithm.tag(), self.public)
    }
}

/// A key record as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimRecord {
    /// Its `p=` value without white space; empty when the key is revoked.
    pub public: String,
    /// Its `k=` value, "rsa" when absent.
    pub key_type: String,
    /// All its tags.
    pub tags: Tags,
}

impl DkimRecord {
    /// Parses a record; `v=` may be missing, but must come first where it stands (RFC 6376 section 3.6.1).
    pub fn parse(text: &str) -> Result<Self, String> {
        let tags = Tags::parse(text)?;
        if let Some(doubled) = tags.doubled().first() {
            return Err(format!("'{}=' stands more than once", crate::printable::excerpt(doubled, 20)));
        }
        match tags.iter().position(|(tag, _)| tag == "v") {
            Some(0) | None => {}
            Some(_) => return Err("'v=' stands, but not first".into()),
        }
        if let Some(version) = tags.get("v")
            && version != "DKIM1"
        {
            return Err(format!("'v={}' is not 'v=DKIM1'", crate::printable::excerpt(version, 20)));
        }
        let Some(public) = tags.get("p") else { return Err("it has no 'p='".into()) };
        let public: String = public.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let key_type = tags.get("k").unwrap_or("rsa").to_owned();
        Ok(Self { public, key_type, tags })
    }

    /// The key as bytes: DER for RSA, the raw 32 for Ed25519. Missing padding does no harm.
    pub fn decoded(&self) -> Option<Vec<u8>> {
        let mut padded = self.public.trim_end_matches('=').to_owned();
        while !padded.len().is_multiple_of(4) {
            padded.push('=');
        }
        BASE64_STANDARD.decode(padded).ok()
    }

    /// The size of an RSA key, written as SPKI or, as some do, as PKCS#1 (RFC 8017 appendix A.1.1).
    pub fn rsa_bits(&self) -> Option<usize> {
        let der = self.decoded()?;
        let bits = |key: &RSAPublicKey<'_>| {
            let modulus = key.modulus.iter().position(|b| *b != 0).map(|at| &key.modulus[at..]).unwrap_or_default();
            modulus.first().map(|first| modulus.len() * 8 - first.leading_zeros() as usize)
        };
        if let Ok((_, spki)) = SubjectPublicKeyInfo::from_der(&der) {
            return match spki.parsed().ok()? {
                PublicKey::RSA(key) => bits(&key),
                _ => None,
            };
        }
        RSAPublicKey::from_der(&der).ok().and_then(|(_, key)| bits(&key))
    }

    /// The values of a tag that holds a list separated by colons, in lower case; none where it is absent.
    pub fn list(&self, tag: &str) -> Vec<String> {
        let value = self.tags.get(tag).unwrap_or_default();
        value.split(':').map(|v| v.trim().to_ascii_lowercase()).filter(|v| !v.is_empty()).collect()
    }

    /// Whether the record was published for this key: the same base64, padding and white space aside.
    pub fn is_of(&self, key: &DkimPublic) -> bool {
        self.key_type == key.algorithm.tag() && DkimPublic::same_key(&self.public, &key.public)
    }

    /// Whether a provider cut the key off: it is the beginning of ours, and no more.
    pub fn is_cut_off(&self, key: &DkimPublic) -> bool {
        !self.public.is_empty()
            && self.public.len() < key.public.trim_end_matches('=').len()
            && key.public.starts_with(self.public.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> DkimPublic {
        DkimPublic {
            domain: Domain::parse("example.org").unwrap(),
            selector: Selector::parse("r2026a").unwrap(),
            algorithm: DkimAlgorithm::Rsa,
            public: "MIIBIjANBgkqhkiG9w0BAQ==".into(),
        }
    }

    #[test]
    fn a_record_of_ours_reads_back() {
        assert_eq!(key().record_name(), "r2026a._domainkey.example.org.");
        assert!(DkimRecord::parse(&key().record_text()).unwrap().is_of(&key()));
    }

    #[test]
    fn spellings_that_verifiers_accept_are_accepted() {
        for text in [
            "p=MIIBIjANBgkqhkiG9w0BAQ==",
            "v=DKIM1;k=rsa;p=MIIBIj ANBgkq\thkiG9w0BAQ==;",
            "v=DKIM1; k=rsa; t=s; p=MIIBIjANBgkqhkiG9w0BAQ",
        ] {
            assert!(DkimRecord::parse(text).unwrap().is_of(&key()), "{text}");
        }
        assert_eq!(DkimRecord::parse("v=DKIM1; p=").unwrap().public, "", "revoked, not malformed");
        assert!(DkimRecord::parse("v=DKIM1; k=rsa; p=MIIBIjANBg").unwrap().is_cut_off(&key()));
        assert_eq!(DkimRecord::parse("k=rsa; v=DKIM1; p=x").unwrap_err(), "'v=' stands, but not first");
    }
}
