//! Key pairs (X25519, RFC 7748) in the text form of age, and the keys that are derived from them.

use std::fmt;

use aws_lc_rs::agreement::{self, PrivateKey, UnparsedPublicKey, X25519};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand;
use bech32::{Bech32, Hrp};
use zeroize::Zeroizing;

use super::AgeError;
use crate::spec::{Invalid, Secret};

const RECIPIENT: &str = "age";
const IDENTITY: &str = "age-secret-key-";
const X25519_LABEL: &[u8] = b"age-encryption.org/v1/X25519";

/// The public half of a key pair, "age1...".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient([u8; 32]);

impl Recipient {
    /// Parses "age1...".
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        decoded(text, RECIPIENT).map(Self).ok_or_else(|| {
            Invalid::new("an age recipient", text, "it is not the 62 characters that `age-keygen -y` prints")
                .fix("One looks like 'age1...'.")
        })
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hrp = Hrp::parse(RECIPIENT).map_err(|_| fmt::Error)?;
        bech32::encode_lower_to_fmt::<Bech32, _>(f, hrp, &self.0).map_err(|_| fmt::Error)
    }
}

/// The secret half, "AGE-SECRET-KEY-1...".
#[derive(Clone)]
pub struct Identity(Zeroizing<[u8; 32]>);

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(hidden)")
    }
}

impl Identity {
    /// Parses one line of an identity file.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        decoded(text.trim(), IDENTITY).map(|key| Self(Zeroizing::new(key))).ok_or_else(|| {
            Invalid::new("an age identity", "(hidden)", "it is not the line that age-keygen makes")
                .fix("It begins with 'AGE-SECRET-KEY-1'.")
        })
    }

    /// Every secret key of an identity file, as age-keygen writes it: comments and empty lines are passed over.
    pub fn parse_file(text: &Secret) -> Result<Vec<Self>, Invalid> {
        let lines = text.expose().lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Self::parse).collect()
    }

    /// Makes a key pair.
    pub fn generate() -> Result<Self, AgeError> {
        let mut key = Zeroizing::new([0; 32]);
        rand::fill(key.as_mut_slice()).map_err(|_| AgeError::Cipher("no randomness"))?;
        Ok(Self(key))
    }

    /// Its public half.
    pub fn recipient(&self) -> Result<Recipient, AgeError> {
        let public = self.private()?.compute_public_key().map_err(|_| AgeError::Cipher("no public half"))?;
        public.as_ref().try_into().map(Recipient).map_err(|_| AgeError::Cipher("no public half"))
    }

    fn private(&self) -> Result<PrivateKey, AgeError> {
        PrivateKey::from_private_key(&X25519, self.0.as_slice()).map_err(|_| AgeError::Cipher("the key is refused"))
    }

    /// The key that wraps the file key between this secret half and another public one; `for_whom` is the recipient's,
    /// `passing` the one made for this file.
    pub(super) fn wrapping_key(
        &self,
        theirs: &[u8],
        passing: &[u8; 32],
        for_whom: &[u8; 32],
    ) -> Result<Zeroizing<[u8; 32]>, AgeError> {
        let theirs = UnparsedPublicKey::new(&X25519, theirs);
        // An all-zero secret, from a point of low order, is an error here (RFC 7748 section 6.1).
        agreement::agree(&self.private()?, theirs, AgeError::Header("a key share is refused"), |shared| {
            derived(shared, &[passing.as_slice(), for_whom].concat(), X25519_LABEL)
        })
    }
}

fn decoded(text: &str, prefix: &str) -> Option<[u8; 32]> {
    let (hrp, bytes) = bech32::decode(text).ok()?;
    (hrp.as_str().eq_ignore_ascii_case(prefix)).then(|| bytes.try_into().ok())?
}

/// The random key of one file.
pub(super) struct FileKey(pub(super) Zeroizing<[u8; 16]>);

impl FileKey {
    pub(super) fn generate() -> Result<Self, AgeError> {
        let mut key = Zeroizing::new([0; 16]);
        rand::fill(key.as_mut_slice()).map_err(|_| AgeError::Cipher("no randomness"))?;
        Ok(Self(key))
    }

    /// A key of its own for each purpose.
    pub(super) fn derive(&self, salt: &[u8], label: &[u8]) -> Result<Zeroizing<[u8; 32]>, AgeError> {
        derived(self.0.as_slice(), salt, label)
    }
}

struct Length32;

impl KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

/// HKDF-SHA-256 (RFC 5869).
fn derived(secret: &[u8], salt: &[u8], label: &[u8]) -> Result<Zeroizing<[u8; 32]>, AgeError> {
    let mut key = Zeroizing::new([0; 32]);
    let extracted = Salt::new(HKDF_SHA256, salt).extract(secret);
    extracted
        .expand(&[label], Length32)
        .and_then(|expanded| expanded.fill(key.as_mut_slice()))
        .map_err(|_| AgeError::Cipher("no key could be derived"))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_age_keygen_writes_them() {
        let file = Secret::new(include_str!("../../../tests/backup/identity.txt").into());
        let public = file.expose().lines().find_map(|l| l.strip_prefix("# public key: ")).unwrap().to_owned();
        let identities = Identity::parse_file(&file).unwrap();
        assert_eq!(identities.len(), 1);
        assert_eq!(identities[0].recipient().unwrap().to_string(), public);
        assert_eq!(Recipient::parse(&public).unwrap(), identities[0].recipient().unwrap());
    }

    #[test]
    fn what_is_no_key_is_refused_without_showing_a_secret() {
        let typo = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8q";
        assert!(Recipient::parse(typo).unwrap_err().to_string().contains("age1ql3z7"));
        let refusal = Identity::parse("AGE-SECRET-KEY-1CANARY").unwrap_err().to_string();
        assert!(!refusal.contains("CANARY"), "{refusal}");
    }
}
