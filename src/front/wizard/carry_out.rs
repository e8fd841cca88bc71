//! Has the accepted wish carried out by a process of its own, and follows its journal: when this terminal goes away, the
//! work goes on.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::{Wizard, WizardError};
use crate::apply::{self, ApplyError, Event, Outcome, Prepared, journal, prepare};
use crate::front::exit::Exit;
use crate::plan::EditChoices;
use crate::spec::Spec;
use crate::stacks::CommandLine;
use crate::store::{Entry, History};

/// The unit that carries a wish out.
const APPLY_UNIT: &str = "mailwizard-apply.service";
/// The unit that takes an apply back.
const UNDO_UNIT: &str = "mailwizard-undo.service";
/// Longer than any apply: packages over a slow line, a certificate that keeps us waiting.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// The time between looks at the journal.
const PAUSE: Duration = Duration::from_millis(250);

/// A place in the newest journal, or in that of one entry.
#[derive(Debug, Clone)]
struct Mark {
    /// Which of an entry's journals it is.
    journal: fn(&Entry) -> PathBuf,
    id: String,
    events: usize,
    /// The only entry whose journal it is; the newest one where none is named.
    only: Option<String>,
}

impl Mark {
    fn in_journal(journal: fn(&Entry) -> PathBuf) -> Self {
        Self { journal, id: String::new(), events: 0, only: None }
    }
}

impl Wizard {
    /// What has to be done for this wish. Blocking; writes only keys of ours.
    pub fn prepare(&self, spec: Spec, choices: &EditChoices) -> Result<Prepared, WizardError> {
        Ok(prepare(&*self.host, &self.paths, spec, choices)?)
    }

    /// Whether a process of ours is carrying a wish out now.
    pub fn is_applying(&self) -> Result<bool, WizardError> {
        let command = CommandLine::new("systemctl", &["is-active", "--quiet", APPLY_UNIT]);
        Ok(self.host.run(&command, &mut |_| {})?.succeeded())
    }

    /// Starts a process that carries out the accepted wish, or joins the one that is at it, and tells every event of its
    /// journal until it ends. Blocking.
    pub fn apply(&self, choices: &EditChoices, on_event: &mut dyn FnMut(&Event)) -> Result<Outcome, WizardError> {
        if self.is_applying()? {
            let mark = self.last_beginning()?;
            return self.follow(mark, on_event, || {
                self.host.sleep(PAUSE);
                self.is_applying()
            });
        }
        let mut arguments = vec!["apply", "--yes"];
        let choices = choices.arguments();
        arguments.extend(choices.iter().flat_map(|choice| ["--edited", choice]));
        let mark = self.end_of(Entry::journal)?;
        self.run_apart(APPLY_UNIT, &arguments, mark, on_event)
    }

    /// Takes the newest apply back by a process of its own, and tells every event of its journal. Blocking.
    pub fn undo(&self, on_event: &mut dyn FnMut(&Event)) -> Result<Outcome, WizardError> {
        let newest = apply::newest_in_effect(&*self.host, &self.paths)?.ok_or(WizardError::NothingToUndo)?;
        self.undo_one(&newest, on_event)
    }

    /// Takes this apply back by a process of its own, leaves what came later in effect, and tells every event. Blocking.
    pub fn undo_one(&self, id: &str, on_event: &mut dyn FnMut(&Event)) -> Result<Outcome, WizardError> {
        let is_newest = apply::newest_in_effect(&*self.host, &self.paths)?.as_deref() == Some(id);
        let mark = if is_newest {
            let mut mark = Mark { only: Some(id.to_owned()), ..Mark::in_journal(Entry::undo_journal) };
            self.events_after(&mut mark)?;
            mark
        } else {
            // One among others is taken out by an apply of its own.
            self.end_of(Entry::journal)?
        };
        self.run_apart(UNDO_UNIT, &["undo", id], mark, on_event)
    }

    /// Asks the apply that runs to stop after its present step.
    pub fn ask_to_stop(&self) -> Result<(), WizardError> {
        Ok(apply::ask_to_stop(&*self.host, &self.paths)?)
    }

    /// What the newest apply told since it began, or went on, last; nothing when it was undone or there is none.
    pub fn last_apply(&self) -> Result<Vec<Event>, WizardError> {
        if apply::newest_standing(&*self.host, &self.paths)?.is_none() {
            return Ok(Vec::new());
        }
        let mut mark = self.last_beginning()?;
        Ok(self.events_after(&mut mark)?.into())
    }

