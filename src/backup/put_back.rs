//! Puts a verified backup in place: our own state first, as the accepted wish; mail beside it. Carrying the wish out is
//! apply's.
//!
//! What is there already and would be replaced is kept in `before-restore/` first. Mail is only ever added.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::age::Key;
use super::mail::lasting;
use super::name::{CERTIFICATE, ETC, HISTORY, NAMED, OWN, VAR, WISH};
use super::read::{Member, walk};
use super::{BackupError, Contents, Kind, Progress};
use crate::facts::Facts;
use crate::host::{EntryKind, Host, HostError, NewFile};
use crate::keys::{self, CertificatePair};
use crate::plan::ObservedFile;
use crate::spec::{CertificateMethod, Secret, Spec, answers};
use crate::stacks::{CommandLine, stack};
use crate::store::{Paths, Pending, pending};

/// What was put in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The wish, as it fits this machine.
    pub spec: Spec,
    /// What is otherwise than on the old machine, a sentence each.
    pub notes: Vec<String>,
}

/// The wish of a backup, or why it is none.
pub fn wish(path: &Path, contents: &Contents) -> Result<Spec, BackupError> {
    let damaged = |reason: String| BackupError::Damaged { path: path.to_owned(), reason };
    let text = contents.wish().ok_or_else(|| damaged("it holds no set-up".into()))?;
    let text = std::str::from_utf8(text).map_err(|_| damaged("its set-up is not text".into()))?;
    let spec = answers::parse(text).map_err(|e| damaged(e.to_string().trim_end_matches('.').to_owned()))?.spec;
    match spec.problems().into_iter().next() {
        None => Ok(spec),
        Some(problem) => Err(damaged(problem.trim_end_matches('.').to_owned())),
    }
}

/// Puts state, keys, password hashes and the operator's own lines in place, and the wish as the accepted one. The wish
/// comes last: where it is, everything that belongs to it is.
pub fn accept(
    host: &dyn Host,
    paths: &Paths,
    facts: &Facts,
    path: &Path,
    contents: &Contents,
) -> Result<Placed, BackupError> {
    let mut placed = Placed { spec: wish(path, contents)?, notes: Vec::new() };
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    let stamp = host.now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let place = Place { host, kept: paths.var().join("before-restore").join(stamp) };
    host.make_directory(paths.etc(), 0o755, "root", "root")?;
    for (name, small) in &contents.small {
        let content = small.content.as_slice();
        if let Some(rest) = name.strip_prefix(VAR).filter(|_| Kind::Keys == kind_of(name)) {
            place.file(&paths.var().join(rest), paths.var(), 0o700, content, 0o600)?;
        } else if let Some(rest) = name.strip_prefix(ETC).filter(|_| name != WISH) {
            place.file(&paths.etc().join(rest), paths.etc(), 0o755, content, small.mode)?;
        }
    }
    fit_addresses(&mut placed, facts);
    named_files(&place, paths, contents, &mut placed)?;
    certificate(host, contents, &mut placed)?;
    own_files(&place, facts, contents, &mut placed)?;

    host.make_directory(&paths.pending(), 0o700, "root", "root")?;
    let hashes = ObservedFile {
        content: contents.hashes().unwrap_or_default().to_vec(),
        mode: 0o600,
        owner: "root".into(),
        group: "root".into(),
    };
    host.write(&paths.pending_password_hashes(), &hashes)?;
    let hashes = pending::load_hashes(host, &paths.pending_password_hashes())?;
    pending::save(host, paths, &Pending { spec: placed.spec.clone(), hashes })?;
    Ok(placed)
}

fn kind_of(name: &str) -> Kind {
    // Members were judged when they were read.
    super::name::kind(name).unwrap_or(Kind::Papers)
}

/// Writes files; what would be lost is kept first.
struct Place<'a> {
    host: &'a dyn Host,
    kept: PathBuf,
}

