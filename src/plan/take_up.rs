//! How a unit takes up what was written: not at all, by a reload, by a restart.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::sha256;
use crate::stacks::{Desired, ManagedFile};

/// The configuration that a unit has taken up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// SHA-256 over all files that it reads.
    pub files: String,
    /// The same over what only a restart makes it read.
    pub at_start: String,
}

/// What a unit takes up; `None` when it takes up nothing. A unit that took up something else has not read its
/// configuration, however an earlier apply ended.
pub fn takes_up(desired: &Desired, unit: &str, left_alone: &BTreeSet<&Path>) -> Option<Loaded> {
    let read: Vec<&ManagedFile> = desired
        .files
        .iter()
        .filter(|file| file.used_by.contains(&unit) && !left_alone.contains(file.path.as_path()))
        .collect();
    let all = read.iter().map(|file| line(file, file.content.bytes()));
    let at_start = read.iter().filter_map(|file| {
        if file.restarts.contains(&unit) {
            return Some(line(file, file.content.bytes()));
        }
        let values = values(file, file.content.bytes());
        (!values.is_empty()).then(|| line(file, values.as_bytes()))
    });
    (!read.is_empty()).then(|| Loaded { files: together(all.collect()), at_start: together(at_start.collect()) })
}

/// Whether `unit` reads something at its start only that differs between `file` and what is there now.
pub(super) fn needs_restart(file: &ManagedFile, unit: &str, now: Option<&[u8]>) -> bool {
    file.restarts.contains(&unit) || now.is_some_and(|now| values(file, now) != values(file, file.content.bytes()))
}

fn line(file: &ManagedFile, content: &[u8]) -> String {
    format!("{} {}\n", file.path.display(), sha256(content))
}

fn together(mut lines: Vec<String>) -> String {
    lines.sort_unstable();
    sha256(lines.concat().as_bytes())
}

/// The lines of `name = value`, continued by lines that begin with white space, whose names need a restart.
fn values(file: &ManagedFile, content: &[u8]) -> String {
    if file.restart_parameters.is_empty() {
        return String::new();
    }
    let content = String::from_utf8_lossy(content);
    let mut taken = String::new();
    let mut belongs = false;
    for line in content.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
        if !line.starts_with([' ', '\t']) {
            let name = line.split_once('=').map(|(name, _)| name.trim());
            belongs = name.is_some_and(|name| file.restart_parameters.contains(&name));
        }
        if belongs {
            taken.push_str(line.trim_end());
            taken.push('\n');
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: &str = "postfix.service";

    fn loaded(main_cf: &str, resolv_conf: &str) -> Loaded {
        let mut main_cf = ManagedFile::text("/etc/postfix/main.cf", main_cf.into(), "").used_by(&[UNIT]);
        main_cf.restart_parameters = &["inet_interfaces"];
        let mut resolv_conf = ManagedFile::text("/etc/resolv.conf", resolv_conf.into(), "").used_by(&[UNIT]);
        resolv_conf.restarts = vec![UNIT];
        let desired = Desired { files: vec![main_cf, resolv_conf], ..Desired::default() };
        takes_up(&desired, UNIT, &BTreeSet::new()).unwrap()
    }

    #[test]
    fn only_what_is_read_at_the_start_needs_a_restart() {
        let before = loaded("inet_interfaces =\n  all\nbiff = no\n", "nameserver 127.0.0.1\n");
        let reload = loaded("# why\ninet_interfaces =\n  all\nbiff = yes\n", "nameserver 127.0.0.1\n");
        assert!(reload.files != before.files && reload.at_start == before.at_start);
        for restart in [
            loaded("inet_interfaces =\n  loopback-only\nbiff = no\n", "nameserver 127.0.0.1\n"),
            loaded("biff = no\n", "nameserver 127.0.0.1\n"),
            loaded("inet_interfaces =\n  all\nbiff = no\n", "nameserver 9.9.9.9\n"),
        ] {
            assert_ne!(restart.at_start, before.at_start);
        }
    }
}
