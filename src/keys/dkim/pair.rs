//! The two halves of a DKIM key: how they are made, and how the public one is found from a stored private one.

use std::thread;

use aws_lc_rs::encoding::{AsBigEndian as _, Curve25519SeedBin};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rcgen::{KeyPair, PKCS_RSA_SHA256, PublicKeyData as _, RsaKeySize};
use zeroize::Zeroizing;

use crate::keys::KeyError;
use crate::spec::{Domain, Secret, Selector};
use crate::stacks::{DkimAlgorithm, DkimKey};

/// Pairs that were made ahead.
#[derive(Default)]
pub(super) struct Ahead(Vec<KeyPair>);

impl Ahead {
    /// So many RSA pairs, made on all cores at once: a second for ten of them is long where there are hundreds.
    pub(super) fn rsa(count: usize) -> Result<Self, KeyError> {
        let threads = thread::available_parallelism().map_or(1, usize::from).min(count);
        if threads < 2 {
            return Ok(Self::default());
        }
        let share = |at: usize| count / threads + usize::from(at < count % threads);
        let made: Result<Vec<Vec<KeyPair>>, KeyError> = thread::scope(|scope| {
            let making: Vec<_> =
                (0..threads).map(|at| scope.spawn(move || (0..share(at)).map(|_| rsa_pair()).collect())).collect();
            // A thread that panicked has ended the program.
            making.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        Ok(Self(made?.into_iter().flatten().collect()))
    }
}

fn rsa_pair() -> Result<KeyPair, KeyError> {
    KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
        .map_err(|e| KeyError::Making { what: "an RSA key", reason: e.to_string() })
}

/// Makes a key pair.
pub fn generate(domain: &Domain, selector: Selector, algorithm: DkimAlgorithm) -> Result<DkimKey, KeyError> {
    take_or_generate(domain, selector, algorithm, &mut Ahead::default())
}

/// Makes a key pair, or takes one that was made ahead.
pub(super) fn take_or_generate(
    domain: &Domain,
    selector: Selector,
    algorithm: DkimAlgorithm,
    ahead: &mut Ahead,
) -> Result<DkimKey, KeyError> {
    let (private, public) = match algorithm {
        DkimAlgorithm::Rsa => {
            let pair = ahead.0.pop().map_or_else(rsa_pair, Ok)?;
            (Secret::new(pair.serialize_pem()), BASE64_STANDARD.encode(pair.subject_public_key_info()))
        }
        DkimAlgorithm::Ed25519 => {
            let failed = |_| KeyError::Making { what: "an Ed25519 key", reason: "no randomness".into() };
            let pair = Ed25519KeyPair::generate().map_err(failed)?;
            let seed: Curve25519SeedBin = pair.seed().and_then(|s| s.as_be_bytes()).map_err(failed)?;
            let both = Zeroizing::new([seed.as_ref(), pair.public_key().as_ref()].concat());
            (Secret::new(BASE64_STANDARD.encode(&*both)), BASE64_STANDARD.encode(pair.public_key()))
        }
    };
    Ok(DkimKey { domain: domain.clone(), selector, algorithm, private, public })
}

/// The public half (the `p=` value) that belongs to a stored private key, or what is wrong with the key.
pub fn public_half(algorithm: DkimAlgorithm, private: &Secret) -> Result<String, String> {
    match algorithm {
        DkimAlgorithm::Rsa => {
            let pair = KeyPair::from_pem(private.expose()).map_err(|e| format!("it is not a PKCS#8 PEM key ({e})"))?;
            if !pair.is_compatible(&PKCS_RSA_SHA256) {
                return Err("it is not an RSA key".into());
            }
            Ok(BASE64_STANDARD.encode(pair.subject_public_key_info()))
        }
        DkimAlgorithm::Ed25519 => {
            let bytes = BASE64_STANDARD
                .decode(private.expose().trim())
                .map(Zeroizing::new)
                .map_err(|e| format!("it is not base64 ({e})"))?;
            let Some((seed, public)) = bytes.split_at_checked(32).filter(|(_, public)| public.len() == 32) else {
                return Err(format!("it has {} bytes; an Ed25519 key has 64", bytes.len()));
            };
            Ed25519KeyPair::from_seed_and_public_key(seed, public)
                .map_err(|_| "its public half does not belong to its private half".to_owned())?;
            Ok(BASE64_STANDARD.encode(public))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(algorithm: DkimAlgorithm) -> DkimKey {
        generate(&Domain::parse("example.org").unwrap(), Selector::parse("s1").unwrap(), algorithm).unwrap()
    }

    #[test]
    fn keys_that_are_made_ahead_are_all_different_and_each_is_taken_once() {
        let mut ahead = Ahead::rsa(3).unwrap();
        let count = ahead.0.len();
        let domain = Domain::parse("example.org").unwrap();
        let mut take = || {
            let selector = Selector::parse("s1").unwrap();
            take_or_generate(&domain, selector, DkimAlgorithm::Rsa, &mut ahead).unwrap().public
        };
        let keys: std::collections::BTreeSet<String> = (0..4).map(|_| take()).collect();
        assert_eq!(keys.len(), 4);
        assert!(count == 3 || std::thread::available_parallelism().unwrap().get() == 1);
        assert!(ahead.0.is_empty());
    }

    #[test]
    fn an_rsa_key_is_pkcs8_and_its_record_holds_the_spki() {
        let key = made(DkimAlgorithm::Rsa);
        assert!(key.private.expose().starts_with("-----BEGIN PRIVATE KEY-----"));
        assert_eq!(public_half(DkimAlgorithm::Rsa, &key.private).unwrap(), key.public);
        let spki = BASE64_STANDARD.decode(&key.public).unwrap();
        assert_eq!(spki.len(), 294, "SubjectPublicKeyInfo of RSA-2048");
    }

    #[test]
    fn an_ed25519_key_is_seed_and_public_half_and_its_record_holds_32_bytes() {
        let key = made(DkimAlgorithm::Ed25519);
        let both = BASE64_STANDARD.decode(key.private.expose()).unwrap();
        assert_eq!(both.len(), 64);
        assert_eq!(BASE64_STANDARD.decode(&key.public).unwrap(), both[32..]);
        assert_eq!(public_half(DkimAlgorithm::Ed25519, &key.private).unwrap(), key.public);
    }

    #[test]
    fn damaged_keys_are_told_apart() {
        for (algorithm, text, reason) in [
            (DkimAlgorithm::Rsa, "-----BEGIN PRIVATE", "it is not a PKCS#8 PEM key"),
            (DkimAlgorithm::Ed25519, "not base64!", "it is not base64"),
            (DkimAlgorithm::Ed25519, "AAAA", "it has 3 bytes; an Ed25519 key has 64"),
        ] {
            let found = public_half(algorithm, &Secret::new(text.into())).unwrap_err();
            assert!(found.starts_with(reason), "{found}");
        }
        let ours = BASE64_STANDARD.decode(made(DkimAlgorithm::Ed25519).private.expose()).unwrap();
        let other = BASE64_STANDARD.decode(made(DkimAlgorithm::Ed25519).private.expose()).unwrap();
        let mixed = BASE64_STANDARD.encode([&ours[..32], &other[32..]].concat());
        assert_eq!(
            public_half(DkimAlgorithm::Ed25519, &Secret::new(mixed)).unwrap_err(),
            "its public half does not belong to its private half"
        );
    }
}
