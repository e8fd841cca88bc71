//! What the page "Something is wrong" asks of the runner, and what it is told.

use super::model::Pasted;
use crate::finding::CheckResult;
use crate::front::diagnosis::{Found, Trail, Waited};
use crate::symptoms::{Concluded, Evidence, Interview};

/// Work for the runner.
pub enum Ask {
    /// Look at the logs and at what is not as it was set up.
    Glance {
        /// What was said.
        interview: Box<Interview>,
        /// What was pasted.
        pasted: Option<Pasted>,
    },
    /// Make the checks and conclude.
    Conclude(Box<Interview>),
    /// Carry out the fix of this cause, and prove it.
    Mend(Box<Concluded>),
    /// Show the fix that an earlier screen began.
    Follow,
    /// Take the last apply back.
    Undo,
    /// Look until the records of this cause are there.
    Wait(Box<Concluded>),
    /// Whatever runs is not wanted any more.
    Stop,
}

/// What came of it.
pub enum Told {
    /// What a first look shows, and what was done for it.
    Glanced(Result<(Box<Evidence>, Trail), String>),
    /// A check ended.
    Checked(Box<CheckResult>),
    /// The verdict.
    Found(Result<Box<Found>, String>),
    /// A line of the fix that is carried out.
    Line(String),
    /// The fix came to its end.
    Mended(Result<Box<Concluded>, String>),
    /// The fix was taken back, or why not.
    Undone(Result<(), String>),
    /// A look at DNS, at this time of day.
    Waited(String, Waited),
}
