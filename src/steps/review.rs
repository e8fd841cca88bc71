//! The plan, before anything is done.

use super::field::always;
use super::{Page, Step, none};

/// The step.
pub static STEP: Step = Step {
    id: "review",
    title: "Review",
    intro: "This is everything that will be done. Nothing has been changed so far.",
    fields: &[],
    page: Page::Review,
    live_checks: &[],
    shown: always,
    notes: none,
    problems: |draft| draft.spec().err().unwrap_or_default(),
};
