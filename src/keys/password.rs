//! Passwords: made, judged, and hashed for Dovecot.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use sha_crypt::{PasswordHasher as _, ShaCrypt};
use zeroize::Zeroizing;

use super::KeyError;
use crate::spec::{Mailbox, PasswordScheme, Secret};

/// Letters and digits that cannot be mistaken for one another when read from paper: no l, 1, i, o, 0.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS: usize = 4;
const GROUP_LENGTH: usize = 5;

/// A salt of this many bytes becomes 16 characters, the most that crypt(3) keeps. sha-crypt's own default is longer:
/// the hash then holds 22 characters of salt, and Dovecot refuses the right password.
const SHA_CRYPT_SALT_BYTES: usize = 12;

/// Argon2id as `doveadm pw -s ARGON2ID` does it: 64 MiB, three passes, one lane.
const ARGON2_KIB: u32 = 64 * 1024;
const ARGON2_PASSES: u32 = 3;

/// Makes a password of 99 bits: four groups of five lower-case letters and digits, "k7mqp-x2h9d-…".
pub fn generate() -> Result<Secret, KeyError> {
    let mut text = Zeroizing::new(String::with_capacity(GROUPS * (GROUP_LENGTH + 1)));
    for group in 0..GROUPS {
        if group > 0 {
            text.push('-');
        }
        for _ in 0..GROUP_LENGTH {
            text.push(char::from(ALPHABET[random_below(ALPHABET.len())?]));
        }
    }
    Ok(Secret::new(text.to_string()))
}

/// How well a typed password stands against guessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Falls to a dictionary or a short search.
    Weak,
    /// Stands against guessing over the network.
    Fair,
    /// Stands even when the hash leaks.
    Strong,
}

impl Strength {
    /// The word beside the input.
    pub fn word(self) -> &'static str {
        match self {
            Self::Weak => "weak",
            Self::Fair => "fair",
            Self::Strong => "strong",
        }
    }
}

/// Judges a typed password by length, kinds of characters, repetition and the words everybody tries first.
///
/// An estimate that errs to the low side: it knows no dictionary, so it can call a poem weak but hardly a bad password
/// strong. `address` is its owner's: a password made of the address is the first guess.
pub fn strength(password: &Secret, address: Option<&Mailbox>) -> Strength {
    let bits = estimated_bits(password.expose(), address);
    match bits {
        b if b < 45.0 => Strength::Weak,
        b if b < 70.0 => Strength::Fair,
        _ => Strength::Strong,
    }
}

/// Hashes a password for Dovecot: `{SHA512-CRYPT}$6$…` or `{ARGON2ID}$argon2id$…`.
pub fn hash(password: &Secret, scheme: PasswordScheme) -> Result<Secret, KeyError> {
    let text = match scheme {
        PasswordScheme::Sha512Crypt => {
            let mut salt = [0; SHA_CRYPT_SALT_BYTES];
            fill_random(&mut salt)?;
            ShaCrypt::SHA512
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .map_err(|e| KeyError::Hashing(e.to_string()))?
                .to_string()
        }
        PasswordScheme::Argon2id => {
            use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
            let params =
                Params::new(ARGON2_KIB, ARGON2_PASSES, 1, None).map_err(|e| KeyError::Hashing(e.to_string()))?;
            let mut salt = [0; 16];
            fill_random(&mut salt)?;
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_with_salt(password.expose().as_bytes(), &salt)
                .map_err(|e| KeyError::Hashing(e.to_string()))?
                .to_string()
        }
    };
    Ok(Secret::new(format!("{{{}}}{text}", scheme.as_str())))
}

/// Whether `hash` was made of this password in this scheme, so that it need not be made again.
pub fn fits(password: &Secret, hash: &Secret, scheme: PasswordScheme) -> bool {
    let Some(crypt) = hash.expose().strip_prefix(&format!("{{{}}}", scheme.as_str())) else { return false };
    let password = password.expose().as_bytes();
    match scheme {
        PasswordScheme::Sha512Crypt => {
            use sha_crypt::PasswordVerifier as _;
            ShaCrypt::SHA512.verify_password(password, crypt).is_ok()
        }
        PasswordScheme::Argon2id => {
            use argon2::{Argon2, PasswordVerifier as _};
            argon2::PasswordHash::new(crypt)
                .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
        }
    }
}

/// A password to hash, with the hash that its owner has now.
#[derive(Debug, Clone)]
pub struct ToHash {
    /// Its owner.
    pub address: Mailbox,
    /// The password.
    pub password: Secret,
    /// A hash that stays where it fits.
    pub before: Option<Secret>,
}

