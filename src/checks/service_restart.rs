//! `service-restart-needed`: no daemon runs on programs that an update has replaced, or on settings that were changed
//! since it read them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Check, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::host::{Host, HostError};
use crate::stacks::CommandLine;

/// Programs, libraries and settings in use are those on the disk.
pub static SERVICE_RESTART_NEEDED: Check = Check {
    id: "service-restart-needed",
    area: Area::Service,
    why: "An update protects only after the daemon was started again, and a setting counts only once it was read.",
    rfc: "proc(5) /proc/PID/maps, systemctl(1) StateChangeTimestamp",
    needs: &["service-running"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(15),
    subjects: |context| {
        context.subjects_of_own(|own| {
            let services = own.desired.services.iter().filter(|s| s.enabled && s.unit.ends_with(".service"));
            services.map(|s| Subject::Unit(s.unit.to_owned())).collect()
        })
    },
    run: |context, subject| Box::pin(context.on_host(move |own, host| replaced(own, &subject, host))),
};

const PROPERTIES: &str = "-pMainPID,NeedDaemonReload,ControlGroup,StateChangeTimestamp";

fn replaced(own: &Own, subject: &Subject, host: &dyn Host) -> Result<Finding, HostError> {
    let service = own.desired.services.iter().find(|s| matches!(subject, Subject::Unit(unit) if unit == s.unit));
    let Some(service) = service else { return Ok(Finding::skipped("not one of this stack's units")) };
    let command = CommandLine::new("systemctl", &["show", "--timestamp=unix", PROPERTIES, service.state_unit]);
    let shown = host.run(&command, &mut |_| {})?.stdout;
    let value = |key: &str| shown.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix('='));
    if value("NeedDaemonReload") == Some("yes") {
        return Ok(Finding::warn("the unit's file has changed since systemd read it", "read again")
            .instructions(format!("systemctl daemon-reload; systemctl restart {}", service.unit)));
    }
    let loaded = value("StateChangeTimestamp").and_then(|at| at.strip_prefix('@')?.parse().ok());
    if let Some(loaded) = loaded
        && let Some((path, changed)) = newest_setting(own, service.unit, host)?
        && changed > loaded
        && !reread(service.state_unit, changed, host)?
    {
        let found = format!("{} was changed after the daemon last read its settings", path.display());
        return Ok(Finding::warn(found, "settings in use are those on the disk")
            .instructions(format!("systemctl reload-or-restart {}", service.unit)));
    }
    let main = value("MainPID").filter(|pid| *pid != "0").map(str::to_owned);
    let pid = match (main, value("ControlGroup")) {
        (Some(pid), _) => Some(pid),
        // Postfix of Debian 12 detaches without telling systemd which process is the first: the group's first is.
        (None, Some(group)) if !group.is_empty() => {
            let file = host.read(Path::new(&format!("/sys/fs/cgroup{group}/cgroup.procs")))?;
            file.and_then(|f| String::from_utf8_lossy(&f.content).lines().next().map(str::to_owned))
        }
        (None, _) => None,
    };
    let Some(pid) = pid else { return Ok(Finding::unknown(format!("{} has no process", service.state_unit))) };
    let maps = host.read(Path::new(&format!("/proc/{pid}/maps")))?.map(|f| f.content).unwrap_or_default();
    Ok(judge(service.unit, &String::from_utf8_lossy(&maps)))
}

/// The setting of this unit that was changed last, and when, in seconds since 1970.
fn newest_setting(own: &Own, unit: &str, host: &dyn Host) -> Result<Option<(PathBuf, i64)>, HostError> {
    let mut newest: Option<(PathBuf, i64)> = None;
    for file in own.desired.files.iter().filter(|file| file.used_by.contains(&unit)) {
        let Some(entry) = host.entry(&file.path)? else { continue };
        if newest.as_ref().is_none_or(|(_, at)| entry.modified > *at) {
            newest = Some((file.path.clone(), entry.modified));
        }
    }
    Ok(newest)
}

/// Whether the daemon says that it read its settings anew at or after this time: `postfix reload`, `doveadm reload` and
/// a plain SIGHUP go past systemd.
fn reread(unit: &str, since: i64, host: &dyn Host) -> Result<bool, HostError> {
    let log = ["--no-pager", "-ocat", "-u", unit, &format!("--since=@{since}")];
    let said = host.run(&CommandLine::new("journalctl", &log), &mut |_| {})?.stdout.to_ascii_lowercase();
    Ok(["reload", "sighup", "hangup"].iter().any(|word| said.contains(word)))
}

/// A file that was replaced shows as "(deleted)"; shared memory and temporary files do so in ordinary work.
fn judge(unit: &str, maps: &str) -> Finding {
    let gone = maps.lines().filter_map(|l| {
        let path = l.split_whitespace().nth(5)?;
        let library = path.starts_with("/usr/") || path.starts_with("/lib");
        (library && l.ends_with("(deleted)")).then_some(path)
    });
    match gone.min() {
        None if maps.is_empty() => Finding::unknown("what the process has loaded cannot be seen"),
        None => Finding::pass("runs what is on the disk"),
        Some(path) => {
            Finding::warn(format!("it still runs the old {}", crate::printable::excerpt(path, 80)), "restarted")
                .instructions(format!("systemctl restart {unit}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    /// A host where Postfix read its settings at 1000 and its main.cf was changed at `changed`.
    fn changed_at(changed: i64, log: &'static str) -> Outcome {
        use crate::checks::dns_world::spec;
        use crate::host::fake::{FakeHost, printed};
        use crate::stacks::{ManagedFile, Service};
        let host = FakeHost::default();
        host.machine().put("/etc/postfix/main.cf", "");
        host.machine().put("/proc/7/maps", "7f02-7f03 r-xp 0 08:01 1 /usr/lib/libc.so.6\n");
        host.machine().modified.insert("/etc/postfix/main.cf".into(), changed);
        host.script("systemctl", |_, _| printed("MainPID=7\nNeedDaemonReload=no\nStateChangeTimestamp=@1000\n"));
        host.script("journalctl", move |_, _| printed(log));
        let mut own = Own::wished(spec());
        let unit = "postfix.service";
        own.desired.services.push(Service::timer(unit, ""));
        own.desired.files.push(ManagedFile::text("/etc/postfix/main.cf", String::new(), "").used_by(&[unit]));
        replaced(&own, &Subject::Unit(unit.into()), &host).unwrap().outcome
    }

    #[test]
    fn a_setting_counts_as_read_when_the_daemon_says_so_past_systemd() {
        assert_eq!(changed_at(999, ""), Outcome::Pass);
        assert_eq!(changed_at(1001, "connect from unknown\n"), Outcome::Warn);
        assert_eq!(changed_at(1001, "reload -- version 3.10.13, configuration /etc/postfix\n"), Outcome::Pass);
    }

    #[test]
    fn a_replaced_library_counts_and_shared_memory_does_not() {
        let old = "7f00-7f01 r-xp 00000000 08:01 1 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)\n";
        let finding = judge("dovecot.service", old);
        assert_eq!(finding.outcome, Outcome::Warn);
        assert!(finding.found.contains("libssl.so.3"));
        let shared =
            "7f00-7f01 rw-s 00000000 00:01 9 /dev/zero (deleted)\n7f02-7f03 r-xp 0 08:01 1 /usr/lib/libc.so.6\n";
        assert_eq!(judge("x.service", shared).outcome, Outcome::Pass);
        assert_eq!(judge("x.service", "").outcome, Outcome::Unknown);
    }
}
