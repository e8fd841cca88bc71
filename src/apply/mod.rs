//! Carries a plan out: lock, backup, journal, resume, undo.
//!
//! ```text
//! history/<ID>/journal.jsonl   what happened, one Event a line: every front end only tails it
//!              before.jsonl    how each thing was, written before it is changed: undo reads it
//!              backup/         contents of files as they were
//!              rendered        what was rendered for each file: what an edit by hand is merged from
//!              spec.toml       the wish as this apply left it, so that it can be taken out alone or done again
//! ```
//!
//! Actions do nothing where all is done already, so an apply that was killed is continued by planning again from what
//! is there; it goes on in the same entry of the history, whose first line about a thing holds, so that undo leads back
//! to before the first attempt.

mod act;
mod error;
mod event;
pub mod journal;
mod leave;
mod network;
mod prepare;
mod read_anew;
mod release;
mod run;
mod stop;
mod take_out;
mod undo;
mod unfinished;

pub use error::ApplyError;
pub use event::{Event, HELD_UP, Outcome};
pub use leave::{Traces, leave, traces};
pub use network::{Network, RealNetwork};
pub use prepare::{Prepared, prepare, present_wish};
pub use release::upgraded;
pub use run::{Ended, apply};
pub use stop::ask_to_stop;
pub use take_out::{apply_again, take_out};
pub use undo::{Undone, undo};
pub use unfinished::{Past, Unfinished, newest_in_effect, newest_standing, past, unfinished};

use crate::host::{Host, Lock, LockGuard};
use crate::store::Paths;

/// Who holds the lock: another apply or undo that is at work. `None` when nobody does.
pub fn at_work(host: &dyn Host, paths: &Paths) -> Result<Option<String>, ApplyError> {
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    match lock(host, paths) {
        Ok(_ours) => Ok(None),
        Err(ApplyError::Locked(holder)) => Ok(Some(holder)),
        Err(other) => Err(other),
    }
}

/// Takes the lock that one apply or undo holds.
fn lock(host: &dyn Host, paths: &Paths) -> Result<Box<dyn LockGuard>, ApplyError> {
    let about_us = format!("process {} since {}", std::process::id(), host.now().strftime("%Y-%m-%d %H:%M:%S UTC"));
    match host.lock(&paths.lock(), &about_us)? {
        Lock::Held(guard) => Ok(guard),
        Lock::HeldByOther(holder) => Err(ApplyError::Locked(crate::printable::excerpt(&holder, 120))),
    }
}

#[cfg(test)]
mod tests;
