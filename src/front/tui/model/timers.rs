//! What runs by itself, and whether it is wanted.

use super::Model;
use crate::front::overview::Timer;
use crate::spec::CertificateMethod;

/// A timer that can be switched: the settings say whether it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// The renewal of the certificate.
    Renewal,
    /// The nightly mail of what changed.
    Nightly,
}

impl Switch {
    const ALL: [Self; 2] = [Self::Renewal, Self::Nightly];

    fn unit(self) -> &'static str {
        match self {
            Self::Renewal => "mailwizard-renew.timer",
            Self::Nightly => "mailwizard-nightly.timer",
        }
    }

    fn purpose(self) -> &'static str {
        match self {
            Self::Renewal => "renews the certificate in time",
            Self::Nightly => "mails what changed over night",
        }
    }
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

impl Model {
    /// The timers: those that were found, and those that can be switched on.
    pub fn timer_rows(&self) -> Vec<TimerRow<'_>> {
        let found = self.hub.overview.timers.known().map(Vec::as_slice).unwrap_or_default();
        let switch = |unit: &str| Switch::ALL.into_iter().find(|switch| switch.unit() == unit);
        let mut rows: Vec<TimerRow<'_>> = found
            .iter()
            .map(|timer| TimerRow {
                purpose: &timer.purpose,
                unit: &timer.unit,
                found: Some(timer),
                switch: switch(&timer.unit),
            })
            .collect();
        // A self-signed certificate is not renewed.
        let has_renewal = self.draft().certificate.method != CertificateMethod::SelfSigned;
        for switch in Switch::ALL.into_iter().filter(|switch| has_renewal || *switch != Switch::Renewal) {
            if !rows.iter().any(|row| row.switch == Some(switch)) {
                rows.push(TimerRow {
                    purpose: switch.purpose(),
                    unit: switch.unit(),
                    found: None,
                    switch: Some(switch),
                });
            }
        }
        rows
    }
}
