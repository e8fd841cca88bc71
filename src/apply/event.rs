//! What apply tells: the lines of the journal, of `apply --json`, and of the progress that front ends show.

use serde::{Deserialize, Serialize};

/// What a line begins with that says what holds a step up: front ends show it at once, as nothing may come after it for
/// minutes.
pub const HELD_UP: &str = "held up: ";

/// One line of `journal.jsonl`.
///
/// Steps are counted from 1. A second [`Event::Planned`] replaces the list: once packages are there, the rest is planned
/// again with their real versions; steps that are done keep their numbers. A continued apply appends to the journal of
/// the one it continues, from a new [`Event::Began`] on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The first line.
    Began {
        /// Version of this format: 1.
        schema: u32,
        /// The entry in the history.
        id: String,
        /// When, RFC 3339, UTC.
        at: String,
        /// The process that does it.
        pid: u32,
        /// Whether it goes on where an earlier one was stopped.
        continued: bool,
    },
    /// What will be done.
    Planned {
        /// One line for each step, in order.
        steps: Vec<String>,
    },
    /// A step begins.
    Started {
        /// Its number.
        step: usize,
        /// When.
        at: String,
    },
    /// The last line of a program's output, printable; a few a second at most.
    Line {
        /// The step.
        step: usize,
        /// The line.
        text: String,
    },
    /// A step is done.
    Done {
        /// Its number.
        step: usize,
        /// How long it took.
        elapsed_ms: u64,
    },
    /// A step failed.
    Failed {
        /// Its number.
        step: usize,
        /// Why, in sentences.
        reason: String,
        /// Whether apply goes on with the next step nevertheless.
        goes_on: bool,
    },
    /// Something that the operator should know.
    Note {
        /// A sentence.
        text: String,
    },
    /// The last line: a summary.
    Finished {
        /// Version of this format: 1.
        schema: u32,
        /// The entry in the history; empty when nothing had to be done.
        id: String,
        /// How it ended.
        outcome: Outcome,
        /// Steps that are done.
        done: usize,
        /// Steps there were.
        of: usize,
        /// How long it took.
        elapsed_ms: u64,
        /// One sentence.
        message: String,
    },
}

/// How an apply or undo ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing had to be done; nothing was written or restarted.
    Unchanged,
    /// All is done.
    Done,
    /// Done as far as it can be; the operator must act first.
    OperatorMustAct,
    /// A step failed.
    Failed,
    /// It was asked to stop, and did after its step; it can be continued.
    Stopped,
}