/// How far [`hash_all`] is, and whether it shall end: shared with whoever shows it.
#[derive(Debug, Clone, Default)]
pub struct Hashing {
    done: Arc<AtomicUsize>,
    cancelled: Arc<AtomicBool>,
}

impl Hashing {
    /// How many are done.
    pub fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Lets it end early; nothing of it is kept then.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

/// Hashes many passwords on all cores; an old hash that fits its password stays.
pub fn hash_all(
    passwords: &[ToHash],
    scheme: PasswordScheme,
    hashing: &Hashing,
) -> Result<BTreeMap<Mailbox, Secret>, KeyError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(passwords.len());
    let open = Mutex::new(passwords.iter());
    let next = || open.lock().map(|mut rest| rest.next()).unwrap_or(None);
    let work = || {
        let mut done = Vec::new();
        while let Some(ToHash { address, password, before }) = next() {
            if hashing.cancelled.load(Ordering::Relaxed) {
                return Err(KeyError::Cancelled);
            }
            let hash = match before.as_ref().filter(|before| fits(password, before, scheme)) {
                Some(before) => before.clone(),
                None => hash(password, scheme)?,
            };
            done.push((address.clone(), hash));
            hashing.done.fetch_add(1, Ordering::Relaxed);
        }
        Ok::<_, KeyError>(done)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut hashes = BTreeMap::new();
        for worker in workers {
            let done = worker.join().map_err(|_| KeyError::Hashing("a thread ended early".into()))?;
            hashes.extend(done?);
        }
        Ok(hashes)
    })
}

/// Letters alone are reckoned as words: five letters stand for a choice among some 30,000.
const BITS_OF_A_LETTER_IN_A_WORD: f64 = 3.0;

fn estimated_bits(text: &str, address: Option<&Mailbox>) -> f64 {
    let mut lower = text.to_lowercase();
    let mut effective = distinct_steps(text);
    let owned = address.into_iter().flat_map(|a| [a.local(), a.domain().as_str()].map(str::to_owned));
    let labels = address.into_iter().flat_map(|a| a.domain().as_str().split('.').map(str::to_owned));
    for word in owned.chain(labels).chain(COMMON.iter().map(|w| (*w).to_owned())) {
        if word.len() >= 3 && lower.contains(&word) {
            // A known word counts as one and a half characters, however long it is.
            let times = lower.matches(&word).count() as f64;
            effective -= times * (word.chars().count() as f64 - 1.5).max(0.0);
            lower = lower.replace(&word, "\u{0}");
        }
    }
    let has = |test: fn(char) -> bool| text.chars().any(test);
    if !has(|c| !c.is_alphabetic() && !matches!(c, ' ' | '-' | '.' | '_')) {
        return effective.max(0.0) * BITS_OF_A_LETTER_IN_A_WORD;
    }
    let mut variety = 0.0;
    for (present, size) in [
        (has(|c| c.is_ascii_lowercase()), 26.0),
        (has(|c| c.is_ascii_uppercase()), 26.0),
        (has(|c| c.is_ascii_digit()), 10.0),
        (has(|c| c.is_ascii() && !c.is_ascii_alphanumeric()), 20.0),
        (has(|c| !c.is_ascii()), 40.0),
    ] {
        variety += if present { size } else { 0.0 };
    }
    effective.max(0.0) * f64::log2(f64::max(variety, 1.0))
}

/// The length, where a character that repeats the one before or continues a row (abc, 321) counts a quarter.
fn distinct_steps(text: &str) -> f64 {
    let mut length = 0.0;
    let mut before: Option<char> = None;
    for c in text.chars() {
        let follows = before.is_some_and(|b| u32::from(b).abs_diff(u32::from(c)) <= 1);
        length += if follows { 0.25 } else { 1.0 };
        before = Some(c);
    }
    length
}

/// What everybody tries first, longest first where one holds another.
const COMMON: [&str; 40] = [
    "correcthorsebatterystaple",
    "administrator",
    "qwertyuiop",
    "postmaster",
    "iloveyou",
    "password",
    "passwort",
    "passw0rd",
    "p@ssword",
    "p@ssw0rd",
    "sunshine",
    "football",
    "baseball",
    "princess",
    "starwars",
    "trustno1",
    "letmein",
    "welcome",
    "charlie",
    "dragon",
    "monkey",
    "shadow",
    "master",
    "hunter",
    "qwertz",
    "qwerty",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "secret",
    "summer",
    "winter",
    "spring",
    "autumn",
    "mail",
    "admin",
    "hello",
    "login",
    "root",
    "test",
];

