//! Packages by apt, without questions and without starting daemons.

use std::path::Path;
use std::time::Duration;

use super::{Acted, failed, must, policy};
use crate::apply::{ApplyError, HELD_UP};
use crate::host::Host;
use crate::stacks::CommandLine;
use crate::store::Paths;

/// How long apt waits for another package manager.
const LOCK_TIMEOUT: &str = "DPkg::Lock::Timeout=300";
/// How long we wait for it.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
const BETWEEN_TRIES: Duration = Duration::from_secs(3);
/// The longest that downloads and installation may take.
const INSTALL: Duration = Duration::from_secs(45 * 60);
/// The longest that fetching the lists may take.
const UPDATE: Duration = Duration::from_secs(10 * 60);

/// A command of the package tools: no questions (debconf(7)), no restarts of other daemons (needrestart(1)).
fn quiet(program: &str, args: &[&str], limit: Duration) -> CommandLine {
    CommandLine::new(program, args)
        .timeout(limit)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("DEBCONF_NONINTERACTIVE_SEEN", "true")
        .env("NEEDRESTART_MODE", "l")
        .env("APT_LISTCHANGES_FRONTEND", "none")
}

pub(super) fn install(
    host: &dyn Host,
    paths: &Paths,
    names: &[String],
    on_line: &mut dyn FnMut(&str),
) -> Result<Acted, ApplyError> {
    policy::forbid_starts(host, paths)?;
    let installed = install_without_starts(host, names, on_line);
    policy::give_back(host, paths)?;
    installed
}

fn install_without_starts(
    host: &dyn Host,
    names: &[String],
    on_line: &mut dyn FnMut(&str),
) -> Result<Acted, ApplyError> {
    finish_what_was_interrupted(host, on_line)?;
    let mut note = None;
    if !lists_are_fresh(host)? {
        on_line("fetching the package lists");
        let update = host.run(&quiet("apt-get", &["-o", LOCK_TIMEOUT, "update"], UPDATE), on_line)?;
        if !update.succeeded() {
            note = Some("The package lists could not be fetched; the packages come from the lists of last time.");
        }
    }
    let mut args = vec![
        "-y",
        "-o",
        LOCK_TIMEOUT,
        "-o",
        "Dpkg::Options::=--force-confold",
        "-o",
        "Dpkg::Options::=--force-confdef",
        "install",
        "--no-install-recommends",
        "--",
    ];
    args.extend(names.iter().map(String::as_str));
    must(host, &quiet("apt-get", &args, INSTALL), on_line)?;
    Ok(note.map_or(Acted::Done, |text| Acted::Noted(text.into())))
}

/// Finishes what is half installed, and waits for whoever holds the package lock: what looks interrupted may be his work of
/// this moment. dpkg(1) says who it is and does not wait; apt-get(8) waits and says nothing where it has no terminal.
fn finish_what_was_interrupted(host: &dyn Host, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
    let audit = host.run(&CommandLine::new("dpkg", &["--audit"]), &mut |_| ())?;
    if !audit.stdout.trim().is_empty() {
        on_line("finishing an installation that was interrupted");
    }
    let options = ["--force-confold", "--force-confdef", "--configure", "--pending"];
    let command = quiet("dpkg", &options, INSTALL);
    let (mut waited, mut told) = (Duration::ZERO, None);
    loop {
        // Its complaint about the lock would be shown at every attempt.
        let output = host.run(&command, &mut |_| ())?;
        if output.succeeded() {
            return Ok(());
        }
        let Some(holder) = lock_holder(&output.stderr).filter(|_| waited < LONGEST_WAIT) else {
            return Err(failed(&command, &output));
        };
        if told != Some(holder) {
            let name = host.read(Path::new(&format!("/proc/{holder}/comm")))?;
            let name =
                name.map(|file| format!(" ({})", String::from_utf8_lossy(&file.content).trim())).unwrap_or_default();
            on_line(&format!("{HELD_UP}the package lock is held by process {holder}{name}"));
            told = Some(holder);
        }
        host.sleep(BETWEEN_TRIES);
        waited += BETWEEN_TRIES;
    }
}

/// The process that holds the package lock, as dpkg says it: "was locked by another process with pid 7", or since 1.22
/// "was locked by /usr/bin/apt-get process with pid 7".
fn lock_holder(said: &str) -> Option<u32> {
    let (_, after) = said.split_once("was locked by ")?.1.split_once(" process with pid ")?;
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after[..end].parse().ok()
}

/// Whether a list was fetched within a day.
fn lists_are_fresh(host: &dyn Host) -> Result<bool, ApplyError> {
    let arguments =
        ["/var/lib/apt/lists", "-maxdepth", "1", "-name", "*_Packages*", "-mmin", "-1440", "-print", "-quit"];
    let found = host.run(&CommandLine::new("find", &arguments), &mut |_| ())?;
    Ok(!found.stdout.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::CommandOutput;
    use crate::host::fake::{FakeHost, printed};

    const DPKG: &str = "dpkg: error: dpkg frontend lock was locked by another process with pid 1234\nNote: removing the lock file is always wrong\n";

    #[test]
    fn what_another_package_manager_has_in_hand_is_waited_for() {
        let host = FakeHost::default();
        let begun = host.machine().clock;
        host.machine().put("/proc/1234/comm", "apt-get\n");
        host.script("dpkg", move |command, machine| match command.args.first().map(String::as_str) {
            Some("--audit") => printed("fail2ban is only half configured\n"),
            _ if machine.clock < begun + 9 => CommandOutput { code: 2, stdout: String::new(), stderr: DPKG.into() },
            _ => printed(""),
        });
        let mut lines = Vec::new();
        finish_what_was_interrupted(&host, &mut |line| lines.push(line.to_owned())).unwrap();
        let waiting = format!("{HELD_UP}the package lock is held by process 1234 (apt-get)");
        assert_eq!(lines, ["finishing an installation that was interrupted".to_owned(), waiting], "it is said once");

        host.script("dpkg", |_, _| CommandOutput { code: 2, stdout: String::new(), stderr: DPKG.into() });
        assert_eq!(lock_holder("dpkg frontend lock was locked by /usr/bin/apt-get process with pid 7\n"), Some(7));
        let refused = finish_what_was_interrupted(&host, &mut |_| ()).unwrap_err().to_string();
        assert!(refused.contains("another process with pid 1234"), "{refused}");
    }
}
