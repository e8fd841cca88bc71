//! A machine in memory for unit tests: files, scripted commands, recorded calls, and failures on order.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::{CommandOutput, EntryKind, Host, HostError, Lock, LockGuard, NewFile, PathEntry, unfinished};
use crate::facts::{Disk, Listener};
use crate::plan::ObservedFile;
use crate::stacks::CommandLine;

/// What a scripted command does to the machine and prints.
type Script = Box<dyn Fn(&CommandLine, &mut Machine) -> CommandOutput + Send + Sync>;

/// Everything that the fake machine consists of; tests read and change it through [`FakeHost::machine`].
#[derive(Clone, Default)]
pub struct Machine {
    /// Files by path.
    pub files: BTreeMap<PathBuf, ObservedFile>,
    /// Symbolic links by path.
    pub links: BTreeMap<PathBuf, PathBuf>,
    /// Directories: mode, owner, group.
    pub directories: BTreeMap<PathBuf, (u32, String, String)>,
    /// When files were last changed, where that was set; otherwise the clock's beginning.
    pub modified: BTreeMap<PathBuf, i64>,
    /// Users: uid and gid.
    pub users: BTreeMap<String, (u32, u32)>,
    /// Programs that are there.
    pub programs: BTreeSet<String>,
    /// Every command that was run, in order.
    pub commands: Vec<CommandLine>,
    /// What listens.
    pub listeners: Vec<Listener>,
    /// Addresses of interfaces.
    pub addresses: Vec<IpAddr>,
    /// TCP ports that accept a connection.
    pub open_ports: BTreeSet<u16>,
    /// Unix sockets that accept a connection.
    pub open_sockets: BTreeSet<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<String, String>,
    /// Locks that another process holds, with what it wrote.
    pub foreign_locks: BTreeMap<PathBuf, String>,
    /// Seconds since 1970; [`Host::sleep`] moves it on.
    pub clock: i64,
    /// Space for anything that is asked about.
    pub disk_available: u64,
    /// Not root when set.
    pub ordinary_user: bool,
    /// Writes that still fit on the disk; no limit when `None`.
    pub writes_until_full: Option<u32>,
    /// Changes that still happen before the process is killed; never when `None`.
    pub changes_until_kill: Option<u32>,
    /// Changes made so far.
    pub changes: u32,
    killed: bool,
}

/// The machine in memory.
#[derive(Clone, Default)]
pub struct FakeHost {
    machine: Arc<Mutex<Machine>>,
    scripts: Arc<Mutex<BTreeMap<String, Script>>>,
    held: Arc<Mutex<BTreeSet<PathBuf>>>,
}

struct FakeLock(Arc<Mutex<BTreeSet<PathBuf>>>, PathBuf);

impl LockGuard for FakeLock {}

impl Drop for FakeLock {
    fn drop(&mut self) {
        self.0.lock().unwrap().remove(&self.1);
    }
}

impl Machine {
    /// Puts a file of root's there.
    pub fn put(&mut self, path: &str, content: &str) {
        self.files.insert(path.into(), root_file(content, 0o644));
    }

    /// The content of a file.
    pub fn text(&self, path: &str) -> Option<String> {
        self.files.get(Path::new(path)).map(|f| String::from_utf8(f.content.clone()).unwrap())
    }

    /// How often a command that begins with `words` was run.
    pub fn runs(&self, words: &str) -> usize {
        self.commands.iter().filter(|c| c.to_string().starts_with(words)).count()
    }

    /// The process comes to life again after a kill.
    pub fn revive(&mut self) {
        self.killed = false;
        self.changes_until_kill = None;
        self.writes_until_full = None;
    }

    /// The path with the links on its way followed, as the kernel does.
    fn resolved(&self, path: &Path) -> PathBuf {
        let mut path = path.to_owned();
        for _ in 0..8 {
            let link = path.ancestors().find_map(|at| Some((at.to_owned(), self.links.get(at)?.clone())));
            let Some((at, target)) = link else { break };
            let rest = path.strip_prefix(&at).unwrap().to_owned();
            let target = at.parent().unwrap().join(target);
            path = if rest.as_os_str().is_empty() { target } else { target.join(rest) };
        }
        path
    }

    fn alive(&self) -> Result<(), HostError> {
        if self.killed { Err(dead()) } else { Ok(()) }
    }

    /// Called before each change.
    fn change(&mut self) -> Result<(), HostError> {
        self.alive()?;
        if let Some(left) = &mut self.changes_until_kill {
            let Some(fewer) = left.checked_sub(1) else {
                self.killed = true;
                return Err(dead());
            };
            *left = fewer;
        }
        self.changes += 1;
        Ok(())
    }

