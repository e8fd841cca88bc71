//! The questions, each declared once: one file a step, one line in [`STEPS`].
//!
//! A [`Step`] is static data: what it says, which [`Field`]s it asks, which checks run live beside it. The TUI, the
//! prompts, the plain lines and the answers file all work from the same declarations, so they cannot ask different
//! things. A field reads and writes a [`Draft`], the wish as far as it is known.

mod accounts;
mod apply;
mod assume;
mod certificate;
mod clients;
mod cutover;
mod dns;
mod domains;
mod draft;
mod engine;
mod field;
mod hostname;
mod outbound;
mod preflight;
mod protections;
mod review;
mod saved;
mod seen;
mod verify;
mod welcome;

pub use assume::{Assumed, assume};
pub use certificate::AGREE_TO_TERMS;
pub use draft::{Draft, Password};
pub use engine::Engine;
pub use field::{Choice, Field, Kind, Suggestion, Value};
pub use preflight::{Noticed, preflight};
pub use saved::{SavedError, load, save, saved_step};
pub use seen::Seen;

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
    /// What the operator should know before going on, but may leave as it is: sentences about the answers.
    pub notes: fn(&Draft) -> Vec<String>,
    /// What keeps the operator from going on: sentences about the fields together. Empty means go on.
    pub problems: fn(&Draft) -> Vec<String>,
}

impl Step {
    /// Whether the question of this name is one of its.
    pub fn asks(&self, id: &str) -> bool {
        self.fields.iter().any(|field| field.id == id)
    }
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
    /// Lets domains that are moving here arrive: their mail is accepted from now on, then their MX changes.
    CutOver,
    /// Shows client settings for each account.
    Clients,
}

/// All steps in order.
pub static STEPS: &[&Step] = &[
    &welcome::STEP,
    &outbound::STEP,
    &hostname::STEP,
    &domains::STEP,
    &protections::STEP,
    &dns::STEP,
    &certificate::STEP,
    &accounts::STEP,
    &review::STEP,
    &apply::STEP,
    &verify::STEP,
    &cutover::STEP,
    &clients::STEP,
];

/// `problems` or `notes` of a step that has none.
fn none(_: &Draft) -> Vec<String> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_texts_fit_their_place() {
        let (mut ids, mut fields) = (BTreeSet::new(), BTreeSet::new());
        for step in STEPS {
            assert!(ids.insert(step.id), "{} twice", step.id);
            assert!(step.intro.chars().count() <= 230, "{}: the intro is longer than three lines", step.id);
            for field in step.fields {
                assert!(fields.insert(field.id), "{} twice", field.id);
                assert!(field.label.chars().count() <= 26, "{}: the label is too long", field.id);
                assert!(field.help.chars().count() <= 330, "{}: the help is too long", field.id);
            }
        }
    }

    #[test]
    fn going_on_needs_answers_and_going_back_loses_none() {
        let facts = crate::facts::Facts {
            distribution: crate::facts::Distribution {
                id: "debian".into(),
                version: "13".into(),
                ..Default::default()
            },
            is_root: true,
            has_systemd: true,
            addresses: crate::facts::Addresses {
                egress_ipv4: "198.51.100.10".parse().ok(),
                ..crate::facts::Addresses::default()
            },
            ..crate::facts::Facts::default()
        };
        let mut engine = Engine::new(Draft { facts, ..Draft::default() });
        assert_eq!((engine.step().id, engine.position()), ("welcome", (1, 11)));
        assert_eq!(engine.go_on(), Ok(true));
        assert_eq!(engine.step().id, "hostname");
        assert!(engine.go_on().is_err());
        let hostname = &engine.step().fields[0];
        assert!(engine.answer(hostname, Value::Text("mail_1.example.org".into())).is_err());
        engine.answer(hostname, Value::Text("mail.example.org".into())).unwrap();
        assert_eq!(engine.go_on(), Ok(true));
        assert!(engine.back());
        assert_eq!((hostname.get)(&engine.draft), Value::Text("mail.example.org".into()));

        let resumed = Engine::resume(engine.draft.clone(), "domains");
        assert_eq!(resumed.step().id, "domains");
        let held_up = Engine::resume(engine.draft, "review");
        assert_eq!(held_up.step().id, "domains", "the first step that still needs an answer");
    }
}
