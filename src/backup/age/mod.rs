//! The file format `age-encryption.org/v1`: what we write, the tool `age` opens, and the other way round.
//!
//! The format is small (<https://age-encryption.org/v1>): a header that wraps a file key for a passphrase or for
//! recipients, and a payload in authenticated pieces of 64 KiB. It is written here over the program's one crypto
//! provider; the ready-made library brings ninety crates, two more implementations of every cipher among them.

mod header;
mod keys;
mod payload;

use std::io::{self, Read, Write};

pub use keys::{Identity, Recipient};
pub use payload::Encryptor;

use crate::spec::Secret;

/// Who a file is locked for.
#[derive(Debug, Clone)]
pub enum Lock {
    /// Whoever knows this.
    Passphrase(Secret),
    /// Whoever has the secret key of one of these.
    Recipients(Vec<Recipient>),
}

/// What a file is opened with.
#[derive(Debug, Clone)]
pub enum Key {
    /// The passphrase it was locked with.
    Passphrase(Secret),
    /// Secret keys; one of them must fit.
    Identities(Vec<Identity>),
}

/// Why a file cannot be opened. Each is half a sentence without a final dot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    /// It does not begin as such a file does.
    #[error("it is not a file in age format")]
    NotAge,
    /// The header is damaged or made by a hand that meant harm.
    #[error("its header is damaged: {0}")]
    Header(&'static str),
    /// It is locked with a passphrase, and a secret key was given.
    #[error("it is locked with a passphrase, not for a key: give the passphrase")]
    WantsPassphrase,
    /// It is locked for keys, and a passphrase was given.
    #[error("it is locked for an age key, not with a passphrase: give its secret key with --identity FILE")]
    WantsIdentity,
    /// The passphrase is another.
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    /// None of the keys fits.
    #[error("none of the keys in the identity file opens it")]
    NoKeyFits,
    /// The passphrase's work factor would take all memory.
    #[error("opening it would take more than 1 GiB of memory (scrypt work factor 2^{0})")]
    TooMuchWork(u8),
    /// A piece of the payload was changed, or the end is missing.
    #[error("it is damaged or was cut off after {0} bytes of content")]
    Payload(u64),
    /// No randomness, or a key that the provider refuses.
    #[error("the cipher failed: {0}")]
    Cipher(&'static str),
}

impl From<AgeError> for io::Error {
    fn from(error: AgeError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// Writes the header; what is then written to the result is encrypted. [`Encryptor::finish`] ends it.
pub fn encrypt<W: Write>(mut out: W, lock: &Lock) -> io::Result<Encryptor<W>> {
    let file_key = keys::FileKey::generate()?;
    out.write_all(header::write(lock, &file_key)?.as_bytes())?;
    Encryptor::new(out, &file_key)
}

/// Reads the header with the key; what is read from the result is the content.
pub fn decrypt<R: Read>(mut from: R, key: &Key) -> io::Result<impl Read + use<R>> {
    let file_key = header::read(&mut from, key)?;
    payload::Decryptor::new(from, &file_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(content: &[u8], lock: &Lock) -> Vec<u8> {
        let mut writer = encrypt(Vec::new(), lock).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap()
    }

    fn opened(file: &[u8], key: &Key) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        decrypt(file, key)?.read_to_end(&mut content)?;
        Ok(content)
    }

    fn refusal(file: &[u8], key: &Key) -> AgeError {
        let error = opened(file, key).unwrap_err();
        error.get_ref().unwrap().downcast_ref::<AgeError>().unwrap().clone()
    }

    fn pair() -> (Lock, Key) {
        let identity = Identity::generate().unwrap();
        (Lock::Recipients(vec![identity.recipient().unwrap()]), Key::Identities(vec![identity]))
    }

    #[test]
    fn every_length_around_a_piece_comes_back() {
        let (lock, key) = pair();
        for length in [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000] {
            let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            assert_eq!(opened(&locked(&content, &lock), &key).unwrap(), content, "{length}");
        }
    }

    #[test]
    fn a_passphrase_opens_only_what_it_locked() {
        let word = |text: &str| Secret::new(text.into());
        let file = locked(b"mail", &Lock::Passphrase(word("correct horse")));
        assert_eq!(opened(&file, &Key::Passphrase(word("correct horse"))).unwrap(), b"mail");
        assert_eq!(refusal(&file, &Key::Passphrase(word("battery staple"))), AgeError::WrongPassphrase);
        assert_eq!(refusal(&file, &pair().1), AgeError::WantsPassphrase);
        assert_eq!(refusal(&locked(b"x", &pair().0), &Key::Passphrase(word("x"))), AgeError::WantsIdentity);
    }

    #[test]
    fn another_key_does_not_open_it_and_one_of_several_does() {
        let ((first, key), (_, other)) = (pair(), pair());
        let file = locked(b"mail", &first);
        assert_eq!(refusal(&file, &other), AgeError::NoKeyFits);
        let (Key::Identities(mut all), Key::Identities(right)) = (other, key) else { panic!() };
        all.extend(right);
        assert_eq!(opened(&file, &Key::Identities(all)).unwrap(), b"mail");
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let (lock, key) = pair();
        let content: Vec<u8> = (0..70_000_u32).map(|n| (n % 255) as u8).collect();
        let file = locked(&content, &lock);
        for at in (0..file.len()).step_by(977).chain(0..200) {
            let mut changed = file.clone();
            changed[at] ^= 1;
            assert!(opened(&changed, &key).is_err(), "byte {at}");
        }
        for length in (0..file.len()).step_by(1009) {
            assert!(opened(&file[..length], &key).is_err(), "cut at {length}");
        }
        let mut longer = file;
        longer.push(0);
        assert!(opened(&longer, &key).is_err());
    }

    #[test]
    fn a_work_factor_that_eats_the_memory_is_refused() {
        let file = b"age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\n\
                     AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
        assert_eq!(refusal(file, &Key::Passphrase(Secret::new("x".into()))), AgeError::TooMuchWork(30));
    }

    /// Made by the tool age 1.1.1 (Debian 12).
    #[test]
    fn what_the_tool_age_has_locked_is_opened() {
        let identity = Identity::parse(include_str!("../../../tests/backup/identity.txt").lines().last().unwrap());
        let key = Key::Identities(vec![identity.unwrap()]);
        let file = include_bytes!("../../../tests/backup/by-age-for-key.age");
        assert_eq!(opened(file, &key).unwrap(), b"locked by age\n");
        let file = include_bytes!("../../../tests/backup/by-age-with-passphrase.age");
        let key = Key::Passphrase(Secret::new("correct horse battery".into()));
        assert_eq!(opened(file, &key).unwrap(), b"locked by age\n");
    }
}
