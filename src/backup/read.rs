//! Reads a backup from its beginning to its end and believes nothing that its papers do not prove.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::GzDecoder;

use super::age::{self, Key};
use super::archive::Hashing;
use super::manifest::{About, End, FORMAT, PORTION, line, name as manifest_name};
use super::name::{ABOUT, END, HASHES, MAIL, MANIFEST, WISH, kind};
use super::{BackupError, Kind};
use crate::host::Host;

/// A member of the configuration has at most so many bytes.
const LARGEST: u64 = 4 * 1024 * 1024;
/// All of them together.
const LARGEST_TOGETHER: u64 = 128 * 1024 * 1024;
/// The papers have at most so many bytes: a portion's names are 4096 bytes each at the most.
const LARGEST_PAPER: u64 = (PORTION as u64) * 4300;

/// A small member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Small {
    /// Permission bits.
    pub mode: u32,
    /// Its content.
    pub content: Vec<u8>,
}

/// A member on its way through.
pub(super) struct Member<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is for.
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    /// When it was last changed, seconds since 1970.
    pub modified: u64,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// What it is and where it is from.
    pub about: About,
    /// Small members by name; history and mail are not among them.
    pub small: BTreeMap<String, Small>,
    /// Members and bytes by kind.
    pub kinds: BTreeMap<Kind, (u64, u64)>,
    /// Messages and bytes by account ("example.org/alice").
    pub mail: BTreeMap<String, (u64, u64)>,
}

impl Contents {
    /// The wish, as text.
    pub fn wish(&self) -> Option<&[u8]> {
        self.small.get(WISH).map(|small| small.content.as_slice())
    }

    /// The table of password hashes.
    pub fn hashes(&self) -> Option<&[u8]> {
        self.small.get(HASHES).map(|small| small.content.as_slice())
    }
}

/// Reads the whole file and checks every member against the manifests. Nothing is written.
pub fn verify(host: &dyn Host, path: &Path, key: &Key) -> Result<Contents, BackupError> {
    let mut small = BTreeMap::new();
    let mut kinds: BTreeMap<Kind, (u64, u64)> = BTreeMap::new();
    let mut mail: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let mut together = 0;
    let about = walk(host, path, key, &mut |member, content| {
        let bytes = match member.kind {
            Kind::Mail | Kind::History => io::copy(content, &mut io::sink())?,
            _ => {
                let bytes = bounded(content, LARGEST)?;
                together += bytes.len() as u64;
                if together > LARGEST_TOGETHER {
                    return Err(io::Error::other("its configuration is larger than 128 MiB"));
                }
                let length = bytes.len() as u64;
                small.insert(member.name.to_owned(), Small { mode: member.mode, content: bytes });
                length
            }
        };
        let count = kinds.entry(member.kind).or_default();
        *count = (count.0 + 1, count.1 + bytes);
        if let Some(account) = account(member.name) {
            let count = mail.entry(account).or_default();
            *count = (count.0 + 1, count.1 + bytes);
        }
        Ok(())
    })?;
    Ok(Contents { about, small, kinds, mail })
}

/// "example.org/alice" for a message of hers.
fn account(name: &str) -> Option<String> {
    let mut parts = name.strip_prefix(MAIL)?.split('/');
    let (domain, local) = (parts.next()?, parts.next()?);
    let in_folder = parts.clone().any(|part| part == "cur" || part == "new");
    in_folder.then(|| format!("{domain}/{local}"))
}

/// Hands every member but the papers to `each`, and proves what was read. An error of `each` ends it.
pub(super) fn walk(
    host: &dyn Host,
    path: &Path,
    key: &Key,
    each: &mut dyn FnMut(&Member, &mut dyn Read) -> io::Result<()>,
) -> Result<About, BackupError> {
    let file = host.open(path)?.ok_or_else(|| BackupError::Missing(path.to_owned()))?;
    let reading = |error| BackupError::reading(path, error);
    let damaged = |reason: String| BackupError::Damaged { path: path.to_owned(), reason };
    let decrypted = age::decrypt(io::BufReader::with_capacity(256 * 1024, file), key).map_err(reading)?;
    let mut archive = tar::Archive::new(GzDecoder::new(decrypted));
    let mut about = None;
    let mut since = String::new();
    let (mut portions, mut found, mut end) = (0, End { members: 0, bytes: 0 }, None);
    for entry in archive.entries().map_err(reading)? {
        let mut entry = entry.map_err(reading)?;
        if end.is_some() {
            return Err(damaged("something follows its end".into()));
        }
        let name = std::str::from_utf8(&entry.path_bytes()).map(str::to_owned);
        let name = name.map_err(|_| damaged("a member's name is not UTF-8".into()))?;
        let kind = kind(&name).map_err(damaged)?;
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(damaged(format!("'{}' is no plain file", crate::printable::excerpt(&name, 120))));
        }
        if name == END {
            end = Some(
                serde_json::from_slice::<End>(&bounded(&mut entry, 1024).map_err(reading)?)
                    .map_err(|e| damaged(e.to_string()))?,
            );
            continue;
        }
        if name.starts_with(MANIFEST) {
            portions += 1;
            let told = bounded(&mut entry, LARGEST_PAPER).map_err(reading)?;
            if name != manifest_name(portions) || told != since.as_bytes() {
                return Err(damaged(format!("its members are not those that '{name}' lists")));
            }
            since.clear();
            continue;
        }
        let header = (entry.header().mode().unwrap_or(0o600) & 0o777, entry.header().mtime().unwrap_or(0));
        let mut hashing = Hashing::new(&mut entry);
        if name == ABOUT {
            let text = bounded(&mut hashing, LARGEST).map_err(reading)?;
            about = Some(read_about(path, &text)?);
        } else if about.is_none() {
            return Err(damaged("it does not begin as a backup does".into()));
        } else {
            let member = Member { name: &name, kind, mode: header.0, modified: header.1 };
            each(&member, &mut hashing).map_err(|error| from_each(path, error))?;
        }
        let (digest, bytes) = hashing.finish().map_err(reading)?;
        since.push_str(&line(&digest, &name));
        found = End { members: found.members + 1, bytes: found.bytes + bytes };
    }
    match (about, end) {
        (Some(about), Some(end)) if end == found && since.is_empty() => Ok(about),
        (None, _) => Err(damaged("it is empty".into())),
        _ => Err(damaged("its end is missing".into())),
    }
}

/// The caller's own error, which came through as an I/O error.
fn from_each(path: &Path, error: io::Error) -> BackupError {
    match error.downcast::<crate::host::HostError>() {
        Ok(inner) => BackupError::Host(inner),
        Err(error) => BackupError::reading(path, error),
    }
}

fn bounded(from: &mut (impl Read + ?Sized), limit: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(io::Error::other("a member is larger than any that was written"));
    }
    Ok(content)
}

fn read_about(path: &Path, text: &[u8]) -> Result<About, BackupError> {
    let damaged = |e: serde_json::Error| BackupError::Damaged {
        path: path.to_owned(),
        reason: crate::printable::excerpt(&e.to_string(), 120),
    };
    // The format first: a later one may have other fields.
    let value: serde_json::Value = serde_json::from_slice(text).map_err(damaged)?;
    let format =
        value.get("format").and_then(serde_json::Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    if format > FORMAT {
        let program = value.get("program").and_then(serde_json::Value::as_str).unwrap_or("of a later version");
        return Err(BackupError::TooNew {
            path: path.to_owned(),
            found: format,
            known: FORMAT,
            program: crate::printable::excerpt(program, 40),
        });
    }
    serde_json::from_value(value).map_err(damaged)
}
