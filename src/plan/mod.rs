//! What must change: [`Desired`] against [`Observed`] gives a [`Plan`]. Pure.

mod action;
mod observed;

pub use action::{Action, FileChange, Plan, UnitVerb};
pub use observed::{Observed, ObservedFile, UnitState};
