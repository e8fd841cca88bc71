//! The machine behind one trait: files, commands, users, sockets. [`RealHost`] acts on this machine, unit tests use a fake that
//! keeps everything in memory; only here may `std::fs`, `std::process` and the environment be used.

#![allow(clippy::disallowed_methods, reason = "this is where they belong")]

pub mod environment;
mod error;
#[cfg(test)]
pub mod fake;
pub mod firewall;
pub mod gather;
mod log_cores;
pub mod logs;
mod observe;
pub mod real;

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::HostError;
#[cfg(test)]
pub use fake::FakeHost;
pub use gather::{distribution, gather};
pub use log_cores::on_all_cores;
pub use observe::observe;
pub use real::RealHost;

use crate::facts::{Disk, Listener};
use crate::plan::ObservedFile;
use crate::stacks::CommandLine;

/// What a command did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommandOutput {
    /// Exit code; 128 + n when a signal ended it.
    pub code: i32,
    /// Standard output, lossy UTF-8, at most 1 MiB.
    pub stdout: String,
    /// Standard error, lossy UTF-8, at most 1 MiB.
    pub stderr: String,
}

impl CommandOutput {
    /// Whether it ended with 0.
    pub fn succeeded(&self) -> bool {
        self.code == 0
    }
}

/// What stands at a path; a link is not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathEntry {
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits.
    pub mode: u32,
    /// Owner's name, or its number where it has none.
    pub owner: String,
    /// Group's name, or its number.
    pub group: String,
    /// When its content was last changed, seconds since 1970.
    pub modified: i64,
}

/// The kinds of things at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A file of so many bytes.
    File(u64),
    /// A directory.
    Directory,
    /// A link, and where it points.
    Link(PathBuf),
    /// A socket, a pipe, a device.
    Other,
}

/// How a file is to be that [`Host::write_from`] fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// Permission bits.
    pub mode: u32,
    /// Owner's name, or its number.
    pub owner: String,
    /// Group's name, or its number.
    pub group: String,
    /// The time to set as that of the last change, seconds since 1970.
    pub modified: Option<i64>,
    /// Whether it is synced before it gets its name; one of very many files is not, and the caller syncs them together.
    pub synced: bool,
}

/// A lock that is held until this is dropped.
pub trait LockGuard: Send {}

/// What came of asking for a lock.
pub enum Lock {
    /// It is ours until the guard is dropped.
    Held(Box<dyn LockGuard>),
    /// Another process holds it; what it wrote into the lock file about itself.
    HeldByOther(String),
}

/// The suffix of the file that [`Host::write`] fills before it is renamed; one is left behind only by a kill.
pub const UNFINISHED_SUFFIX: &str = ".mailwizard-new";

/// The file that [`Host::write`] and [`Host::link`] fill before `path` is replaced.
pub fn unfinished(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(UNFINISHED_SUFFIX);
    path.with_file_name(name)
}

