//! Packages by apt, without questions and without starting daemons.

use std::time::Duration;

use super::{Acted, must, policy};
use crate::apply::ApplyError;
use crate::host::Host;
use crate::stacks::CommandLine;
use crate::store::Paths;

/// How long apt waits for another package manager.
const LOCK_TIMEOUT: &str = "DPkg::Lock::Timeout=300";
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
    let audit = host.run(&CommandLine::new("dpkg", &["--audit"]), &mut |_| ())?;
    if !audit.stdout.trim().is_empty() {
        on_line("finishing an installation that was interrupted");
        let options = ["--force-confold", "--force-confdef", "--configure", "--pending"];
        must(host, &quiet("dpkg", &options, INSTALL), on_line)?;
    }
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

/// Whether a list was fetched within a day.
fn lists_are_fresh(host: &dyn Host) -> Result<bool, ApplyError> {
    let arguments =
        ["/var/lib/apt/lists", "-maxdepth", "1", "-name", "*_Packages*", "-mmin", "-1440", "-print", "-quit"];
    let found = host.run(&CommandLine::new("find", &arguments), &mut |_| ())?;
    Ok(!found.stdout.trim().is_empty())
}