impl Place<'_> {
    /// Writes `path`, making the folders between it and `root`.
    fn file(&self, path: &Path, root: &Path, folders: u32, content: &[u8], mode: u32) -> Result<(), BackupError> {
        let there = self.host.read(path)?;
        if there.as_ref().is_some_and(|there| there.content == content && there.mode == mode) {
            return Ok(());
        }
        if let Some(there) = there {
            let name = path.display().to_string().trim_start_matches('/').replace('%', "%25").replace('/', "%2F");
            self.host.make_directory(&self.kept, 0o700, "root", "root")?;
            self.host.write(&self.kept.join(name), &ObservedFile { mode: 0o600, ..there })?;
        }
        let between: Vec<&Path> = path.ancestors().skip(1).take_while(|folder| *folder != root).collect();
        for folder in between.into_iter().rev() {
            if self.host.directory(folder)?.is_none() {
                self.host.make_directory(folder, folders, "root", "root")?;
            }
        }
        let file = ObservedFile { content: content.to_vec(), mode, owner: "root".into(), group: "root".into() };
        Ok(self.host.write(path, &file)?)
    }
}

/// An address of the old machine is not one of this.
fn fit_addresses(placed: &mut Placed, facts: &Facts) {
    let has = |address: IpAddr| facts.addresses.interfaces.contains(&address);
    let network = &mut placed.spec.network;
    if let Some(old) = network.ipv4.filter(|old| !has((*old).into())) {
        network.ipv4 = None;
        placed.notes.push(address_note(&old.to_string(), facts.addresses.egress_ipv4.map(|new| new.to_string())));
    }
    if let Some(old) = network.ipv6.filter(|old| !has((*old).into())) {
        network.ipv6 = None;
        placed.notes.push(address_note(&old.to_string(), facts.addresses.egress_ipv6.map(|new| new.to_string())));
    }
}

fn address_note(old: &str, new: Option<String>) -> String {
    let new = new.unwrap_or_else(|| "none of that family".into());
    format!("The set-up named the address {old}, which this machine has not; it has {new}, and that is taken.")
}

/// Files that the wish names by path: those that are here are taken as they are, the others come from the backup.
fn named_files(place: &Place, paths: &Paths, contents: &Contents, placed: &mut Placed) -> Result<(), BackupError> {
    let (certificate, resolver) = (&mut placed.spec.certificate, &mut placed.spec.resolver);
    let relay = placed.spec.network.relay.iter_mut().map(|relay| &mut relay.password_file);
    let plain = [&mut resolver.root_hints, &mut resolver.trust_anchor, &mut certificate.root_file].into_iter();
    for named in plain.chain(relay).flatten() {
        bring(place, paths, contents, named, &mut placed.notes)?;
    }
    if certificate.method != CertificateMethod::Existing {
        return Ok(());
    }
    let (Some(chain), Some(key)) = (&mut certificate.chain_file, &mut certificate.key_file) else { return Ok(()) };
    if place.host.read(chain)?.is_none() || place.host.read(key)?.is_none() {
        let was = chain.display().to_string();
        for named in [chain, key] {
            bring(place, paths, contents, named, &mut Vec::new())?;
        }
        placed.notes.push(format!(
            "The certificate was renewed by something else, in '{was}', which is not here. Its copy serves until it \
             expires: set up there what renewed it, or choose certificate.method = \"acme-http\"."
        ));
    }
    Ok(())
}

/// Writes the backup's copy of a file that is not here to a folder of ours and points the wish to it.
fn bring(
    place: &Place,
    paths: &Paths,
    contents: &Contents,
    named: &mut PathBuf,
    notes: &mut Vec<String>,
) -> Result<(), BackupError> {
    if place.host.read(named)?.is_some() {
        return Ok(());
    }
    let member = format!("{NAMED}{}", named.display().to_string().trim_start_matches('/'));
    let (Some(small), Some(file_name)) = (contents.small.get(&member), named.file_name()) else { return Ok(()) };
    let to = paths.etc().join("files").join(file_name);
    place.file(&to, paths.etc(), 0o755, &small.content, small.mode & 0o644)?;
    notes.push(format!("'{}' is not here; the copy from the backup is '{}'.", named.display(), to.display()));
    *named = to;
    Ok(())
}

