//! The records to publish before mail can work.

use super::field::always;
use super::{Page, Step, none};

/// The step.
pub static STEP: Step = Step {
    id: "dns",
    title: "DNS records",
    intro: "Publish these records where you manage your domains. They are looked at again by themselves.",
    fields: &[],
    page: Page::Dns,
    live_checks: &[],
    shown: always,
    notes: none,
    problems: none,
};
