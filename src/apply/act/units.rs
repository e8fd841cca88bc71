//! Daemons and timers, by systemctl.

use std::time::Duration;

use super::{Acted, last_words};
use crate::apply::ApplyError;
use crate::host::Host;
use crate::plan::UnitVerb;
use crate::printable::excerpt;
use crate::stacks::CommandLine;

/// The longest that a daemon may take to start or stop.
const CHANGE: Duration = Duration::from_secs(180);

pub(in crate::apply) fn change(
    host: &dyn Host,
    unit: &str,
    state_unit: &str,
    verb: UnitVerb,
    on_line: &mut dyn FnMut(&str),
) -> Result<Acted, ApplyError> {
    let arguments: &[&str] = match verb {
        UnitVerb::EnableAndStart => &["enable", "--now", unit],
        UnitVerb::Restart => &["restart", unit],
        // Debian 12's postfix.service is active whatever became of the instance behind it, and a reload starts nothing.
        UnitVerb::Reload if unit != state_unit && !runs(host, state_unit)? => &["restart", unit],
        UnitVerb::Reload => &["reload-or-restart", unit],
        UnitVerb::DisableAndStop => &["disable", "--now", unit],
    };
    if verb != UnitVerb::DisableAndStop {
        // A unit that failed too often in a row is not started again otherwise; one that did not fail does not mind.
        host.run(&CommandLine::new("systemctl", &["reset-failed", unit, state_unit]), &mut |_| ())?;
    }
    let command = CommandLine::new("systemctl", arguments).timeout(CHANGE);
    let mut output = host.run(&command, on_line)?;
    // Masked by hand: that it runs is what is wished.
    if !output.succeeded() && verb != UnitVerb::DisableAndStop && output.stderr.contains("masked") {
        host.run(&CommandLine::new("systemctl", &["unmask", unit, state_unit]), &mut |_| ())?;
        output = host.run(&command, on_line)?;
    }
    if !output.succeeded() {
        let words = last_words(&output);
        return Err(ApplyError::Step(format!("{unit} could not be {}: {words}{}", past(verb), log(host, state_unit)?)));
    }
    if verb != UnitVerb::DisableAndStop {
        let state = state(host, state_unit)?;
        if !is_up(&state) {
            let state = excerpt(&state, 40);
            return Err(ApplyError::Step(format!(
                "{state_unit} is {state} after its start.{}",
                log(host, state_unit)?
            )));
        }
    }
    Ok(Acted::Done)
}

fn state(host: &dyn Host, unit: &str) -> Result<String, ApplyError> {
    let said = host.run(&CommandLine::new("systemctl", &["is-active", unit]), &mut |_| ())?;
    Ok(said.stdout.trim().to_owned())
}

fn is_up(state: &str) -> bool {
    matches!(state, "active" | "activating" | "reloading")
}

fn runs(host: &dyn Host, unit: &str) -> Result<bool, ApplyError> {
    Ok(is_up(&state(host, unit)?))
}

fn past(verb: UnitVerb) -> &'static str {
    match verb {
        UnitVerb::EnableAndStart => "started",
        UnitVerb::Restart => "restarted",
        UnitVerb::Reload => "reloaded",
        UnitVerb::DisableAndStop => "stopped",
    }
}

/// What the unit last said, for a failure: its own processes, and systemd about it where they said nothing.
fn log(host: &dyn Host, unit: &str) -> Result<String, ApplyError> {
    for about in [format!("_SYSTEMD_UNIT={unit}"), format!("--unit={unit}")] {
        let arguments = ["--no-pager", "--quiet", "--output=cat", "--lines=5", &about];
        let output = host.run(&CommandLine::new("journalctl", &arguments), &mut |_| ())?;
        let lines: Vec<&str> = output.stdout.lines().filter(|l| !l.trim().is_empty()).collect();
        if !lines.is_empty() {
            return Ok(format!(" It said: {}", excerpt(&lines.join(" | "), 600)));
        }
    }
    Ok(String::new())
}
