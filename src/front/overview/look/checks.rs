//! The last look of the checks.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::checks::Kept;
use crate::front::overview::LastCheck;
use crate::front::wizard::{Wizard, WizardError};

/// Seconds after which the checks run again by themselves.
const OLD: i64 = 3600;

/// What the checks found when all of them ran last.
pub fn last(wizard: &Wizard) -> Result<Option<LastCheck>, WizardError> {
    let kept = Kept::last(&*wizard.host, &wizard.paths)?;
    let now = wizard.host.now();
    Ok(kept.map(|kept| LastCheck {
        at: kept.at,
        clock: kept.at.map(|at| clock(at, now, &TimeZone::system())).unwrap_or_default(),
        is_old: kept.at.is_none_or(|at| now.duration_since(at).as_secs() > OLD),
        ..LastCheck::of(&kept.report.results)
    }))
}

/// The time of day when it is of today, else the day.
fn clock(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let form = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_needs_no_date() {
        let said = |at: &str| clock(at.parse().unwrap(), "2026-11-27T14:00:00Z".parse().unwrap(), &TimeZone::UTC);
        assert_eq!(said("2026-11-27T03:04:05Z"), "03:04");
        assert_eq!(said("2026-11-26T23:59:00Z"), "2026-11-26 23:59");
    }
}
