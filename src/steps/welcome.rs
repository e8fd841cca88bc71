//! What was found on the machine, and what must be settled before anything else.

use super::field::always;
use super::preflight::must_be_settled;
use super::{Page, Step, none};

/// The step.
pub static STEP: Step = Step {
    id: "welcome",
    title: "Welcome",
    intro: "This machine becomes a mail server. Nothing is changed before you have seen all of it at the review. This is what \
            was found here.",
    fields: &[],
    page: Page::Preflight,
    live_checks: &["firewall-outbound-25"],
    shown: always,
    notes: none,
    problems: must_be_settled,
};
