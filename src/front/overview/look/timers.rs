//! What runs by itself.

use jiff::Timestamp;

use crate::front::overview::Timer;
use crate::front::wizard::WizardError;
use crate::host::Host;
use crate::stacks::{CommandLine, Service};

/// The timers among the services that are wanted.
pub(super) fn look(host: &dyn Host, wanted: &[Service]) -> Result<Vec<Timer>, WizardError> {
    let timers = wanted.iter().filter(|service| service.unit.ends_with(".timer"));
    timers
        .map(|service| {
            let properties = "--property=ActiveState,UnitFileState,NextElapseUSecRealtime,LastTriggerUSec";
            let words = ["show", properties, "--timestamp=unix", "--", service.unit];
            let output = host.run(&CommandLine::new("systemctl", &words), &mut |_| {})?;
            Ok(timer(service.unit, service.purpose, &output.stdout))
        })
        .collect()
}

fn timer(unit: &str, purpose: &str, shown: &str) -> Timer {
    let value =
        |key: &str| shown.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('=')).unwrap_or_default();
    let time = |key: &str| {
        let seconds = value(key).strip_prefix('@')?.parse::<i64>().ok()?;
        Timestamp::from_second(seconds).ok().filter(|at| *at > Timestamp::UNIX_EPOCH)
    };
    Timer {
        unit: unit.to_owned(),
        purpose: purpose.to_owned(),
        is_on: value("ActiveState") == "active" && value("UnitFileState") == "enabled",
        next: time("NextElapseUSecRealtime"),
        last: time("LastTriggerUSec"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_on_when_it_waits_and_survives_a_restart() {
        let shown = |active: &str, enabled: &str| {
            format!(
                "ActiveState={active}\nUnitFileState={enabled}\nNextElapseUSecRealtime=@1764255600\nLastTriggerUSec=\n"
            )
        };
        let on = timer("x.timer", "x", &shown("active", "enabled"));
        assert_eq!((on.is_on, on.next.map(|at| at.as_second()), on.last), (true, Some(1_764_255_600), None));
        assert!(!timer("x.timer", "x", &shown("inactive", "enabled")).is_on);
        assert!(!timer("x.timer", "x", &shown("active", "disabled")).is_on);
    }
}
