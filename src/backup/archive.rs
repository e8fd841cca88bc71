//! The archive while it is written: every member is counted and hashed on its way.

use std::io::{self, Read, Write};

use aws_lc_rs::digest::{Context, SHA256};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::age::{self, Encryptor, Lock};
use super::manifest::{End, PORTION, line, name};
use super::name::END;

/// An open archive.
pub(super) struct Archive<W: Write> {
    tar: tar::Builder<GzEncoder<Encryptor<W>>>,
    portion: String,
    in_portion: usize,
    portions: u64,
    end: End,
    now: u64,
}

/// How a member is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Like {
    /// Permission bits.
    pub mode: u32,
    /// When it was last changed, seconds since 1970.
    pub modified: u64,
    /// Its length.
    pub length: u64,
}

impl<W: Write> Archive<W> {
    /// `now` is the time that the archive's own papers carry.
    pub(super) fn begin(out: W, lock: &Lock, now: u64) -> io::Result<Self> {
        let tar = tar::Builder::new(GzEncoder::new(age::encrypt(out, lock)?, Compression::default()));
        let end = End { members: 0, bytes: 0 };
        Ok(Self { tar, portion: String::new(), in_portion: 0, portions: 0, end, now })
    }

    /// Adds a member with exactly `like.length` bytes of content; fewer are an error.
    pub(super) fn add(&mut self, path: &str, like: Like, content: impl Read) -> io::Result<()> {
        let mut hashing = Hashing { from: content.take(like.length), digest: Context::new(&SHA256), read: 0 };
        self.append(path, like, &mut hashing)?;
        if hashing.read != like.length {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("'{path}' became shorter while it was read"),
            ));
        }
        self.portion.push_str(&line(&hex(hashing.digest), path));
        self.in_portion += 1;
        self.end.members += 1;
        self.end.bytes += like.length;
        if self.in_portion == PORTION { self.close_portion() } else { Ok(()) }
    }

    /// Adds a member that is in memory.
    pub(super) fn add_bytes(&mut self, path: &str, mode: u32, content: &[u8]) -> io::Result<()> {
        self.add(path, Like { mode, modified: self.now, length: content.len() as u64 }, content)
    }

    fn append(&mut self, path: &str, like: Like, content: impl Read) -> io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(like.mode);
        header.set_mtime(like.modified);
        header.set_size(like.length);
        header.set_uid(0);
        header.set_gid(0);
        self.tar.append_data(&mut header, path, content)
    }

    fn close_portion(&mut self) -> io::Result<()> {
        if self.in_portion == 0 {
            return Ok(());
        }
        self.portions += 1;
        self.in_portion = 0;
        let portion = std::mem::take(&mut self.portion);
        self.paper(&name(self.portions), portion.as_bytes())
    }

    fn paper(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.append(name, Like { mode: 0o600, modified: self.now, length: content.len() as u64 }, content)
    }

    /// Ends it. What follows is neither read nor believed.
    pub(super) fn finish(mut self) -> io::Result<(W, End)> {
        self.close_portion()?;
        let end = serde_json::to_vec(&self.end)?;
        self.paper(END, &end)?;
        let out = self.tar.into_inner()?.finish()?.finish()?;
        Ok((out, self.end))
    }
}

/// Hashes and counts what is read through it.
pub(super) struct Hashing<R> {
    from: R,
    digest: Context,
    read: u64,
}

impl<R: Read> Hashing<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, digest: Context::new(&SHA256), read: 0 }
    }

    /// Reads what is left and gives the digest of it all with its length.
    pub(super) fn finish(mut self) -> io::Result<(String, u64)> {
        io::copy(&mut self, &mut io::sink())?;
        Ok((hex(self.digest), self.read))
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(into)?;
        self.digest.update(&into[..count]);
        self.read += count as u64;
        Ok(count)
    }
}

fn hex(digest: Context) -> String {
    digest.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
