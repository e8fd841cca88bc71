//! Files and directories: nothing half-written is ever seen under its name.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, RenameFlags};

use crate::host::{EntryKind, HostError, NewFile, PathEntry, unfinished};
use crate::plan::ObservedFile;

/// The most that is read of one file.
const READ_LIMIT: u64 = 16 * 1024 * 1024;

fn failed(verb: &'static str, path: &Path) -> impl FnOnce(io::Error) -> HostError {
    move |source| HostError::File { verb, path: path.to_owned(), source }
}

/// `None` where the error says that there is nothing.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e),
    }
}

pub(super) fn read(path: &Path) -> Result<Option<ObservedFile>, HostError> {
    let Some(file) = if_there(File::open(path)).map_err(failed("read", path))? else { return Ok(None) };
    let about = file.metadata().map_err(failed("read", path))?;
    if !about.is_file() {
        return Err(HostError::NotAFile(path.to_owned()));
    }
    // One byte more than there is shows its end without another round of growing.
    let mut content = Vec::with_capacity(about.len().min(READ_LIMIT) as usize + 1);
    file.take(READ_LIMIT + 1).read_to_end(&mut content).map_err(failed("read", path))?;
    if content.len() as u64 > READ_LIMIT {
        return Err(HostError::Unexpected {
            what: format!("'{}'", path.display()),
            reason: "it is larger than 16 MiB".into(),
        });
    }
    Ok(Some(ObservedFile {
        content,
        mode: about.mode() & 0o7777,
        owner: user_name(about.uid()),
        group: group_name(about.gid()),
    }))
}

pub(super) fn open(path: &Path) -> Result<Option<Box<dyn Read + Send>>, HostError> {
    let file = if_there(File::open(path)).map_err(failed("read", path))?;
    Ok(file.map(|file| Box::new(file) as Box<dyn Read + Send>))
}

pub(super) fn write(path: &Path, file: &ObservedFile) -> Result<(), HostError> {
    let about =
        NewFile { mode: file.mode, owner: file.owner.clone(), group: file.group.clone(), modified: None, synced: true };
    write_from(path, &about, &mut |new| new.write_all(&file.content))
}

