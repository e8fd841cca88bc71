//! Listening sockets with the processes that hold them, from `/proc` (proc_pid_net(5)).

use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use crate::facts::Listener;
use crate::host::HostError;

/// The state of a listening socket in `/proc/net/tcp` (TCP_LISTEN in the kernel's tcp_states.h).
const LISTEN: &str = "0A";

pub(super) fn listeners() -> Result<Vec<Listener>, HostError> {
    let mut sockets = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        match fs::read_to_string(table) {
            Ok(text) => sockets.extend(text.lines().skip(1).filter_map(parse_line)),
            // No tcp6 where IPv6 is switched off.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(HostError::File { verb: "read", path: table.into(), source }),
        }
    }
    let holders = socket_holders();
    let mut listeners: Vec<Listener> = sockets
        .into_iter()
        .map(|(address, port, inode)| {
            let pid = holders.get(&inode).copied();
            Listener { address, port, pid, process: pid.and_then(process_name) }
        })
        .collect();
    listeners.sort_by_key(|l| (l.port, l.address));
    listeners.dedup_by_key(|l| (l.port, l.address));
    Ok(listeners)
}

/// Address, port and inode of a listening socket's line.
fn parse_line(line: &str) -> Option<(IpAddr, u16, u64)> {
    let fields: Vec<&str> = line.split_ascii_whitespace().collect();
    if fields.get(3) != Some(&LISTEN) {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    Some((parse_address(address)?, u16::from_str_radix(port, 16).ok()?, fields.get(9)?.parse().ok()?))
}

/// Words of 32 bits in the machine's byte order, each as 8 hex digits.
fn parse_address(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| u32::from_str_radix(hex.get(at * 8..at * 8 + 8)?, 16).ok().map(u32::to_ne_bytes);
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let mut bytes = [0; 16];
            for at in 0..4 {
                bytes[at * 4..at * 4 + 4].copy_from_slice(&word(at)?);
            }
            Some(Ipv6Addr::from(bytes).into())
        }
        _ => None,
    }
}

/// Process ids by socket inode; the lowest id where several hold one, which is the parent that opened it, but PID 1,
/// which keeps the sockets that it activates, only where nothing else does. Processes that may not be looked at are
/// left out.
fn socket_holders() -> HashMap<u64, u32> {
    let mut holders: HashMap<u64, u32> = HashMap::new();
    let Ok(processes) = fs::read_dir("/proc") else { return holders };
    for process in processes.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(descriptors) = fs::read_dir(process.path().join("fd")) else { continue };
        for descriptor in descriptors.flatten() {
            let Ok(target) = fs::read_link(descriptor.path()) else { continue };
            if let Some(inode) = socket_inode(&target) {
                let holder = holders.entry(inode).or_insert(pid);
                *holder = match (*holder, pid) {
                    (1, other) | (other, 1) => other,
                    (one, other) => one.min(other),
                };
            }
        }
    }
    holders
}

fn socket_inode(target: &Path) -> Option<u64> {
    target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// The executable's name; the kernel's short name where the link cannot be read.
fn process_name(pid: u32) -> Option<String> {
    let executable = fs::read_link(format!("/proc/{pid}/exe")).ok();
    let name = executable.as_deref().and_then(Path::file_name).and_then(|n| n.to_str()).map(str::to_owned);
    name.or_else(|| fs::read_to_string(format!("/proc/{pid}/comm")).ok().map(|text| text.trim_end().to_owned()))
        .map(|name| crate::printable::excerpt(name.trim_end_matches(" (deleted)"), 40))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_kernels_tables_are_read() {
        let v4 = "   0: 0100007F:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0";
        let v6 = "   1: B80D0120000000000000000010000000:01BB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0";
        let established = v4.replace(" 0A ", " 01 ");
        if cfg!(target_endian = "little") {
            assert_eq!(parse_line(v4), Some(("127.0.0.1".parse().unwrap(), 25, 4242)));
            assert_eq!(parse_line(v6), Some(("2001:db8::10".parse().unwrap(), 443, 77)));
        }
        assert_eq!(parse_line(&established), None);
        assert_eq!(parse_line(""), None);
    }

    #[test]
    fn our_own_listener_is_found_with_our_process() {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let found = listeners().unwrap().into_iter().find(|l| l.port == port).unwrap();
        assert_eq!(found.address, IpAddr::from(Ipv4Addr::LOCALHOST));
        assert_eq!(found.pid, Some(std::process::id()));
        assert!(found.process.is_some_and(|name| name.starts_with("mailwizard")));
    }
}
