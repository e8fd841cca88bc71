//! Distribution, name, memory, clock, virtualisation, ids.

use std::collections::BTreeSet;
use std::path::Path;

use super::{answer, text};
use crate::facts::{Distribution, Memory};
use crate::host::{Host, HostError};

/// The uid and gid that vmail gets where they are free: outside the ranges that Debian gives away (Policy 9.2).
const VMAIL_ID: u32 = 5000;

/// `/etc/os-release` (os-release(5)).
pub fn distribution(host: &dyn Host) -> Result<Distribution, HostError> {
    let release = text(host, "/etc/os-release")?.unwrap_or_default();
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        crate::printable::excerpt(line.unwrap_or_default().trim_matches(['"', '\'']), 80)
    };
    Ok(Distribution {
        id: value("ID"),
        version: value("VERSION_ID"),
        codename: value("VERSION_CODENAME"),
        pretty_name: value("PRETTY_NAME"),
    })
}

pub(super) fn host_name(host: &dyn Host) -> Result<String, HostError> {
    Ok(text(host, "/proc/sys/kernel/hostname")?.unwrap_or_default().trim().to_owned())
}

/// `/proc/meminfo` (proc_meminfo(5)); its kB are KiB.
pub(super) fn memory(host: &dyn Host) -> Result<Memory, HostError> {
    let table = text(host, "/proc/meminfo")?.unwrap_or_default();
    let bytes = |key: &str| {
        let line = table.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.and_then(|l| l.split_ascii_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) * 1024
    };
    Ok(Memory { total: bytes("MemTotal"), available: bytes("MemAvailable"), swap: bytes("SwapTotal") })
}

pub(super) fn clock_synchronised(host: &dyn Host) -> Result<Option<bool>, HostError> {
    if let Some(said) = answer(host, "timedatectl", &["show", "--property=NTPSynchronized", "--value"])? {
        match said.trim() {
            "yes" => return Ok(Some(true)),
            "no" => return Ok(Some(false)),
            _ => {}
        }
    }
    let tracking = answer(host, "chronyc", &["-n", "tracking"])?;
    Ok(tracking.and_then(|said| {
        let status = said.lines().find(|line| line.starts_with("Leap status"))?.split(':').nth(1)?.trim().to_owned();
        Some(status == "Normal")
    }))
}

pub(super) fn virtualisation(host: &dyn Host) -> Result<String, HostError> {
    Ok(answer(host, "systemd-detect-virt", &[])?.map_or_else(|| "unknown".into(), |said| said.trim().to_owned()))
}

/// What vmail has, or the first ids from 5000 on that neither a user nor a group has.
pub(super) fn vmail_ids(host: &dyn Host) -> Result<Option<(u32, u32)>, HostError> {
    if let Some(ids) = host.user_ids("vmail") {
        return Ok(Some(ids));
    }
    let mut taken = BTreeSet::new();
    for table in ["/etc/passwd", "/etc/group"] {
        let lines = host.read(Path::new(table))?.map(|file| String::from_utf8_lossy(&file.content).into_owned());
        let ids = lines.unwrap_or_default();
        taken.extend(ids.lines().filter_map(|line| line.split(':').nth(2)?.parse::<u32>().ok()));
    }
    Ok((VMAIL_ID..VMAIL_ID + 1000).find(|id| !taken.contains(id)).map(|id| (id, id)))
}