    fn space(&mut self, path: &Path) -> Result<(), HostError> {
        match self.writes_until_full.as_mut() {
            Some(0) => Err(HostError::File {
                verb: "written",
                path: path.to_owned(),
                source: io::Error::from(io::ErrorKind::StorageFull),
            }),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }
}

fn dead() -> HostError {
    HostError::Unexpected { what: "this process".into(), reason: "it was killed".into() }
}

/// A file of root's.
pub fn root_file(content: &str, mode: u32) -> ObservedFile {
    ObservedFile { content: content.into(), mode, owner: "root".into(), group: "root".into() }
}

/// A command that went well and printed this.
pub fn printed(text: &str) -> CommandOutput {
    CommandOutput { code: 0, stdout: text.to_owned(), stderr: String::new() }
}

impl FakeHost {
    /// The machine's insides.
    pub fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap()
    }

    /// Another machine in the same state with the same programs.
    pub fn fork(&self) -> Self {
        Self {
            machine: Arc::new(Mutex::new(self.machine().clone())),
            scripts: self.scripts.clone(),
            held: Arc::default(),
        }
    }

    /// Makes a program exist that does this.
    pub fn script(
        &self,
        program: &str,
        script: impl Fn(&CommandLine, &mut Machine) -> CommandOutput + Send + Sync + 'static,
    ) {
        self.machine().programs.insert(program.to_owned());
        self.scripts.lock().unwrap().insert(program.to_owned(), Box::new(script));
    }
}

impl Host for FakeHost {
    fn read(&self, path: &Path) -> Result<Option<ObservedFile>, HostError> {
        let machine = self.machine();
        machine.alive()?;
        Ok(machine.files.get(&machine.resolved(path)).cloned())
    }

    fn open(&self, path: &Path) -> Result<Option<Box<dyn io::Read + Send>>, HostError> {
        Ok(self.read(path)?.map(|file| Box::new(io::Cursor::new(file.content)) as Box<dyn io::Read + Send>))
    }

    fn write(&self, path: &Path, file: &ObservedFile) -> Result<(), HostError> {
        let mut machine = self.machine();
        machine.change()?;
        machine.space(path)?;
        machine.files.insert(unfinished(path), file.clone());
        machine.change()?;
        machine.files.remove(&unfinished(path));
        machine.links.remove(path);
        machine.files.insert(path.to_owned(), file.clone());
        Ok(())
    }

    fn write_from(
        &self,
        path: &Path,
        file: &NewFile,
        fill: &mut dyn FnMut(&mut dyn io::Write) -> io::Result<()>,
    ) -> Result<(), HostError> {
        let mut content = Vec::new();
        let failed = |source| HostError::File { verb: "written", path: path.to_owned(), source };
        fill(&mut content).map_err(failed)?;
        let whole = ObservedFile { content, mode: file.mode, owner: file.owner.clone(), group: file.group.clone() };
        self.write(path, &whole)?;
        self.machine().modified.extend(file.modified.map(|modified| (path.to_owned(), modified)));
        Ok(())
    }

    fn entry(&self, path: &Path) -> Result<Option<PathEntry>, HostError> {
        let machine = self.machine();
        machine.alive()?;
        let modified = machine.modified.get(path).copied().unwrap_or(0);
        if let Some(target) = machine.links.get(path) {
            let kind = EntryKind::Link(target.clone());
            return Ok(Some(PathEntry { kind, mode: 0o777, owner: "root".into(), group: "root".into(), modified }));
        }
        if let Some(file) = machine.files.get(path) {
            let kind = EntryKind::File(file.content.len() as u64);
            let (owner, group) = (file.owner.clone(), file.group.clone());
            return Ok(Some(PathEntry { kind, mode: file.mode, owner, group, modified }));
        }
        let inside = |p: &PathBuf| p != path && p.starts_with(path);
        let implied = || (0o755, "root".to_owned(), "root".to_owned());
        let made = machine.directories.get(path).cloned();
        let found = made.or_else(|| machine.files.keys().any(inside).then(implied));
        Ok(found.map(|(mode, owner, group)| PathEntry { kind: EntryKind::Directory, mode, owner, group, modified }))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), HostError> {
        let mut machine = self.machine();
        machine.change()?;
        let exists = |p: &Path| machine.files.keys().chain(machine.directories.keys()).any(|k| k.starts_with(p));
        let refused =
            |kind| Err(HostError::File { verb: "moved", path: from.to_owned(), source: io::Error::from(kind) });
        if exists(to) {
            return refused(io::ErrorKind::AlreadyExists);
        }
        if !exists(from) {
            return refused(io::ErrorKind::NotFound);
        }
        let moved = |path: &Path| match path.strip_prefix(from) {
            Ok(rest) if rest.as_os_str().is_empty() => to.to_owned(),
            Ok(rest) => to.join(rest),
            Err(_) => path.to_owned(),
        };
        machine.files = std::mem::take(&mut machine.files).into_iter().map(|(p, f)| (moved(&p), f)).collect();
        machine.directories =
            std::mem::take(&mut machine.directories).into_iter().map(|(p, d)| (moved(&p), d)).collect();
        machine.modified = std::mem::take(&mut machine.modified).into_iter().map(|(p, m)| (moved(&p), m)).collect();
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), HostError> {
        let mut machine = self.machine();
        machine.change()?;
        machine.files.remove(&unfinished(path));
        machine.links.remove(path);
        machine.files.remove(path);
        Ok(())
    }

