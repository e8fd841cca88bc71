//! The machine behind one trait: files, commands, users, sockets. [`RealHost`](real) acts on this machine, the fake
//! keeps everything in memory; only here may `std::fs`, `std::process` and the environment be used.

mod error;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

pub use error::HostError;

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

/// A machine. Blocking; front ends call it from `spawn_blocking`.
pub trait Host: Send + Sync {
    /// A file's content and ownership; `None` when it does not exist. Follows links. At most 16 MiB.
    fn read(&self, path: &Path) -> Result<Option<ObservedFile>, HostError>;
    /// Replaces a file: temporary file in the same folder, owner and mode set, fsync, rename, fsync of the folder.
    fn write(&self, path: &Path, file: &ObservedFile) -> Result<(), HostError>;
    /// Removes a file; not an error when it does not exist.
    fn remove(&self, path: &Path) -> Result<(), HostError>;
    /// Makes `path` a symbolic link to `target`, in one step (rename) where a file or link is there already: a chain
    /// and its key in one folder can so be exchanged together.
    fn link(&self, path: &Path, target: &Path) -> Result<(), HostError>;
    /// Appends to a file and syncs it; makes it with `mode` when it does not exist.
    fn append(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), HostError>;
    /// Makes a directory with its parents and sets mode and owner of the last one.
    fn make_directory(&self, path: &Path, mode: u32, owner: &str, group: &str) -> Result<(), HostError>;
    /// Mode, owner and group of a directory; `None` when it does not exist.
    fn directory(&self, path: &Path) -> Result<Option<(u32, String, String)>, HostError>;
    /// Names in a directory, sorted; empty when it does not exist.
    fn list(&self, path: &Path) -> Result<Vec<String>, HostError>;
    /// Runs a command; every line it prints goes to `on_line` as it comes. A time-out kills it and is an error; a
    /// non-zero exit is not.
    fn run(&self, command: &CommandLine, on_line: &mut dyn FnMut(&str)) -> Result<CommandOutput, HostError>;
    /// The path of a program, looked for in PATH and the sbin folders.
    fn which(&self, program: &str) -> Option<PathBuf>;
    /// Whether a user of this name exists.
    fn has_user(&self, name: &str) -> bool;
    /// Listening TCP sockets with their processes.
    fn listeners(&self) -> Result<Vec<Listener>, HostError>;
    /// Addresses of the interfaces that are neither loopback nor link-local.
    fn interface_addresses(&self) -> Result<Vec<IpAddr>, HostError>;
    /// Space on the file system that holds `path`.
    fn disk(&self, path: &Path) -> Result<Disk, HostError>;
    /// Whether the effective user is root.
    fn is_root(&self) -> bool;
    /// Now.
    fn now(&self) -> jiff::Timestamp;
}
