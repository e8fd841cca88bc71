//! The plan is carried out.

use super::field::always;
use super::{Page, Step, none};

/// The step.
pub static STEP: Step = Step {
    id: "apply",
    title: "Apply",
    intro: "The work goes on when this window closes; `mailwizard` brings you back here.",
    fields: &[],
    page: Page::Apply,
    live_checks: &[],
    shown: always,
    notes: none,
    problems: none,
};
