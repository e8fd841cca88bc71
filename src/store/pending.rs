//! The wish that was accepted but not yet applied, and the password hashes that belong to a wish.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::Paths;
use crate::host::{Host, HostError};
use crate::plan::{MailChange, MailMove, ObservedFile};
use crate::spec::answers::{self, AnswersError};
use crate::spec::{Mailbox, Secret, Spec};

/// What the next apply carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// The wish.
    pub spec: Spec,
    /// Dovecot hashes of every account of the wish.
    pub hashes: BTreeMap<Mailbox, Secret>,
}

/// Why our own state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The machine refused.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A wish of ours is damaged.
    #[error("'{path}', {reason} Put it back from a backup, or run `mailwizard setup` again.")]
    Spec {
        /// The file.
        path: String,
        /// What is wrong where.
        reason: AnswersError,
    },
    /// A file of ours is damaged.
    #[error("'{path}' is damaged: {reason}. Put it back from a backup.")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong, without a final dot.
        reason: String,
    },
}

/// Keeps what the next apply is to carry out.
pub fn save(host: &dyn Host, paths: &Paths, pending: &Pending) -> Result<(), StoreError> {
    save_all(host, paths, pending, &[], None)
}

/// The same together with what becomes of mail.
pub fn save_with_mail(
    host: &dyn Host,
    paths: &Paths,
    pending: &Pending,
    mail: &[MailChange],
) -> Result<(), StoreError> {
    save_all(host, paths, pending, mail, None)
}

/// The same for a server that is adopted, with its mail that has to move; there may be none.
pub fn save_adopted(host: &dyn Host, paths: &Paths, pending: &Pending, moves: &[MailMove]) -> Result<(), StoreError> {
    save_all(host, paths, pending, &[], Some(moves))
}

fn save_all(
    host: &dyn Host,
    paths: &Paths,
    pending: &Pending,
    mail: &[MailChange],
    adopted: Option<&[MailMove]>,
) -> Result<(), StoreError> {
    host.make_directory(&paths.pending(), 0o700, "root", "root")?;
    // The wish goes first and comes last: where it is, its hashes are, and what becomes of mail is meant with it.
    host.remove(&paths.pending_spec())?;
    host.remove(&paths.pending_takes_out())?;
    save_hashes(host, &paths.pending_password_hashes(), &pending.hashes)?;
    save_list(host, &paths.pending_mail(), Some(mail).filter(|mail| !mail.is_empty()))?;
    save_list(host, &paths.pending_adopted(), adopted)?;
    save_spec(host, &paths.pending_spec(), &pending.spec)
}

fn save_list<T: Serialize>(host: &dyn Host, path: &Path, list: Option<&[T]>) -> Result<(), StoreError> {
    match list {
        None => Ok(host.remove(path)?),
        Some(list) => write(host, path, serde_json::to_string(list).map_err(|e| damaged(path, &e.to_string()))?),
    }
}

/// What becomes of mail when the accepted wish is applied.
pub fn load_mail(host: &dyn Host, paths: &Paths) -> Result<Vec<MailChange>, StoreError> {
    let path = paths.pending_mail();
    let Some(text) = read(host, &path)? else { return Ok(Vec::new()) };
    serde_json::from_str(&text).map_err(|e| damaged(&path, &e.to_string()))
}

/// The mail that has to move when the accepted wish is applied; `None` where it adopts no server.
pub fn load_adopted(host: &dyn Host, paths: &Paths) -> Result<Option<Vec<MailMove>>, StoreError> {
    let path = paths.pending_adopted();
    let Some(text) = read(host, &path)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|e| damaged(&path, &e.to_string()))
}

/// What the next apply is to carry out, if anything was accepted.
pub fn load(host: &dyn Host, paths: &Paths) -> Result<Option<Pending>, StoreError> {
    let Some(spec) = load_spec(host, &paths.pending_spec())? else { return Ok(None) };
    Ok(Some(Pending { spec, hashes: load_hashes(host, &paths.pending_password_hashes())? }))
}

/// Notes that the pending wish is the present one without what the apply `id` changed.
pub fn save_takes_out(host: &dyn Host, paths: &Paths, id: &str) -> Result<(), StoreError> {
    write(host, &paths.pending_takes_out(), id.to_owned())
}