pub(super) fn write_from(
    path: &Path,
    file: &NewFile,
    fill: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> Result<(), HostError> {
    let (uid, gid) = (user_id(&file.owner)?, group_id(&file.group)?);
    let unfinished = unfinished(path);
    let make = || {
        // Made afresh and exclusively: a folder may belong to a daemon, and a link planted there is not followed.
        let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        fill(&mut new)?;
        std::os::unix::fs::fchown(&new, Some(uid), Some(gid))?;
        new.set_permissions(Permissions::from_mode(file.mode))?;
        if let Some(modified) = file.modified {
            let since = Duration::from_secs(u64::try_from(modified).unwrap_or(0));
            new.set_modified(SystemTime::UNIX_EPOCH + since)?;
        }
        if file.synced { new.sync_all() } else { Ok(()) }
    };
    replace(path, &unfinished, file.synced, make)
}

pub(super) fn entry(path: &Path) -> Result<Option<PathEntry>, HostError> {
    let found = if_there(fs::symlink_metadata(path)).map_err(failed("looked at", path))?;
    let Some(about) = found else { return Ok(None) };
    let kind = match about.file_type() {
        kind if kind.is_file() => EntryKind::File(about.len()),
        kind if kind.is_dir() => EntryKind::Directory,
        kind if kind.is_symlink() => EntryKind::Link(fs::read_link(path).map_err(failed("read", path))?),
        _ => EntryKind::Other,
    };
    Ok(Some(PathEntry {
        kind,
        mode: about.mode() & 0o7777,
        owner: user_name(about.uid()),
        group: group_name(about.gid()),
        modified: about.mtime(),
    }))
}

pub(super) fn rename(from: &Path, to: &Path) -> Result<(), HostError> {
    let attempt = || {
        rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?;
        sync_folder(to)?;
        sync_folder(from)
    };
    attempt().map_err(failed("moved", from))
}

pub(super) fn link(path: &Path, target: &Path) -> Result<(), HostError> {
    let unfinished = unfinished(path);
    replace(path, &unfinished, true, || std::os::unix::fs::symlink(target, &unfinished))
}

fn replace(
    path: &Path,
    unfinished: &Path,
    synced: bool,
    make: impl FnOnce() -> io::Result<()>,
) -> Result<(), HostError> {
    let attempt = || {
        if_there(fs::remove_file(unfinished))?;
        make()?;
        fs::rename(unfinished, path)?;
        if synced { sync_folder(path) } else { Ok(()) }
    };
    attempt().map_err(|e| {
        // What is left of the attempt would only take up room on a disk that may be full.
        drop(fs::remove_file(unfinished));
        failed("written", path)(e)
    })
}

fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

pub(super) fn remove(path: &Path) -> Result<(), HostError> {
    if_there(fs::remove_file(unfinished(path))).map_err(failed("removed", path))?;
    if if_there(fs::remove_file(path)).map_err(failed("removed", path))?.is_some() {
        sync_folder(path).map_err(failed("removed", path))?;
    }
    Ok(())
}

pub(super) fn append(path: &Path, bytes: &[u8], mode: u32) -> Result<(), HostError> {
    let attempt = || {
        let mut file = OpenOptions::new().append(true).create(true).mode(mode).open(path)?;
        let before = file.metadata()?.len();
        file.write_all(bytes).and_then(|()| file.sync_data()).inspect_err(|_| {
            // Half a line would spoil the next one.
            drop(file.set_len(before));
        })
    };
    attempt().map_err(failed("written", path))
}

pub(super) fn link_target(path: &Path) -> Result<Option<PathBuf>, HostError> {
    match fs::read_link(path) {
        // EINVAL: it is there and no link.
        Err(e) if e.kind() == io::ErrorKind::InvalidInput => Ok(None),
        other => if_there(other).map_err(failed("read", path)),
    }
}

pub(super) fn make_directory(path: &Path, mode: u32, owner: &str, group: &str) -> Result<(), HostError> {
    let (uid, gid) = (user_id(owner)?, group_id(group)?);
    let attempt = || {
        DirBuilder::new().recursive(true).mode(0o755).create(path)?;
        std::os::unix::fs::chown(path, Some(uid), Some(gid))?;
        fs::set_permissions(path, Permissions::from_mode(mode))?;
        sync_folder(path)
    };
    attempt().map_err(failed("made", path))
}

pub(super) fn directory(path: &Path) -> Result<Option<(u32, String, String)>, HostError> {
    let Some(about) = if_there(fs::metadata(path)).map_err(failed("looked at", path))? else { return Ok(None) };
    if !about.is_dir() {
        return Err(HostError::Unexpected {
            what: format!("'{}'", path.display()),
            reason: "it is no directory".into(),
        });
    }
    Ok(Some((about.mode() & 0o7777, user_name(about.uid()), group_name(about.gid()))))
}

pub(super) fn remove_empty_directory(path: &Path) -> Result<bool, HostError> {
    match if_there(fs::remove_dir(path)) {
        Ok(_) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
        Err(e) => Err(failed("removed", path)(e)),
    }
}

pub(super) fn list(path: &Path) -> Result<Vec<String>, HostError> {
    let Some(entries) = if_there(fs::read_dir(path)).map_err(failed("read", path))? else { return Ok(Vec::new()) };
    let mut names = entries
        .map(|entry| entry.map(|e| String::from_utf8_lossy(e.file_name().as_bytes()).into_owned()))
        .collect::<io::Result<Vec<_>>>()
        .map_err(failed("read", path))?;
    names.sort_unstable();
    Ok(names)
}

fn user_name(uid: u32) -> String {
    static KNOWN: Names = Names::new(BTreeMap::new());
    name(&KNOWN, uid, |uid| Some(uzers::get_user_by_uid(uid)?.name().to_string_lossy().into_owned()))
}

fn group_name(gid: u32) -> String {
    static KNOWN: Names = Names::new(BTreeMap::new());
    name(&KNOWN, gid, |gid| Some(uzers::get_group_by_gid(gid)?.name().to_string_lossy().into_owned()))
}

/// Names that were looked up: a server of many domains has thousands of files, and few owners.
type Names = Mutex<BTreeMap<u32, String>>;

/// The name of a number; the number itself where it has none, and is looked up again the next time: installing a package
/// may give it one.
fn name(known: &Names, number: u32, look_up: impl FnOnce(u32) -> Option<String>) -> String {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(name) = known.get(&number) {
        return name.clone();
    }
    match look_up(number) {
        Some(name) => known.entry(number).or_insert(name).clone(),
        None => number.to_string(),
    }
}

/// A name, or the number where the owner had none.
fn user_id(owner: &str) -> Result<u32, HostError> {
    let named = uzers::get_user_by_name(owner).map(|u| u.uid());
    named.or_else(|| owner.parse().ok()).ok_or_else(|| HostError::NoUser(owner.to_owned()))
}

fn group_id(group: &str) -> Result<u32, HostError> {
    let named = uzers::get_group_by_name(group).map(|g| g.gid());
    named.or_else(|| group.parse().ok()).ok_or_else(|| HostError::NoUser(group.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mine(content: &str, mode: u32) -> ObservedFile {
        ObservedFile {
            content: content.into(),
            mode,
            owner: user_name(uzers::get_effective_uid()),
            group: group_name(uzers::get_effective_gid()),
        }
    }

    #[test]
    fn what_is_written_is_read_back_with_mode_and_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.cf");
        assert_eq!(read(&path).unwrap(), None);
        for file in [mine("one", 0o640), mine("two, longer", 0o600)] {
            write(&path, &file).unwrap();
            assert_eq!(read(&path).unwrap(), Some(file));
        }
        assert_eq!(list(folder.path()).unwrap(), ["main.cf"], "no temporary file is left");
    }

    #[test]
    fn what_is_filled_piece_by_piece_has_its_time_and_leaves_nothing_when_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.host,S=5");
        let me = mine("", 0o600);
        let about =
            NewFile { mode: 0o600, owner: me.owner, group: me.group, modified: Some(1_000_000_000), synced: false };
        write_from(&path, &about, &mut |new| new.write_all(b"he").and_then(|()| new.write_all(b"llo"))).unwrap();
        let found = entry(&path).unwrap().unwrap();
        assert_eq!((found.kind, found.modified, found.mode), (EntryKind::File(5), 1_000_000_000, 0o600));
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        write_from(&path, &about, &mut |new| new.write_all(b"half").and(Err(full()))).unwrap_err();
        assert_eq!(read(&path).unwrap().unwrap().content, b"hello");
        assert_eq!(list(folder.path()).unwrap(), ["1.host,S=5"]);
    }

    #[test]
    fn a_move_never_takes_the_place_of_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        let me = mine("", 0o700);
        make_directory(&a, 0o700, &me.owner, &me.group).unwrap();
        make_directory(&b, 0o700, &me.owner, &me.group).unwrap();
        rename(&a, &b).unwrap_err();
        remove_empty_directory(&b).unwrap();
        rename(&a, &b).unwrap();
        assert_eq!((entry(&a).unwrap(), entry(&b).unwrap().unwrap().kind), (None, EntryKind::Directory));
    }

    #[test]
    fn a_link_is_replaced_and_its_target_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (real, name) = (folder.path().join("real"), folder.path().join("resolv.conf"));
        write(&real, &mine("theirs", 0o644)).unwrap();
        link(&name, &real).unwrap();
        assert_eq!(link_target(&name).unwrap(), Some(real.clone()));
        write(&name, &mine("ours", 0o644)).unwrap();
        assert_eq!(link_target(&name).unwrap(), None);
        assert_eq!(read(&real).unwrap().unwrap().content, b"theirs");
        link(&name, &real).unwrap();
        assert_eq!(read(&name).unwrap().unwrap().content, b"theirs");
    }

    #[test]
    fn a_link_planted_under_the_temporary_name_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, path) = (folder.path().join("victim"), folder.path().join("key"));
        write(&victim, &mine("precious", 0o644)).unwrap();
        std::os::unix::fs::symlink(&victim, unfinished(&path)).unwrap();
        write(&path, &mine("secret", 0o600)).unwrap();
        assert_eq!(read(&victim).unwrap().unwrap().content, b"precious");
    }

    #[test]
    fn removing_takes_what_a_kill_left_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        write(&unfinished(&path), &mine("half", 0o600)).unwrap();
        remove(&path).unwrap();
        remove(&path).unwrap();
        assert_eq!(list(folder.path()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn directories_are_made_with_their_parents_and_removed_only_when_empty() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        let me = mine("", 0o600);
        make_directory(&inner, 0o700, &me.owner, &me.group).unwrap();
        assert_eq!(directory(&inner).unwrap(), Some((0o700, me.owner.clone(), me.group.clone())));
        append(&inner.join("journal"), b"line\n", 0o600).unwrap();
        append(&inner.join("journal"), b"line\n", 0o600).unwrap();
        assert!(!remove_empty_directory(&inner).unwrap());
        assert_eq!(read(&inner.join("journal")).unwrap().unwrap().content, b"line\nline\n");
        remove(&inner.join("journal")).unwrap();
        assert!(remove_empty_directory(&inner).unwrap());
        assert_eq!(directory(&inner).unwrap(), None);
    }

    #[test]
    fn an_owner_who_does_not_exist_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = ObservedFile { owner: "nobody-by-this-name".into(), ..mine("", 0o600) };
        let sentence = write(&folder.path().join("x"), &file).unwrap_err().to_string();
        assert_eq!(sentence, "there is no user or group 'nobody-by-this-name' on this machine");
    }
}
