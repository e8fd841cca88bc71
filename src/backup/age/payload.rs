//! The payload: pieces of 64 KiB, each sealed under a counter, the last one marked as the last.

use std::io::{self, Read, Write};

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand;

use super::AgeError;
use super::keys::FileKey;

const PIECE: usize = 64 * 1024;
const TAG: usize = 16;
const LABEL: &[u8] = b"payload";

/// Where the next piece stands.
struct Counter(u64);

impl Counter {
    /// The nonce: eleven bytes of counter, one that marks the last piece.
    fn nonce(&self, last: bool) -> Nonce {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&self.0.to_be_bytes());
        nonce[11] = u8::from(last);
        Nonce::assume_unique_for_key(nonce)
    }
}

fn piece_key(file_key: &FileKey, salt: &[u8]) -> Result<LessSafeKey, AgeError> {
    let key = file_key.derive(salt, LABEL)?;
    let key =
        UnboundKey::new(&CHACHA20_POLY1305, key.as_slice()).map_err(|_| AgeError::Cipher("the key is refused"))?;
    Ok(LessSafeKey::new(key))
}

/// Encrypts what is written to it.
pub struct Encryptor<W: Write> {
    out: W,
    key: LessSafeKey,
    at: Counter,
    piece: Vec<u8>,
}

impl<W: Write> Encryptor<W> {
    pub(super) fn new(mut out: W, file_key: &FileKey) -> io::Result<Self> {
        let mut salt = [0; 16];
        rand::fill(&mut salt).map_err(|_| AgeError::Cipher("no randomness"))?;
        out.write_all(&salt)?;
        Ok(Self { out, key: piece_key(file_key, &salt)?, at: Counter(0), piece: Vec::with_capacity(PIECE + TAG) })
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let nonce = self.at.nonce(last);
        self.key
            .seal_in_place_append_tag(nonce, Aad::empty(), &mut self.piece)
            .map_err(|_| AgeError::Cipher("a piece could not be sealed"))?;
        self.out.write_all(&self.piece)?;
        self.piece.clear();
        self.at.0 += 1;
        Ok(())
    }

    /// Writes the last piece; without it nobody takes the file for whole.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Encryptor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece is kept back until it is known that it is not the last.
        if self.piece.len() == PIECE && !bytes.is_empty() {
            self.seal(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Decrypts what is read from it. An end that is not marked as the end is an error.
pub(super) struct Decryptor<R: Read> {
    from: R,
    key: LessSafeKey,
    at: Counter,
    /// What was read ahead: whether a piece is the last shows only in what follows it.
    ahead: Vec<u8>,
    opened: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decryptor<R> {
    pub(super) fn new(mut from: R, file_key: &FileKey) -> io::Result<Self> {
        let mut salt = [0; 16];
        from.read_exact(&mut salt).map_err(|_| AgeError::Payload(0))?;
        let key = piece_key(file_key, &salt)?;
        Ok(Self { from, key, at: Counter(0), ahead: Vec::new(), opened: Vec::new(), given: 0, ended: false })
    }

    fn open_next(&mut self) -> io::Result<()> {
        let wanted = PIECE + TAG + 1;
        let missing = wanted - self.ahead.len();
        (&mut self.from).take(missing as u64).read_to_end(&mut self.ahead)?;
        let last = self.ahead.len() < wanted;
        let rest = if last { Vec::new() } else { self.ahead.split_off(PIECE + TAG) };
        let mut piece = std::mem::replace(&mut self.ahead, rest);
        let damaged = AgeError::Payload(self.at.0 * PIECE as u64);
        let nonce = self.at.nonce(last);
        let length = self.key.open_in_place(nonce, Aad::empty(), &mut piece).map_err(|_| damaged.clone())?.len();
        // Only an empty file has an empty last piece.
        if last && length == 0 && self.at.0 > 0 {
            return Err(damaged.into());
        }
        piece.truncate(length);
        (self.opened, self.given, self.ended) = (piece, 0, last);
        self.at.0 += 1;
        Ok(())
    }
}

impl<R: Read> Read for Decryptor<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.opened.len() {
            if self.ended || into.is_empty() {
                return Ok(0);
            }
            self.open_next()?;
        }
        let taken = into.len().min(self.opened.len() - self.given);
        into[..taken].copy_from_slice(&self.opened[self.given..self.given + taken]);
        self.given += taken;
        Ok(taken)
    }
}