    fn run_apart(
        &self,
        unit: &str,
        arguments: &[&str],
        mark: Mark,
        on_event: &mut dyn FnMut(&Event),
    ) -> Result<Outcome, WizardError> {
        let command = self.command(unit, arguments)?;
        std::thread::scope(|scope| {
            let (works, ends) = mpsc::channel::<()>();
            let running = scope.spawn(|| {
                let _works = works;
                self.host.run(&command, &mut |_| {})
            });
            let outcome =
                self.follow(mark, on_event, || Ok(ends.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout)));
            let ended = running.join().map_err(|_| WizardError::CutShort("the work"))??;
            match outcome {
                Err(WizardError::NoSummary) if ended.code == Exit::Locked as i32 => {
                    let holder = apply::at_work(&*self.host, &self.paths)?;
                    Err(ApplyError::Locked(holder.unwrap_or_else(|| "it has just ended".into())).into())
                }
                Err(WizardError::NoSummary) if !ended.succeeded() => {
                    Err(WizardError::NotApplied(self.last_words(unit)?))
                }
                outcome => outcome,
            }
        })
    }

    /// What the process said before it ended without a summary.
    fn last_words(&self, unit: &str) -> Result<String, WizardError> {
        let command = CommandLine::new("journalctl", &["--no-pager", "--output=cat", "--lines=3", "--unit", unit]);
        let words = self.host.run(&command, &mut |_| {})?.stdout;
        Ok(crate::printable::excerpt(words.trim(), 400))
    }

    fn command(&self, unit: &str, arguments: &[&str]) -> Result<CommandLine, WizardError> {
        let program = self.host.program().ok_or(WizardError::NoProgram)?;
        let program = program.display().to_string();
        // A unit that ended badly keeps its name until it is reset; without one this is no error worth telling.
        self.host.run(&CommandLine::new("systemctl", &["reset-failed", unit]), &mut |_| {})?;
        let mut words = vec!["--unit", unit, "--collect", "--quiet", "--wait", "--", &program];
        words.extend(arguments);
        Ok(CommandLine::new("systemd-run", &words).timeout(LONGEST))
    }

    /// Tells events from `mark` on until the summary, or until nobody writes any more: `goes_on` waits until there may be
    /// more, and says whether somebody does.
    fn follow(
        &self,
        mut mark: Mark,
        on_event: &mut dyn FnMut(&Event),
        mut goes_on: impl FnMut() -> Result<bool, WizardError>,
    ) -> Result<Outcome, WizardError> {
        let mut writing = true;
        loop {
            let mut events = self.events_after(&mut mark)?;
            while let Some(event) = events.pop_front() {
                on_event(&event);
                if let Event::Finished { outcome, .. } = event {
                    return Ok(outcome);
                }
            }
            if !writing {
                return Err(WizardError::NoSummary);
            }
            writing = goes_on()?;
        }
    }

    fn events_after(&self, mark: &mut Mark) -> Result<VecDeque<Event>, WizardError> {
        let entries = History::new(&*self.host, &self.paths).entries()?;
        let newest = match &mark.only {
            Some(id) => entries.iter().find(|entry| entry.id == *id),
            None => entries.last(),
        };
        let Some(newest) = newest else { return Ok(VecDeque::new()) };
        if newest.id != mark.id {
            mark.id.clone_from(&newest.id);
            mark.events = 0;
        }
        let events = journal::read(&*self.host, &(mark.journal)(newest))?;
        let new = events.into_iter().skip(mark.events).collect::<VecDeque<_>>();
        mark.events += new.len();
        Ok(new)
    }

    fn end_of(&self, journal: fn(&Entry) -> PathBuf) -> Result<Mark, WizardError> {
        let mut mark = Mark::in_journal(journal);
        self.events_after(&mut mark)?;
        Ok(mark)
    }

    fn last_beginning(&self) -> Result<Mark, WizardError> {
        let mut mark = Mark::in_journal(Entry::journal);
        let events = self.events_after(&mut mark)?;
        mark.events = events.iter().rposition(|e| matches!(e, Event::Began { .. })).unwrap_or(0);
        Ok(mark)
    }
}
