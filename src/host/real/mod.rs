//! The machine that the program runs on.

mod command;
mod files;
mod sockets;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{CommandOutput, Host, HostError, Lock, LockGuard, NewFile, PathEntry};
use crate::facts::{Disk, Listener};
use crate::plan::ObservedFile;
use crate::stacks::CommandLine;

/// Where programs are looked for: root's PATH under cron or su may lack the sbin folders.
const PROGRAM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// This machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealHost;

struct FileLock {
    _file: File,
}

impl LockGuard for FileLock {}

impl Host for RealHost {
    fn read(&self, path: &Path) -> Result<Option<ObservedFile>, HostError> {
        files::read(path)
    }

    fn open(&self, path: &Path) -> Result<Option<Box<dyn Read + Send>>, HostError> {
        files::open(path)
    }

    fn write(&self, path: &Path, file: &ObservedFile) -> Result<(), HostError> {
        files::write(path, file)
    }

    fn write_from(
        &self,
        path: &Path,
        file: &NewFile,
        fill: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), HostError> {
        files::write_from(path, file, fill)
    }

    fn entry(&self, path: &Path) -> Result<Option<PathEntry>, HostError> {
        files::entry(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), HostError> {
        files::rename(from, to)
    }

    fn remove(&self, path: &Path) -> Result<(), HostError> {
        files::remove(path)
    }

    fn append(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<(), HostError> {
        files::append(path, bytes, mode)
    }

    fn link_target(&self, path: &Path) -> Result<Option<PathBuf>, HostError> {
        files::link_target(path)
    }

    fn link(&self, path: &Path, target: &Path) -> Result<(), HostError> {
        files::link(path, target)
    }

    fn make_directory(&self, path: &Path, mode: u32, owner: &str, group: &str) -> Result<(), HostError> {
        files::make_directory(path, mode, owner, group)
    }

    fn directory(&self, path: &Path) -> Result<Option<(u32, String, String)>, HostError> {
        files::directory(path)
    }

    fn remove_empty_directory(&self, path: &Path) -> Result<bool, HostError> {
        files::remove_empty_directory(path)
    }

    fn list(&self, path: &Path) -> Result<Vec<String>, HostError> {
        files::list(path)
    }

    fn run(&self, command: &CommandLine, on_line: &mut dyn FnMut(&str)) -> Result<CommandOutput, HostError> {
        command::run(command, on_line)
    }

    fn which(&self, program: &str) -> Option<PathBuf> {
        which::which_in(program, Some(PROGRAM_PATH), "/").ok()
    }

    fn user_ids(&self, name: &str) -> Option<(u32, u32)> {
        uzers::get_user_by_name(name).map(|user| (user.uid(), user.primary_group_id()))
    }

    fn listeners(&self) -> Result<Vec<Listener>, HostError> {
        sockets::listeners()
    }

    fn interface_addresses(&self) -> Result<Vec<IpAddr>, HostError> {
        let interfaces = if_addrs::get_if_addrs()
            .map_err(|e| HostError::Unexpected { what: "the list of interfaces".into(), reason: e.to_string() })?;
        let link_local = |address: &IpAddr| match address {
            IpAddr::V4(v4) => v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        };
        let mut addresses: Vec<IpAddr> =
            interfaces.iter().map(if_addrs::Interface::ip).filter(|a| !a.is_loopback() && !link_local(a)).collect();
        addresses.sort_unstable();
        addresses.dedup();
        Ok(addresses)
    }

    fn egress(&self, target: IpAddr) -> Option<IpAddr> {
        let any = if target.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any).ok()?;
        socket.connect((target, 53)).ok()?;
        let source = socket.local_addr().ok()?.ip();
        (!source.is_loopback() && !source.is_unspecified()).then_some(source)
    }

    fn accepts_tcp(&self, address: SocketAddr, timeout: Duration) -> bool {
        TcpStream::connect_timeout(&address, timeout).is_ok()
    }

    fn accepts_unix(&self, path: &Path) -> bool {
        UnixStream::connect(path).is_ok()
    }

    fn lock(&self, path: &Path, about_us: &str) -> Result<Lock, HostError> {
        let error = |source| HostError::File { verb: "locked", path: path.to_owned(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(error)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0).map_err(error)?;
                file.rewind().map_err(error)?;
                file.write_all(about_us.as_bytes()).map_err(error)?;
                Ok(Lock::Held(Box::new(FileLock { _file: file })))
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.take(1024).read_to_string(&mut holder).map_err(error)?;
                Ok(Lock::HeldByOther(holder))
            }
            Err(std::fs::TryLockError::Error(source)) => Err(error(source)),
        }
    }

    fn program(&self) -> Option<PathBuf> {
        std::env::current_exe().ok()
    }

    fn environment(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn same_file_system(&self, one: &Path, other: &Path) -> Result<bool, HostError> {
        let device = |path: &Path| {
            let there = path.ancestors().find(|p| p.exists()).unwrap_or(Path::new("/"));
            let found = rustix::fs::stat(there).map_err(|e| HostError::File {
                verb: "looked at",
                path: there.to_owned(),
                source: e.into(),
            })?;
            Ok(found.st_dev)
        };
        Ok(device(one)? == device(other)?)
    }

    fn disk(&self, path: &Path) -> Result<Disk, HostError> {
        let there = path.ancestors().find(|p| p.exists()).unwrap_or(Path::new("/"));
        let found = rustix::fs::statvfs(there).map_err(|e| HostError::File {
            verb: "looked at",
            path: there.to_owned(),
            source: e.into(),
        })?;
        let inodes_free_percent = match found.f_files {
            0 => 100,
            all => u8::try_from(found.f_favail.saturating_mul(100) / all).unwrap_or(100),
        };
        Ok(Disk {
            path: path.to_owned(),
            total: found.f_blocks.saturating_mul(found.f_frsize),
            available: found.f_bavail.saturating_mul(found.f_frsize),
            inodes_free_percent,
        })
    }

    fn is_root(&self) -> bool {
        rustix::process::geteuid().is_root()
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}