    fn append(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), HostError> {
        let mut machine = self.machine();
        machine.change()?;
        machine.space(path)?;
        machine.files.entry(path.to_owned()).or_insert_with(|| root_file("", mode)).content.extend_from_slice(bytes);
        Ok(())
    }

    fn link_target(&self, path: &Path) -> Result<Option<PathBuf>, HostError> {
        Ok(self.machine().links.get(path).cloned())
    }

    fn link(&self, path: &Path, target: &Path) -> Result<(), HostError> {
        let mut machine = self.machine();
        machine.change()?;
        machine.files.remove(&unfinished(path));
        machine.files.remove(path);
        machine.links.insert(path.to_owned(), target.to_owned());
        Ok(())
    }

    fn make_directory(&self, path: &Path, mode: u32, owner: &str, group: &str) -> Result<(), HostError> {
        let mut machine = self.machine();
        machine.change()?;
        machine.directories.insert(path.to_owned(), (mode, owner.to_owned(), group.to_owned()));
        Ok(())
    }

    fn directory(&self, path: &Path) -> Result<Option<(u32, String, String)>, HostError> {
        Ok(self.machine().directories.get(path).cloned())
    }

    fn remove_empty_directory(&self, path: &Path) -> Result<bool, HostError> {
        let mut machine = self.machine();
        machine.change()?;
        let inside = |p: &PathBuf| p != path && p.starts_with(path);
        if machine.files.keys().any(inside) || machine.directories.keys().any(inside) {
            return Ok(false);
        }
        machine.directories.remove(path);
        Ok(true)
    }

    fn list(&self, path: &Path) -> Result<Vec<String>, HostError> {
        let machine = self.machine();
        let below = machine.files.keys().chain(machine.links.keys()).chain(machine.directories.keys());
        let names: BTreeSet<String> = below
            .filter_map(|p| p.strip_prefix(path).ok()?.components().next())
            .map(|c| c.as_os_str().to_str().unwrap().to_owned())
            .collect();
        Ok(names.into_iter().collect())
    }

    fn run(&self, command: &CommandLine, on_line: &mut dyn FnMut(&str)) -> Result<CommandOutput, HostError> {
        let mut machine = self.machine();
        machine.change()?;
        machine.commands.push(command.clone());
        let scripts = self.scripts.lock().unwrap();
        let script = scripts.get(&command.program).ok_or_else(|| HostError::NoProgram(command.program.clone()))?;
        let output = script(command, &mut machine);
        drop(machine);
        output.stdout.lines().chain(output.stderr.lines()).for_each(on_line);
        Ok(output)
    }

    fn which(&self, program: &str) -> Option<PathBuf> {
        self.machine().programs.contains(program).then(|| Path::new("/usr/bin").join(program))
    }

    fn user_ids(&self, name: &str) -> Option<(u32, u32)> {
        self.machine().users.get(name).copied()
    }

    fn listeners(&self) -> Result<Vec<Listener>, HostError> {
        Ok(self.machine().listeners.clone())
    }

    fn interface_addresses(&self) -> Result<Vec<IpAddr>, HostError> {
        Ok(self.machine().addresses.clone())
    }

    fn egress(&self, target: IpAddr) -> Option<IpAddr> {
        self.machine().addresses.iter().find(|a| a.is_ipv4() == target.is_ipv4()).copied()
    }

    fn accepts_tcp(&self, address: SocketAddr, _timeout: Duration) -> bool {
        self.machine().open_ports.contains(&address.port())
    }

    fn accepts_unix(&self, path: &Path) -> bool {
        self.machine().open_sockets.contains(path)
    }

    fn lock(&self, path: &Path, _about_us: &str) -> Result<Lock, HostError> {
        if let Some(holder) = self.machine().foreign_locks.get(path) {
            return Ok(Lock::HeldByOther(holder.clone()));
        }
        if !self.held.lock().unwrap().insert(path.to_owned()) {
            return Ok(Lock::HeldByOther("this process".into()));
        }
        Ok(Lock::Held(Box::new(FakeLock(self.held.clone(), path.to_owned()))))
    }

    fn program(&self) -> Option<PathBuf> {
        Some("/usr/local/bin/mailwizard".into())
    }

    fn environment(&self, name: &str) -> Option<String> {
        self.machine().environment.get(name).cloned()
    }

    fn sleep(&self, duration: Duration) {
        self.machine().clock += i64::try_from(duration.as_secs()).unwrap().max(1);
    }

    fn same_file_system(&self, _one: &Path, _other: &Path) -> Result<bool, HostError> {
        Ok(true)
    }
    fn disk(&self, path: &Path) -> Result<Disk, HostError> {
        let available = self.machine().disk_available;
        Ok(Disk { path: path.to_owned(), total: available * 2, available, inodes_free_percent: 90 })
    }

    fn is_root(&self) -> bool {
        !self.machine().ordinary_user
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::from_second(self.machine().clock).unwrap()
    }
}
