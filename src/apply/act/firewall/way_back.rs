//! The way back: a script that takes our rules out, and the timer that runs it unless it is stopped in time.
//!
//! The script is there exactly as long as rules are unconfirmed: it removes itself at its end.

use super::{Rules, must};
use crate::apply::ApplyError;
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::stacks::CommandLine;
use crate::store::Paths;

/// The transient units that take the rules back.
const UNIT: &str = "mailwizard-firewall-revert";
const AFTER: &str = "60s";

/// Has systemd take the rules out unless it is disarmed in time: this process may lose its terminal, or its way in.
pub(super) fn arm(host: &dyn Host, paths: &Paths, rules: &Rules) -> Result<(), ApplyError> {
    write_script(host, paths, rules)?;
    let command = CommandLine::new(
        "systemd-run",
        &[
            "--quiet",
            "--collect",
            &format!("--unit={UNIT}"),
            &format!("--on-active={AFTER}"),
            // A timer is otherwise up to a minute late (systemd.timer(5)).
            "--timer-property=AccuracySec=1s",
            "/bin/sh",
            &script(paths),
        ],
    );
    must(host, &command, &mut |_| ())?;
    Ok(())
}

/// The rules stay.
pub(super) fn disarm(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    stop_timer(host)?;
    Ok(host.remove(&paths.firewall_way_back())?)
}

/// Takes the rules out now; those that are gone already are no error.
pub(in crate::apply) fn take_back(host: &dyn Host, paths: &Paths, rules: &Rules) -> Result<(), ApplyError> {
    write_script(host, paths, rules)?;
    run(host, paths)
}

/// Takes out what an apply that was killed left unconfirmed, before the machine is looked at: the timer would otherwise
/// do it after the look.
pub(in crate::apply) fn take_back_unconfirmed(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    if host.read(&paths.firewall_way_back())?.is_some() { run(host, paths) } else { Ok(()) }
}

fn run(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    stop_timer(host)?;
    host.run(&CommandLine::new("/bin/sh", &[&script(paths)]), &mut |_| ())?;
    Ok(host.remove(&paths.firewall_way_back())?)
}

fn stop_timer(host: &dyn Host) -> Result<(), ApplyError> {
    host.run(&CommandLine::new("systemctl", &["stop", &format!("{UNIT}.timer")]), &mut |_| ())?;
    Ok(())
}

fn write_script(host: &dyn Host, paths: &Paths, rules: &Rules) -> Result<(), ApplyError> {
    let content =
        format!("# Takes out the rules that mailwizard put into the firewall.\n{}rm -f \"$0\"\n", rules.way_back());
    let file = ObservedFile { content: content.into_bytes(), mode: 0o600, owner: "root".into(), group: "root".into() };
    Ok(host.write(&paths.firewall_way_back(), &file)?)
}

fn script(paths: &Paths) -> String {
    paths.firewall_way_back().display().to_string()
}