/// The apply that the pending wish takes out, if it does that.
pub fn takes_out(host: &dyn Host, paths: &Paths) -> Result<Option<String>, StoreError> {
    read(host, &paths.pending_takes_out())
}

/// Forgets it: it was applied.
pub fn clear(host: &dyn Host, paths: &Paths) -> Result<(), StoreError> {
    host.remove(&paths.pending_takes_out())?;
    host.remove(&paths.pending_spec())?;
    host.remove(&paths.pending_mail())?;
    host.remove(&paths.pending_adopted())?;
    Ok(host.remove(&paths.pending_password_hashes())?)
}

/// Writes a wish as an answers file that only root can read.
pub fn save_spec(host: &dyn Host, path: &Path, spec: &Spec) -> Result<(), StoreError> {
    let text = answers::to_toml(spec).map_err(|e| damaged(path, &e.to_string()))?;
    write(host, path, text)
}

/// Reads a wish; `None` when there is none.
pub fn load_spec(host: &dyn Host, path: &Path) -> Result<Option<Spec>, StoreError> {
    let Some(text) = read(host, path)? else { return Ok(None) };
    match answers::parse(&text) {
        Ok(parsed) => Ok(Some(parsed.spec)),
        Err(reason) => Err(StoreError::Spec { path: path.display().to_string(), reason }),
    }
}

/// Writes password hashes to a file that only root can read.
pub fn save_hashes(host: &dyn Host, path: &Path, hashes: &BTreeMap<Mailbox, Secret>) -> Result<(), StoreError> {
    let table: BTreeMap<String, &str> = hashes.iter().map(|(a, hash)| (a.to_string(), hash.expose())).collect();
    write(host, path, toml::to_string(&table).map_err(|e| damaged(path, &e.to_string()))?)
}

/// Reads password hashes; none when there is no file.
pub fn load_hashes(host: &dyn Host, path: &Path) -> Result<BTreeMap<Mailbox, Secret>, StoreError> {
    let Some(text) = read(host, path)? else { return Ok(BTreeMap::new()) };
    // The parser's own message may quote a line, and with it a hash.
    let table: BTreeMap<Mailbox, String> =
        toml::from_str(&text).map_err(|_| damaged(path, "it is no table of addresses and hashes"))?;
    Ok(table.into_iter().map(|(address, hash)| (address, Secret::new(hash))).collect())
}

fn read(host: &dyn Host, path: &Path) -> Result<Option<String>, StoreError> {
    let Some(file) = host.read(path)? else { return Ok(None) };
    String::from_utf8(file.content).map(Some).map_err(|_| damaged(path, "it is not UTF-8 text"))
}

fn write(host: &dyn Host, path: &Path, text: String) -> Result<(), StoreError> {
    let file = ObservedFile { content: text.into_bytes(), mode: 0o600, owner: "root".into(), group: "root".into() };
    Ok(host.write(path, &file)?)
}

fn damaged(path: &Path, reason: &str) -> StoreError {
    StoreError::Damaged { path: path.display().to_string(), reason: crate::printable::excerpt(reason, 120) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::spec::Fqdn;

    #[test]
    fn what_was_accepted_comes_back_and_only_root_may_read_it() {
        let host = FakeHost::default();
        let paths = Paths::default();
        assert_eq!(load(&host, &paths).unwrap(), None);
        let address = Mailbox::parse("a.b+c@example.org").unwrap();
        let pending = Pending {
            spec: Spec::new(Fqdn::parse("mail.example.org").unwrap()),
            hashes: [(address, Secret::new("{SHA512-CRYPT}$6$x$y".into()))].into(),
        };
        save(&host, &paths, &pending).unwrap();
        assert_eq!(load(&host, &paths).unwrap().as_ref(), Some(&pending));
        for path in [paths.pending_spec(), paths.pending_password_hashes()] {
            assert_eq!(host.read(&path).unwrap().unwrap().mode, 0o600);
        }
        clear(&host, &paths).unwrap();
        assert_eq!(load(&host, &paths).unwrap(), None);
    }

    #[test]
    fn a_damaged_hash_file_never_shows_its_content() {
        let host = FakeHost::default();
        let paths = Paths::default();
        write(&host, &paths.password_hashes(), "alice = canary-4711".into()).unwrap();
        let refusal = load_hashes(&host, &paths.password_hashes()).unwrap_err().to_string();
        assert!(refusal.contains("is damaged") && !refusal.contains("canary"), "{refusal}");
    }
}