/// A number below `limit`, each as likely as the other (values that would favour some are drawn again).
fn random_below(limit: usize) -> Result<usize, KeyError> {
    let usable = 256 / limit * limit;
    loop {
        let mut byte = [0];
        fill_random(&mut byte)?;
        let drawn = usize::from(byte[0]);
        if drawn < usable {
            return Ok(drawn % limit);
        }
    }
}

fn fill_random(bytes: &mut [u8]) -> Result<(), KeyError> {
    aws_lc_rs::rand::fill(bytes).map_err(|_| KeyError::Hashing("the system gave no random numbers".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_are_four_groups_without_look_alikes_and_never_the_same() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            let password = generate().unwrap();
            let groups: Vec<&str> = password.expose().split('-').collect();
            assert_eq!(groups.len(), 4);
            assert!(groups.iter().all(|g| g.len() == 5 && g.bytes().all(|b| ALPHABET.contains(&b))));
            assert!(seen.insert(password.expose().to_owned()));
        }
    }

    #[test]
    fn bad_passwords_are_not_called_strong() {
        let alice = Mailbox::parse("alice@example.org").unwrap();
        for (text, expected) in [
            ("password", Strength::Weak),
            ("Password123", Strength::Weak),
            ("aaaaaaaaaaaaaaaaaaaa", Strength::Weak),
            ("abcdefghijklmnop1234", Strength::Weak),
            ("alice2026", Strength::Weak),
            ("Example.org!", Strength::Weak),
            ("Gx7!kq", Strength::Weak),
            ("hT4w9bRx", Strength::Fair),
            ("horse barn lamp", Strength::Weak),
            ("horse barn lamp window", Strength::Fair),
            ("horse barn lamp window quilt", Strength::Strong),
            ("Gx7!kq#m2PzWv8", Strength::Strong),
        ] {
            assert_eq!(strength(&Secret::new(text.into()), Some(&alice)), expected, "{text}");
        }
    }

    /// crypt(3) keeps 16 characters of salt: a longer one makes a hash that Dovecot refuses.
    #[test]
    fn sha512_crypt_has_a_salt_that_crypt_keeps_whole() {
        let hashed = hash(&Secret::new("pä$$ wörd".into()), PasswordScheme::Sha512Crypt).unwrap();
        let mut parts = hashed.expose().split('$');
        assert_eq!(parts.next(), Some("{SHA512-CRYPT}"));
        assert_eq!(parts.next(), Some("6"));
        let fields: Vec<&str> = parts.collect();
        let salt = fields[fields.len() - 2];
        assert_eq!(salt.len(), 16, "{fields:?}");
        assert_eq!(fields[fields.len() - 1].len(), 86);
    }

    #[test]
    fn many_passwords_are_hashed_each_for_its_owner() {
        use sha_crypt::PasswordVerifier as _;
        let passwords: Vec<ToHash> = (0..9)
            .map(|n| ToHash {
                address: Mailbox::parse(&format!("u{n}@example.org")).unwrap(),
                password: Secret::new(format!("word {n}")),
                before: None,
            })
            .collect();
        let hashing = Hashing::default();
        let hashes = hash_all(&passwords, PasswordScheme::Sha512Crypt, &hashing).unwrap();
        assert_eq!((hashes.len(), hashing.done()), (9, 9));
        for ToHash { address, password, .. } in &passwords {
            let text = hashes[address].expose().strip_prefix("{SHA512-CRYPT}").unwrap();
            let parsed = sha_crypt::PasswordHash::new(text).unwrap();
            ShaCrypt::SHA512.verify_password(password.expose().as_bytes(), &parsed).unwrap();
        }
        let again: Vec<ToHash> =
            passwords.into_iter().map(|one| ToHash { before: hashes.get(&one.address).cloned(), ..one }).collect();
        let kept = hash_all(&again, PasswordScheme::Sha512Crypt, &Hashing::default()).unwrap();
        assert_eq!(kept, hashes, "a hash that fits stays");
        assert!(hash_all(&[], PasswordScheme::Sha512Crypt, &Hashing::default()).unwrap().is_empty());
        hashing.cancel();
        assert!(matches!(hash_all(&again, PasswordScheme::Sha512Crypt, &hashing), Err(KeyError::Cancelled)));
    }
}
