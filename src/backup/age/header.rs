//! The header: one stanza for a passphrase or for each recipient, and a MAC over it all.

use std::io::{self, Read};

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use zeroize::Zeroizing;

use super::keys::{FileKey, Identity};
use super::{AgeError, Key, Lock};
use crate::spec::Secret;

const VERSION: &str = "age-encryption.org/v1";
const SCRYPT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// Longer than any header that we or age would write.
const LONGEST: usize = 64 * 1024;
/// 2^16 blocks of 1 KiB are 64 MiB: half a second, and there on the smallest VPS.
const WORK_FACTOR: u8 = 16;
/// 2^20 are 1 GiB.
const MOST_WORK: u8 = 20;
/// Body lines are broken after so many characters.
const COLUMNS: usize = 64;

pub(super) fn write(lock: &Lock, file_key: &FileKey) -> Result<String, AgeError> {
    let mut header = format!("{VERSION}\n");
    match lock {
        Lock::Passphrase(passphrase) => {
            let mut salt = [0; 16];
            rand::fill(&mut salt).map_err(|_| AgeError::Cipher("no randomness"))?;
            let key = passphrase_key(passphrase, &salt, WORK_FACTOR)?;
            let arguments = ["scrypt", &BASE64.encode(salt), &WORK_FACTOR.to_string()];
            push_stanza(&mut header, &arguments, &wrap(&key, file_key)?);
        }
        Lock::Recipients(recipients) => {
            for recipient in recipients {
                let passing = Identity::generate()?;
                let share = passing.recipient()?;
                let key = passing.wrapping_key(recipient.bytes(), share.bytes(), recipient.bytes())?;
                push_stanza(&mut header, &["X25519", &BASE64.encode(share.bytes())], &wrap(&key, file_key)?);
            }
        }
    }
    header.push_str("---");
    let mac = hmac::sign(&mac_key(file_key)?, header.as_bytes());
    header.push_str(&format!(" {}\n", BASE64.encode(mac.as_ref())));
    Ok(header)
}

fn push_stanza(header: &mut String, arguments: &[&str], body: &[u8]) {
    header.push_str(&format!("-> {}\n", arguments.join(" ")));
    let body = BASE64.encode(body);
    let mut rest = body.as_str();
    while rest.len() >= COLUMNS {
        header.push_str(&rest[..COLUMNS]);
        header.push('\n');
        rest = &rest[COLUMNS..];
    }
    header.push_str(rest);
    header.push('\n');
}

struct Stanza {
    arguments: Vec<String>,
    body: Vec<u8>,
}

pub(super) fn read(from: &mut impl Read, key: &Key) -> io::Result<FileKey> {
    let text = whole(from)?;
    let (stanzas, signed, mac) = parsed(&text)?;
    let file_key = unlocked(&stanzas, key)?;
    hmac::verify(&mac_key(&file_key)?, signed.as_bytes(), &mac)
        .map_err(|_| AgeError::Header("it was changed since it was written"))?;
    Ok(file_key)
}

