//! What the history says: applies that were done, stopped, undone.

use super::{ApplyError, Event, Outcome, journal};
use crate::host::Host;
use crate::store::{Entry, History, Paths};

/// An apply that was stopped or failed before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its entry.
    pub id: String,
    /// Steps that were done.
    pub done: usize,
    /// Steps there were.
    pub of: usize,
    /// Why it failed; `None` when it was stopped (killed, power cut).
    pub reason: Option<String>,
}

impl Unfinished {
    /// How far it came and what happens to it, one sentence or two.
    pub fn sentence(&self) -> String {
        let Self { done, of, reason, .. } = self;
        match reason {
            Some(reason) => format!("An earlier apply failed after {done} of {of}: {reason} Applying goes on with it."),
            None => format!("An earlier apply was stopped after {done} of {of}. Applying goes on with it."),
        }
    }
}

/// One apply, for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Its entry.
    pub id: String,
    /// When it began, RFC 3339.
    pub began: String,
    /// How it ended; `None` when it did not.
    pub outcome: Option<Outcome>,
    /// Steps that were done.
    pub done: usize,
    /// Steps there were.
    pub of: usize,
    /// Whether it was undone.
    pub undone: bool,
    /// What it changed of the settings, a few words each; `None` where it left them alone, or did not come so far.
    pub changed: Option<Vec<String>>,
    /// What it did, a title each.
    pub did: Vec<String>,
    /// The earlier apply that it took out again.
    pub takes_out: Option<String>,
    /// Its last words.
    pub message: String,
}

/// The newest apply that is neither finished nor undone, if the newest is one.
pub fn unfinished(host: &dyn Host, paths: &Paths) -> Result<Option<Unfinished>, ApplyError> {
    let Some((_, past)) = newest(host, paths)? else { return Ok(None) };
    let ended = matches!(past.outcome, Some(Outcome::Done | Outcome::OperatorMustAct | Outcome::Unchanged));
    Ok((!ended).then(|| Unfinished {
        reason: matches!(past.outcome, Some(Outcome::Failed)).then(|| past.message.clone()),
        id: past.id,
        done: past.done,
        of: past.of,
    }))
}

/// The id of the newest entry of all, unless it was undone.
pub fn newest_standing(host: &dyn Host, paths: &Paths) -> Result<Option<String>, ApplyError> {
    let history = History::new(host, paths);
    match history.entries()?.pop() {
        Some(entry) if !history.is_undone(&entry)? => Ok(Some(entry.id)),
        _ => Ok(None),
    }
}

/// The id of the newest apply that is in effect: the one that undo takes back first.
pub fn newest_in_effect(host: &dyn Host, paths: &Paths) -> Result<Option<String>, ApplyError> {
    Ok(newest(host, paths)?.map(|(entry, _)| entry.id))
}

/// The newest entry that was not undone.
pub(super) fn newest(host: &dyn Host, paths: &Paths) -> Result<Option<(Entry, Past)>, ApplyError> {
    let history = History::new(host, paths);
    for entry in history.entries()?.into_iter().rev() {
        if !history.is_undone(&entry)? {
            let past = describe(host, &history, &entry)?;
            return Ok(Some((entry, past)));
        }
    }
    Ok(None)
}

/// All applies, newest first.
pub fn past(host: &dyn Host, paths: &Paths) -> Result<Vec<Past>, ApplyError> {
    let history = History::new(host, paths);
    history.entries()?.iter().rev().map(|entry| describe(host, &history, entry)).collect()
}

fn describe(host: &dyn Host, history: &History, entry: &Entry) -> Result<Past, ApplyError> {
    let mut past = Past {
        id: entry.id.clone(),
        began: String::new(),
        outcome: None,
        done: 0,
        of: 0,
        undone: history.is_undone(entry)?,
        changed: history.changed(entry)?,
        did: Vec::new(),
        takes_out: history.takes_out(entry)?.map(|taken_out| taken_out.id),
        message: String::new(),
    };
    let mut titles = Vec::new();
    for event in journal::read(host, &entry.journal())? {
        match event {
            Event::Began { at, .. } => {
                if past.began.is_empty() {
                    past.began = at;
                }
                (past.outcome, past.done) = (None, 0);
            }
            Event::Planned { steps } => {
                past.of = steps.len();
                titles = steps;
            }
            Event::Done { step, .. } => {
                past.done += 1;
                past.did.extend(step.checked_sub(1).and_then(|at| titles.get(at)).cloned());
            }
            Event::Finished { outcome, message, .. } => (past.outcome, past.message) = (Some(outcome), message),
            _ => {}
        }
    }
    Ok(past)
}
