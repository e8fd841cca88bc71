//! The questions, each declared once: one file a step, one line in [`STEPS`].
//!
//! A [`Step`] is static data: what it says, which [`Field`]s it asks, which checks run live beside it. The TUI, the
//! prompts, the plain lines and the answers file all work from the same declarations, so they cannot ask different
//! things. A field reads and writes a [`Draft`], the wish as far as it is known.

mod draft;
mod engine;
mod field;

pub use draft::{Draft, Password};
pub use engine::Engine;
pub use field::{Choice, Field, Kind, Suggestion, Value};

/// One screen of the wizard.
pub struct Step {
    /// Its name on the command line, in files and tests ("hostname").
    pub id: &'static str,
    /// Its title ("Host name").
    pub title: &'static str,
    /// One idea, with a line of why; shown above the fields.
    pub intro: &'static str,
    /// What it asks, in order; empty for pages that only show.
    pub fields: &'static [Field],
    /// What the page does besides asking.
    pub page: Page,
    /// Ids of checks that run while the page is open, against the draft.
    pub live_checks: &'static [&'static str],
    /// Whether it is shown at all, given what is known.
    pub shown: fn(&Draft) -> bool,
    /// What keeps the operator from going on: sentences about the fields together. Empty means go on.
    pub problems: fn(&Draft) -> Vec<String>,
}

/// What a page does besides asking its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Nothing: questions with live checks.
    Questions,
    /// Shows what was found on the machine, and what must be settled first.
    Preflight,
    /// Shows wanted against found records, refreshed by itself.
    Dns,
    /// Shows the plan: every file as a diff, packages, services, users, firewall.
    Review,
    /// Carries the plan out and shows each action.
    Apply,
    /// Runs the checks.
    Verify,
    /// Shows client settings for each account.
    Clients,
}

/// All steps in order.
pub static STEPS: &[&Step] = &[];
