//! One apply from lock to summary.

use jiff::Timestamp;

use super::act::{Act, Acted, WentBack, policy, take_back_unconfirmed};
use super::journal::Journal;
use super::{ApplyError, Event, Network, Outcome, Prepared, Unfinished, lock, prepare, release, stop};
use crate::host::{Host, unfinished};
use crate::plan::{Action, EditChoices, sha256, steps};
use crate::spec::Spec;
use crate::stacks::CommandLine;
use crate::store::{self, Entry, History, KEPT_APPLIES, Paths, pending};

/// The version of the journal's format.
pub(super) const SCHEMA: u32 = 1;

/// How an apply ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The entry in the history; `None` when nothing had to be done.
    pub id: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// One sentence.
    pub message: String,
}

/// Carries `spec` out. Takes the lock, plans, and goes on with an apply that was stopped. Every event goes to the
/// journal and to `listen`. A step that fails is no `Err` but an [`Outcome::Failed`] with the reason in the events.
pub fn apply(
    host: &dyn Host,
    network: &dyn Network,
    paths: &Paths,
    spec: Spec,
    choices: &EditChoices,
    listen: &mut dyn FnMut(&Event),
) -> Result<Ended, ApplyError> {
    if !host.is_root() {
        return Err(ApplyError::NotRoot);
    }
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    let _lock = lock(host, paths)?;
    policy::give_back(host, paths)?;
    take_back_unconfirmed(host, paths)?;
    stop::forget(host, paths)?;
    settle_what_was_being_written(host, paths)?;
    let begun = host.now();
    let prepared = prepare(host, paths, spec.clone(), choices)?;
    if prepared.plan.open_edits().next().is_some() {
        return Err(ApplyError::HandEdited(prepared.plan.open_edits().cloned().collect()));
    }
    if prepared.plan.is_empty() && prepared.unfinished.is_none() {
        release::remember(host, paths, &prepared.facts)?;
        return unchanged(host, paths, listen);
    }
    let history = History::new(host, paths);
    let entry = entry(host, paths, &history, prepared.unfinished.as_ref())?;
    let journal = Journal::open(host, entry.journal(), listen)?;
    let mut run = Run {
        host,
        paths,
        choices,
        history: &history,
        act: Act::new(host, network, paths, &history, &entry, store::load_written(host, paths)?),
        journal,
        entry: &entry,
        begun,
        done: 0,
        must_act: false,
        leads_back: false,
    };
    run.whole(prepared)
}

/// Finds out which files an interrupted run had written.
fn settle_what_was_being_written(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    let mut written = store::load_written(host, paths)?;
    if written.writing.is_empty() && written.restoring.is_empty() {
        return Ok(());
    }
    for path in std::mem::take(&mut written.restoring) {
        host.remove(&unfinished(&path))?;
    }
    for (path, file) in std::mem::take(&mut written.writing) {
        if host.read(&path)?.is_some_and(|there| sha256(&there.content) == file.content) {
            written.wrote(path, file);
        }
    }
    Ok(store::save_written(host, paths, &written)?)
}

/// The entry that is continued, or a new one, for which the oldest may have to go.
fn entry(
    host: &dyn Host,
    paths: &Paths,
    history: &History,
    unfinished: Option<&Unfinished>,
) -> Result<Entry, ApplyError> {
    let stopped = unfinished.map(|u| u.id.as_str());
    if let Some(entry) = stopped.map(|id| history.find(id)).transpose()?.flatten() {
        return Ok(entry);
    }
    history.prune(KEPT_APPLIES - 1, &store::load_written(host, paths)?)?;
    let entry = history.begin()?;
    if let Some(id) = pending::takes_out(host, paths)? {
        history.note_takes_out(&entry, &id)?;
    }
    Ok(entry)
}

fn unchanged(host: &dyn Host, paths: &Paths, listen: &mut dyn FnMut(&Event)) -> Result<Ended, ApplyError> {
    if host.read(&paths.pending_spec())?.is_some() {
        pending::clear(host, paths)?;
    }
    let message = "Nothing to do: everything is as it should be. Nothing was written or restarted.".to_owned();
    listen(&Event::Finished {
        schema: SCHEMA,
        id: String::new(),
        outcome: Outcome::Unchanged,
        done: 0,
        of: 0,
        elapsed_ms: 0,
        message: message.clone(),
    });
    Ok(Ended { id: None, outcome: Outcome::Unchanged, message })
}

