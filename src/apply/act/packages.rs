//! Packages by apt, without questions and without starting daemons.

use std::time::Duration;

use super::{Acted, failed, must, policy};
use crate::apply::{ApplyError, WAITING};
use crate::host::Host;
use crate::stacks::CommandLine;
use crate::store::Paths;

/// How long apt waits for another package manager.
const LOCK_TIMEOUT: &str = "DPkg::Lock::Timeout=300";
/// How long we wait where apt is not asked.
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
    let on_line = &mut |line: &str| match lock_holder(line) {
        Some(holder) => on_line(&format!("{WAITING}the package lock is held by process {holder}")),
        None => on_line(line),
    };
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

/// What looks interrupted may be another package manager's work of this moment: dpkg does not wait for its lock, so we do.
fn finish_what_was_interrupted(host: &dyn Host, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
    let mut waited = Duration::ZERO;
    loop {
        let audit = host.run(&CommandLine::new("dpkg", &["--audit"]), &mut |_| ())?;
        if audit.stdout.trim().is_empty() {
            return Ok(());
        }
        on_line("finishing an installation that was interrupted");
        let options = ["--force-confold", "--force-confdef", "--configure", "--pending"];
        let command = quiet("dpkg", &options, INSTALL);
        let output = host.run(&command, on_line)?;
        if output.succeeded() {
            return Ok(());
        }
        if lock_holder(&output.stderr).is_none() || waited >= LONGEST_WAIT {
            return Err(failed(&command, &output));
        }
        host.sleep(BETWEEN_TRIES);
        waited += BETWEEN_TRIES;
    }
}

/// Who holds the package lock, as apt and dpkg say it: "1234 (apt-get)", or the number alone.
fn lock_holder(said: &str) -> Option<&str> {
    let (_, after) = said.split_once("held by process ").or_else(|| said.split_once("another process with pid "))?;
    let end = after.find(['.', '\n']).unwrap_or(after.len());
    Some(after[..end].trim())
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
    fn who_holds_the_lock_is_found_in_what_apt_and_dpkg_say() {
        let apt = "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1234 (apt-get)... 3s";
        assert_eq!(lock_holder(apt), Some("1234 (apt-get)"));
        assert_eq!(lock_holder(DPKG), Some("1234"));
        assert_eq!(lock_holder("Unpacking postfix"), None);
    }

    #[test]
    fn what_another_package_manager_has_in_hand_is_waited_for() {
        let host = FakeHost::default();
        let begun = host.machine().clock;
        host.script("dpkg", move |command, machine| match command.args.first().map(String::as_str) {
            Some("--audit") if machine.clock < begun + 9 => printed("fail2ban is only half configured\n"),
            Some("--audit") => printed(""),
            _ => CommandOutput { code: 2, stdout: String::new(), stderr: DPKG.into() },
        });
        finish_what_was_interrupted(&host, &mut |_| ()).unwrap();
        assert!(host.machine().clock >= begun + 9);

        host.script("dpkg", |_, _| CommandOutput { code: 2, stdout: "fail2ban\n".into(), stderr: DPKG.into() });
        let refused = finish_what_was_interrupted(&host, &mut |_| ()).unwrap_err().to_string();
        assert!(refused.contains("another process with pid 1234"), "{refused}");
    }
}