/// The header's text, up to the line of the MAC: not one byte more is read.
fn whole(from: &mut impl Read) -> io::Result<String> {
    let mut text = Vec::new();
    let mut line_start = 0;
    let mut byte = [0];
    loop {
        match from.read(&mut byte) {
            Ok(0) => {
                return Err(
                    if text.is_empty() { AgeError::NotAge } else { AgeError::Header("its end is missing") }.into()
                );
            }
            Ok(_) => text.push(byte[0]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        }
        let is_age = VERSION.as_bytes().starts_with(&text[..text.len().min(VERSION.len())]);
        if !is_age {
            return Err(AgeError::NotAge.into());
        }
        if text.len() > LONGEST {
            return Err(AgeError::Header("it is too long").into());
        }
        if byte[0] == b'\n' {
            if text[line_start..].starts_with(b"---") {
                return String::from_utf8(text).map_err(|_| AgeError::Header("it is not text").into());
            }
            line_start = text.len();
        }
    }
}

/// The stanzas, the text that the MAC is over, and the MAC.
fn parsed(text: &str) -> Result<(Vec<Stanza>, &str, Vec<u8>), AgeError> {
    let (head, last) = text.rsplit_once("\n---").ok_or(AgeError::Header("its end is missing"))?;
    let signed = &text[..head.len() + "\n---".len()];
    let mac = last.strip_prefix(' ').and_then(|mac| mac.strip_suffix('\n')).ok_or(AgeError::Header("it has no MAC"))?;
    let mac = BASE64.decode(mac).map_err(|_| AgeError::Header("its MAC is no base64"))?;
    let mut lines = head.split('\n');
    if lines.next() != Some(VERSION) {
        return Err(AgeError::NotAge);
    }
    let mut stanzas = Vec::new();
    while let Some(line) = lines.next() {
        let arguments = line.strip_prefix("-> ").ok_or(AgeError::Header("a stanza does not begin with '->'"))?;
        let mut body = String::new();
        loop {
            let line = lines.next().ok_or(AgeError::Header("a stanza has no end"))?;
            body.push_str(line);
            if line.len() < COLUMNS {
                break;
            }
        }
        let body = BASE64.decode(body).map_err(|_| AgeError::Header("a stanza is no base64"))?;
        stanzas.push(Stanza { arguments: arguments.split(' ').map(str::to_owned).collect(), body });
    }
    Ok((stanzas, signed, mac))
}

fn unlocked(stanzas: &[Stanza], key: &Key) -> Result<FileKey, AgeError> {
    let kind = |stanza: &Stanza, name: &str| stanza.arguments.first().is_some_and(|first| first == name);
    let with_passphrase = stanzas.iter().find(|stanza| kind(stanza, "scrypt"));
    match (key, with_passphrase) {
        (Key::Passphrase(passphrase), Some(stanza)) if stanzas.len() == 1 => by_passphrase(stanza, passphrase),
        (Key::Passphrase(_), Some(_)) => Err(AgeError::Header("a passphrase stands beside other keys")),
        (Key::Passphrase(_), None) => Err(AgeError::WantsIdentity),
        (Key::Identities(_), Some(_)) => Err(AgeError::WantsPassphrase),
        (Key::Identities(identities), None) => {
            for stanza in stanzas.iter().filter(|stanza| kind(stanza, "X25519")) {
                for identity in identities {
                    if let Some(file_key) = by_identity(stanza, identity)? {
                        return Ok(file_key);
                    }
                }
            }
            Err(AgeError::NoKeyFits)
        }
    }
}

fn by_passphrase(stanza: &Stanza, passphrase: &Secret) -> Result<FileKey, AgeError> {
    let damaged = AgeError::Header("its passphrase stanza is not as it should be");
    let [_, salt, work] = stanza.arguments.as_slice() else { return Err(damaged) };
    let (Ok(salt), Ok(work)) = (BASE64.decode(salt), work.parse::<u8>()) else { return Err(damaged) };
    if work > MOST_WORK {
        return Err(AgeError::TooMuchWork(work));
    }
    if salt.len() != 16 || work == 0 {
        return Err(damaged);
    }
    let key = passphrase_key(passphrase, &salt, work)?;
    unwrap(&key, &stanza.body).ok_or(AgeError::WrongPassphrase)
}

fn by_identity(stanza: &Stanza, identity: &Identity) -> Result<Option<FileKey>, AgeError> {
    let damaged = AgeError::Header("a key stanza is not as it should be");
    let [_, share] = stanza.arguments.as_slice() else { return Err(damaged) };
    let share: [u8; 32] = BASE64.decode(share).ok().and_then(|share| share.try_into().ok()).ok_or(damaged)?;
    let key = identity.wrapping_key(&share, &share, identity.recipient()?.bytes())?;
    Ok(unwrap(&key, &stanza.body))
}

fn passphrase_key(passphrase: &Secret, salt: &[u8], work: u8) -> Result<Zeroizing<[u8; 32]>, AgeError> {
    let parameters = scrypt::Params::new(work, 8, 1).map_err(|_| AgeError::Cipher("the work factor is refused"))?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.expose().as_bytes(), &[SCRYPT_LABEL, salt].concat(), &parameters, key.as_mut_slice())
        .map_err(|_| AgeError::Cipher("no key could be derived"))?;
    Ok(key)
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, AgeError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| AgeError::Cipher("the key is refused"))?;
    Ok(LessSafeKey::new(key))
}

/// The key is used once, so that its nonce may be zero.
fn wrap(key: &[u8; 32], file_key: &FileKey) -> Result<Vec<u8>, AgeError> {
    let mut body = file_key.0.to_vec();
    cipher(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key([0; 12]), Aad::empty(), &mut body)
        .map_err(|_| AgeError::Cipher("the file key could not be wrapped"))?;
    Ok(body)
}

fn unwrap(key: &[u8; 32], body: &[u8]) -> Option<FileKey> {
    // 16 bytes and their tag; anything longer could be made to open with several keys.
    let mut body = Zeroizing::new(<[u8; 32]>::try_from(body).ok()?);
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    let opened = cipher(key).ok()?.open_in_place(nonce, Aad::empty(), body.as_mut_slice()).ok()?;
    <[u8; 16]>::try_from(&*opened).ok().map(|key| FileKey(Zeroizing::new(key)))
}

fn mac_key(file_key: &FileKey) -> Result<hmac::Key, AgeError> {
    Ok(hmac::Key::new(hmac::HMAC_SHA256, file_key.derive(&[], b"header")?.as_slice()))
}
