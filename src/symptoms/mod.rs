//! From the operator's words to the cause: what logs, checks and bounces say together. Pure: it is given lines, results
//! and texts, and reads nothing itself.

pub mod bounce;
mod catalogue;
mod diagnose;
mod evidence;
mod interview;
pub mod log;
mod term;
pub mod trace;
mod words;

pub use catalogue::{ALWAYS, Cause, Direction, Repair, Symptom, cause, causes, symptom, symptoms};
pub use diagnose::{
    Concluded, Diagnosis, ProposedFix, RuledOut, Server, checks_of, diagnose, symptom_of, symptoms_with_check,
};
pub use evidence::{Drift, Evidence, Look};
pub use interview::{Answer, Choice, Interview, MOST, Opening, Question};
pub use term::Term;
pub use words::{Match, matching};