/// The certificate serves on, so that no port is without one and no CA has to be asked before the DNS leads here.
fn certificate(host: &dyn Host, contents: &Contents, placed: &mut Placed) -> Result<(), BackupError> {
    let wanted = stack(placed.spec.stack).certificate(&placed.spec);
    let member = |name: &str| contents.small.get(&format!("{CERTIFICATE}{}/{name}", placed.spec.hostname));
    let (Some(chain), Some(key)) = (member("fullchain.pem"), member("privkey.pem")) else { return Ok(()) };
    let key = Secret::new(String::from_utf8_lossy(&key.content).into_owned());
    let pair = CertificatePair::new(chain.content.clone(), key, &wanted.chain_file, &wanted.key_file);
    match pair {
        Ok(pair) if pair.info.is_valid_at(host.now()) => keys::install(host, &wanted, &pair)?,
        Ok(pair) => placed.notes.push(format!(
            "The certificate in the backup ended on {}: another one is needed.",
            pair.info.not_after.strftime("%Y-%m-%d")
        )),
        Err(error) => placed.notes.push(format!("The certificate in the backup cannot be used: {error}")),
    }
    Ok(())
}

/// The operator's own folder of a daemon. Settings for another Dovecot are put beside it, where nothing reads them.
fn own_files(place: &Place, facts: &Facts, contents: &Contents, placed: &mut Placed) -> Result<(), BackupError> {
    let folders = stack(placed.spec.stack).own_folders();
    let here = facts.packages.get("dovecot-core").and_then(|package| package.major_minor());
    let other_language = here.is_some() && contents.about.dovecot.is_some() && here != contents.about.dovecot;
    for (name, small) in &contents.small {
        let Some(rest) = name.strip_prefix(OWN) else { continue };
        let path = Path::new("/").join(rest);
        let Some(folder) = folders.iter().map(Path::new).find(|folder| path.starts_with(folder)) else { continue };
        let path = match contents.about.dovecot.filter(|_| other_language && rest.contains("dovecot")) {
            None => path,
            Some((major, minor)) => {
                let aside = path.with_added_extension(format!("from-{major}.{minor}"));
                let shown = crate::printable::printable(&path.display().to_string());
                placed.notes.push(format!(
                    "'{shown}' was written for Dovecot {major}.{minor}; it is kept as '{}' and not read. Carry over what you still need.",
                    crate::printable::printable(&aside.display().to_string())
                ));
                aside
            }
        };
        let parent = folder.parent().unwrap_or(Path::new("/"));
        place.file(&path, parent, 0o755, &small.content, small.mode)?;
    }
    Ok(())
}

