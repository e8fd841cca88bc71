//! What runs by itself, and whether it is wanted.

use super::Model;
use crate::front::overview::Timer;

/// A timer that can be switched: the settings say whether it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// The nightly mail of what changed.
    Nightly,
}

/// One line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerRow<'a> {
    /// What it is for.
    pub purpose: &'a str,
    /// Its unit.
    pub unit: &'a str,
    /// What was found of it; `None` where it is not wanted or was not looked at.
    pub found: Option<&'a Timer>,
    /// What switches it; `None` where it is always wanted.
    pub switch: Option<Switch>,
}

/// The unit of the nightly mail.
const NIGHTLY: &str = "mailwizard-nightly.timer";

impl Model {
    /// The timers: those that were found, and the nightly mail also where it is not wanted.
    pub fn timer_rows(&self) -> Vec<TimerRow<'_>> {
        let found = self.hub.overview.timers.known().map(Vec::as_slice).unwrap_or_default();
        let switch = |timer: &Timer| (timer.unit == NIGHTLY).then_some(Switch::Nightly);
        let mut rows: Vec<TimerRow<'_>> = found
            .iter()
            .map(|timer| TimerRow {
                purpose: &timer.purpose,
                unit: &timer.unit,
                found: Some(timer),
                switch: switch(timer),
            })
            .collect();
        if !rows.iter().any(|row| row.unit == NIGHTLY) {
            let switch = Some(Switch::Nightly);
            rows.push(TimerRow { purpose: "mails what changed over night", unit: NIGHTLY, found: None, switch });
        }
        rows
    }
}
