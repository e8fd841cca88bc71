//! Client settings for each account.

use super::field::always;
use super::{Page, Step, none};

/// The step.
pub static STEP: Step = Step {
    id: "clients",
    title: "Mail clients",
    intro: "What each person needs to read mail on a phone or computer.",
    fields: &[],
    page: Page::Clients,
    live_checks: &[],
    shown: always,
    notes: none,
    problems: none,
};