/// Adds the mail, and the old history where it is in the backup, while nothing of it is there yet or beside what is.
/// `owner` is the uid and gid of mail. Gives how much was added, and how many files were there already.
pub fn place_mail(
    host: &dyn Host,
    paths: &Paths,
    spec: &Spec,
    path: &Path,
    key: &Key,
    owner: (u32, u32),
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(Progress, u64), BackupError> {
    let root = stack(spec.stack).mail_root();
    let (owner, group) = (owner.0.to_string(), owner.1.to_string());
    let mut mail =
        Folders { host, root, mode: 0o700, owner: &owner, group: &group, known: BTreeSet::new(), maildir: None };
    let old = paths.var().join("history-before-move");
    let mut history =
        Folders { host, root: &old, mode: 0o700, owner: "root", group: "root", known: BTreeSet::new(), maildir: None };
    let (mut done, mut there) = (Progress { files: 0, bytes: 0 }, 0);
    walk(host, path, key, &mut |member, content| {
        let (folders, rest) = match member.kind {
            Kind::Mail => (&mut mail, member.name.strip_prefix(super::name::MAIL)),
            Kind::History => (&mut history, member.name.strip_prefix(HISTORY)),
            _ => return Ok(()),
        };
        let Some(rest) = rest else { return Ok(()) };
        match folders.add(member, Path::new(rest), content).map_err(io::Error::other)? {
            Some(bytes) if member.kind == Kind::Mail => {
                done.files += 1;
                done.bytes += bytes;
                on_progress(done);
            }
            Some(_) => {}
            None => there += 1,
        }
        Ok(())
    })?;
    if done.files > 0 {
        let root = root.display().to_string();
        host.run(&CommandLine::new("sync", &["-f", &root]).timeout(std::time::Duration::from_secs(600)), &mut |_| ())?;
    }
    Ok((done, there))
}

/// A tree that files are added to.
struct Folders<'a> {
    host: &'a dyn Host,
    root: &'a Path,
    mode: u32,
    owner: &'a str,
    group: &'a str,
    /// Folders that are known to be there.
    known: BTreeSet<PathBuf>,
    /// The Maildir that was last looked at, with the lasting names of its messages.
    maildir: Option<(PathBuf, BTreeSet<String>)>,
}

impl Folders<'_> {
    /// Adds one file; `None` when it is there already.
    fn add(&mut self, member: &Member, rest: &Path, content: &mut dyn io::Read) -> Result<Option<u64>, HostError> {
        let to = self.root.join(rest);
        if let Some(folder) = to.parent() {
            self.make(folder)?;
        }
        if self.host.entry(&to)?.is_some() || self.is_there(&to)? {
            return Ok(None);
        }
        let file = NewFile {
            mode: 0o600,
            owner: self.owner.to_owned(),
            group: self.group.to_owned(),
            modified: i64::try_from(member.modified).ok(),
            synced: false,
        };
        let mut bytes = 0;
        self.host.write_from(&to, &file, &mut |mut out| {
            bytes = io::copy(content, &mut out)?;
            Ok(())
        })?;
        Ok(Some(bytes))
    }

    /// Whether a message is in its Maildir under another name: read, or with other flags.
    fn is_there(&mut self, message: &Path) -> Result<bool, HostError> {
        let Some((part, maildir)) = message.parent().and_then(|part| Some((part.file_name()?, part.parent()?))) else {
            return Ok(false);
        };
        if part != "cur" && part != "new" {
            return Ok(false);
        }
        if self.maildir.as_ref().is_none_or(|(known, _)| known != maildir) {
            let mut names = BTreeSet::new();
            for part in ["cur", "new"] {
                names.extend(self.host.list(&maildir.join(part))?.iter().map(|name| lasting(name).to_owned()));
            }
            self.maildir = Some((maildir.to_owned(), names));
        }
        let name = message.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(self.maildir.as_ref().is_some_and(|(_, names)| names.contains(lasting(&name))))
    }

    /// Makes the folders from the root on; what stands in the way and is no folder is an error, a link too.
    fn make(&mut self, folder: &Path) -> Result<(), HostError> {
        if self.known.contains(folder) {
            return Ok(());
        }
        let mut missing: Vec<&Path> = folder.ancestors().take_while(|at| at.starts_with(self.root)).collect();
        missing.reverse();
        for at in missing {
            match self.host.entry(at)?.map(|entry| entry.kind) {
                Some(EntryKind::Directory) => {}
                None => self.host.make_directory(at, self.mode, self.owner, self.group)?,
                Some(_) => {
                    let what = format!("'{}'", crate::printable::printable(&at.display().to_string()));
                    return Err(HostError::Unexpected { what, reason: "it is no folder".into() });
                }
            }
            self.known.insert(at.to_owned());
        }
        Ok(())
    }
}
