//! The checks.

use super::field::always;
use super::{Page, Step, none};

/// The step.
pub static STEP: Step = Step {
    id: "verify",
    title: "Verify",
    intro: "Everything is tried out from here, the way other servers and mail clients would.",
    fields: &[],
    page: Page::Verify,
    live_checks: &[],
    shown: always,
    notes: none,
    problems: none,
};