/// A machine. Blocking; front ends call it from `spawn_blocking`.
pub trait Host: Send + Sync {
    /// A file's content and ownership; `None` when it does not exist. Follows links. At most 16 MiB.
    fn read(&self, path: &Path) -> Result<Option<ObservedFile>, HostError>;
    /// Opens a file of any length to be read from the beginning; `None` when it does not exist.
    fn open(&self, path: &Path) -> Result<Option<Box<dyn Read + Send>>, HostError>;
    /// Replaces a file: temporary file in the same folder, owner and mode set, fsync, rename, fsync of the folder.
    fn write(&self, path: &Path, file: &ObservedFile) -> Result<(), HostError>;
    /// Replaces a file like [`Host::write`] by what `fill` writes, in bounded memory. When `fill` fails, nothing is left
    /// of the attempt.
    fn write_from(
        &self,
        path: &Path,
        file: &NewFile,
        fill: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), HostError>;
    /// What stands at a path, links not followed; `None` when nothing does.
    fn entry(&self, path: &Path) -> Result<Option<PathEntry>, HostError>;
    /// Gives a file or directory another name on the same file system. Never takes the place of what is there.
    fn rename(&self, from: &Path, to: &Path) -> Result<(), HostError>;
    /// Removes a file or link, and what an interrupted [`Host::write`] left beside it; not an error when neither exists.
    fn remove(&self, path: &Path) -> Result<(), HostError>;
    /// Makes `path` a symbolic link to `target`, in one step (rename) where a file or link is there already: a chain
    /// and its key in one folder can so be exchanged together.
    fn link(&self, path: &Path, target: &Path) -> Result<(), HostError>;
    /// Appends to a file and syncs it; makes it with `mode` when it does not exist.
    fn append(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), HostError>;
    /// Where a symbolic link points; `None` when `path` is no link or does not exist.
    fn link_target(&self, path: &Path) -> Result<Option<PathBuf>, HostError>;
    /// Makes a directory with its parents and sets mode and owner of the last one.
    fn make_directory(&self, path: &Path, mode: u32, owner: &str, group: &str) -> Result<(), HostError>;
    /// Mode, owner and group of a directory; `None` when it does not exist.
    fn directory(&self, path: &Path) -> Result<Option<(u32, String, String)>, HostError>;
    /// Removes a directory if it is empty; `false` when something is in it.
    fn remove_empty_directory(&self, path: &Path) -> Result<bool, HostError>;
    /// Names in a directory, sorted; empty when it does not exist.
    fn list(&self, path: &Path) -> Result<Vec<String>, HostError>;
    /// Runs a command; every line it prints goes to `on_line` as it comes. A time-out kills it and is an error; a
    /// non-zero exit is not.
    fn run(&self, command: &CommandLine, on_line: &mut dyn FnMut(&str)) -> Result<CommandOutput, HostError>;
    /// The path of a program, looked for in PATH and the sbin folders.
    fn which(&self, program: &str) -> Option<PathBuf>;
    /// Whether a user of this name exists.
    fn has_user(&self, name: &str) -> bool {
        self.user_ids(name).is_some()
    }
    /// Uid and primary gid of a user.
    fn user_ids(&self, name: &str) -> Option<(u32, u32)>;
    /// Listening TCP sockets with their processes.
    fn listeners(&self) -> Result<Vec<Listener>, HostError>;
    /// Addresses of the interfaces that are neither loopback nor link-local.
    fn interface_addresses(&self) -> Result<Vec<IpAddr>, HostError>;
    /// The source address that this machine would use towards `target`, by a UDP connect(), which sends nothing.
    fn egress(&self, target: IpAddr) -> Option<IpAddr>;
    /// Whether a TCP connection to `address` is accepted within `timeout`.
    fn accepts_tcp(&self, address: SocketAddr, timeout: Duration) -> bool;
    /// Whether a connection to the Unix socket at `path` is accepted.
    fn accepts_unix(&self, path: &Path) -> bool;
    /// Takes the lock of this file, writing `about_us` into it, or says who holds it. Never waits.
    fn lock(&self, path: &Path, about_us: &str) -> Result<Lock, HostError>;
    /// The path of this program.
    fn program(&self) -> Option<PathBuf>;
    /// An environment variable of this process.
    fn environment(&self, name: &str) -> Option<String>;
    /// Waits.
    fn sleep(&self, duration: Duration);
    /// Whether two folders are, or would be, on one file system, so that [`Host::rename`] leads from one to the other.
    fn same_file_system(&self, one: &Path, other: &Path) -> Result<bool, HostError>;
    /// Space on the file system that holds `path`, or would.
    fn disk(&self, path: &Path) -> Result<Disk, HostError>;
    /// Whether the effective user is root.
    fn is_root(&self) -> bool;
    /// Now.
    fn now(&self) -> jiff::Timestamp;
}