struct Run<'a> {
    host: &'a dyn Host,
    paths: &'a Paths,
    choices: &'a EditChoices,
    history: &'a History<'a>,
    act: Act<'a>,
    journal: Journal<'a>,
    entry: &'a Entry,
    begun: Timestamp,
    /// Steps that are done.
    done: usize,
    must_act: bool,
    /// Whether the action that failed was one after which nothing may stay as this run left it.
    leads_back: bool,
}

/// Whether a failure of this action means that a daemon does not take its settings, or does not find its mail.
fn leads_back(action: &Action) -> bool {
    matches!(
        action,
        Action::Derive(_)
            | Action::Validate { .. }
            | Action::Unit { .. }
            | Action::WaitReady { .. }
            | Action::AdoptMail(_)
    )
}

impl Run<'_> {
    fn whole(&mut self, mut prepared: Prepared) -> Result<Ended, ApplyError> {
        self.journal.tell(&Event::Began {
            schema: SCHEMA,
            id: self.entry.id.clone(),
            at: self.begun.to_string(),
            pid: std::process::id(),
            continued: prepared.unfinished.is_some(),
        })?;
        self.remember_our_own_state()?;
        self.act.keep_edits(&prepared.plan)?;
        self.act.keep_units(&prepared)?;
        let mut titles: Vec<String> = Vec::new();
        let mut at = 0;
        loop {
            let todo = steps(&prepared.plan.actions);
            titles.truncate(at);
            titles.extend(todo.iter().map(|step| step.title.clone()));
            self.journal.tell(&Event::Planned { steps: titles.clone() })?;
            let mut again = false;
            for step in &todo {
                if stop::is_asked(self.host, self.paths)? {
                    return self.stopped(titles.len());
                }
                at += 1;
                let actions = prepared.plan.actions[step.actions.clone()].to_vec();
                if let Err(reason) = self.step(at, &actions, &prepared) {
                    return self.failed(at, titles.len(), &reason);
                }
                // Packages bring versions, users and files that the plan could only guess.
                if actions.iter().any(|a| matches!(a, Action::InstallPackages(_))) {
                    again = true;
                    break;
                }
            }
            if !again {
                break;
            }
            prepared = match prepare(self.host, self.paths, prepared.spec, self.choices) {
                Ok(prepared) if prepared.plan.open_edits().next().is_none() => prepared,
                Ok(prepared) => {
                    let open = prepared.plan.open_edits().cloned().collect();
                    return self.failed(at, titles.len(), &ApplyError::HandEdited(open));
                }
                Err(reason) => return self.failed(at, titles.len(), &reason),
            };
        }
        for note in prepared.plan.notes.clone() {
            self.journal.tell(&Event::Note { text: note })?;
        }
        if let Some(taken_out) = self.history.takes_out(self.entry)? {
            self.history.mark_undone(&taken_out)?;
        }
        release::remember(self.host, self.paths, &prepared.facts)?;
        let (outcome, message) = if self.must_act {
            (Outcome::OperatorMustAct, "Done as far as it can be: see above for what you must do first.".to_owned())
        } else {
            (Outcome::Done, format!("{} is set up. 'mailwizard undo' goes back to before.", prepared.spec.hostname))
        };
        self.finish(outcome, titles.len(), message)
    }

    /// Undo puts these back too: what we believe must fit what is there.
    fn remember_our_own_state(&mut self) -> Result<(), ApplyError> {
        for path in [self.paths.written(), self.paths.spec(), self.paths.password_hashes()] {
            self.act.keep_file(&path)?;
        }
        self.act.keep_directory(self.paths.etc())
    }

    fn step(&mut self, number: usize, actions: &[Action], prepared: &Prepared) -> Result<(), ApplyError> {
        let started = self.host.now();
        self.journal.tell(&Event::Started { step: number, at: started.to_string() })?;
        let mut goes_on = None;
        self.act.before_step(actions)?;
        let checks: Vec<(&str, &CommandLine)> = actions
            .iter()
            .map_while(|action| match action {
                Action::Validate { unit, command } => Some((unit.as_str(), command)),
                _ => None,
            })
            .collect();
        let checked = self.act.validate(&checks, &mut |line| self.journal.line(number, line));
        self.leads_back = checked.is_err();
        checked?;
        for (at, action) in actions.iter().enumerate().skip(checks.len()) {
            let journal = &mut self.journal;
            let acted = self.act.act(action, prepared, &mut |line| journal.line(number, line));
            self.leads_back = acted.is_err() && leads_back(action);
            match acted? {
                Acted::Done => {}
                Acted::Noted(text) => self.journal.tell(&Event::Note { text })?,
                Acted::OperatorMustAct(reason) => {
                    self.must_act = true;
                    goes_on = Some(reason);
                    self.act.leave_out(&actions[at..]);
                    break;
                }
            }
        }
        self.act.after_step(actions, prepared)?;
        if let Some(reason) = goes_on {
            self.journal.tell(&Event::Failed { step: number, reason, goes_on: true })?;
        } else {
            self.done += 1;
            self.journal.tell(&Event::Done { step: number, elapsed_ms: elapsed_ms(self.host, started) })?;
        }
        Ok(())
    }

    fn failed(&mut self, number: usize, of: usize, why: &ApplyError) -> Result<Ended, ApplyError> {
        let mut reason = why.to_string();
        if self.leads_back || !self.act.touched_units() {
            let went_back = self.go_back();
            if !went_back.is_empty() && !reason.ends_with(['.', '?']) {
                reason.push('.');
            }
            reason.push_str(&went_back);
        }
        // The disk may be full: the reason is told even where it cannot be kept.
        self.journal.tell_if_possible(&Event::Failed { step: number, reason: reason.clone(), goes_on: false });
        let message =
            format!("Stopped at step {number} of {of}. Run 'mailwizard apply' to go on, or 'mailwizard undo'.");
        let event = self.summary(Outcome::Failed, of, message.clone());
        self.journal.tell_if_possible(&event);
        Ok(Ended { id: Some(self.entry.id.clone()), outcome: Outcome::Failed, message })
    }

    fn stopped(&mut self, of: usize) -> Result<Ended, ApplyError> {
        stop::forget(self.host, self.paths)?;
        let message = format!(
            "Stopped after step {} of {of}, as asked. Run 'mailwizard apply' to go on, or 'mailwizard undo'.",
            self.done
        );
        self.finish(Outcome::Stopped, of, message)
    }

    /// Goes back to how the server was before this run, and says so.
    fn go_back(&mut self) -> String {
        let WentBack { files: count, units, troubles } = match self.act.go_back() {
            Ok(Some(back)) => back,
            Ok(None) => return String::new(),
            Err(error) => return format!(" The files could not all be put back: {error} Run 'mailwizard undo'."),
        };
        let files = match count {
            1 => "1 file is as it was before".to_owned(),
            _ => format!("{count} files are as they were before"),
        };
        if count == 0 && units.is_empty() {
            return String::new();
        }
        if !troubles.is_empty() {
            return format!(" Not everything could be put back: {}. Run 'mailwizard undo'.", troubles.join("; "));
        }
        if units.is_empty() {
            return format!(" No daemon has read the new settings. {files}, and the server runs on unchanged.");
        }
        let units: Vec<&str> = units.iter().map(|unit| unit.strip_suffix(".service").unwrap_or(unit)).collect();
        format!(" {files}, and {} runs with them again.", units.join(", "))
    }

    fn finish(&mut self, outcome: Outcome, of: usize, message: String) -> Result<Ended, ApplyError> {
        let event = self.summary(outcome, of, message.clone());
        self.journal.tell(&event)?;
        Ok(Ended { id: Some(self.entry.id.clone()), outcome, message })
    }

    fn summary(&self, outcome: Outcome, of: usize, message: String) -> Event {
        Event::Finished {
            schema: SCHEMA,
            id: self.entry.id.clone(),
            outcome,
            done: self.done,
            of,
            elapsed_ms: elapsed_ms(self.host, self.begun),
            message,
        }
    }
}

pub(super) fn elapsed_ms(host: &dyn Host, since: Timestamp) -> u64 {
    u64::try_from(host.now().duration_since(since).as_millis()).unwrap_or(0)
}
