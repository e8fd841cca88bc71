//! Has the accepted wish carried out by a process of its own, and follows its journal: when this terminal goes away, the
//! work goes on.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Wizard, WizardError};
use crate::apply::{Event, Outcome, Prepared, journal, prepare};
use crate::plan::EditChoices;
use crate::spec::Spec;
use crate::stacks::CommandLine;
use crate::store::History;

/// The unit that carries a wish out.
const UNIT: &str = "mailwizard-apply.service";
/// Longer than any apply: packages over a slow line, a certificate that keeps us waiting.
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// The time between looks at the journal.
const PAUSE: Duration = Duration::from_millis(250);

/// A place in the newest journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Mark {
    id: String,
    events: usize,
}

impl Wizard {
    /// What has to be done for this wish. Blocking; writes only keys of ours.
    pub fn prepare(&self, spec: Spec, choices: &EditChoices) -> Result<Prepared, WizardError> {
        Ok(prepare(&*self.host, &self.paths, spec, choices)?)
    }

    /// Whether a process of ours is carrying a wish out now.
    pub fn is_applying(&self) -> Result<bool, WizardError> {
        let command = CommandLine::new("systemctl", &["is-active", "--quiet", UNIT]);
        Ok(self.host.run(&command, &mut |_| {})?.succeeded())
    }

    /// Starts a process that carries out the accepted wish, or joins the one that is at it, and tells every event of its
    /// journal until it ends. Blocking.
    pub fn apply(&self, choices: &EditChoices, on_event: &mut dyn FnMut(&Event)) -> Result<Outcome, WizardError> {
        if self.is_applying()? {
            let mark = self.last_beginning()?;
            return self.follow(mark, on_event, || self.is_applying());
        }
        let mark = self.end_of_journal()?;
        let command = self.command(choices)?;
        std::thread::scope(|scope| {
            let running = scope.spawn(|| self.host.run(&command, &mut |_| {}));
            let outcome = self.follow(mark, on_event, || Ok(!running.is_finished()));
            let ended = running.join().map_err(|_| WizardError::CutShort("apply"))??;
            match outcome {
                Err(WizardError::NoSummary) if !ended.succeeded() => Err(WizardError::NotApplied(self.last_words()?)),
                outcome => outcome,
            }
        })
    }

    /// What the process said before it ended without a summary.
    fn last_words(&self) -> Result<String, WizardError> {
        let command = CommandLine::new("journalctl", &["--no-pager", "--output=cat", "--lines=3", "--unit", UNIT]);
        let words = self.host.run(&command, &mut |_| {})?.stdout;
        Ok(crate::printable::excerpt(words.trim(), 400))
    }

    fn command(&self, choices: &EditChoices) -> Result<CommandLine, WizardError> {
        let program = self.host.program().ok_or(WizardError::NoProgram)?;
        let program = program.display().to_string();
        // A unit that ended badly keeps its name until it is reset; without one this is no error worth telling.
        self.host.run(&CommandLine::new("systemctl", &["reset-failed", UNIT]), &mut |_| {})?;
        let mut arguments = vec!["--unit", UNIT, "--collect", "--quiet", "--wait", "--", &program];
        arguments.extend(["apply", "--yes"]);
        let choices = choices.arguments();
        arguments.extend(choices.iter().flat_map(|choice| ["--edited", choice]));
        Ok(CommandLine::new("systemd-run", &arguments).timeout(LONGEST))
    }

    /// Tells events from `mark` on until the summary, or until nobody writes any more.
    fn follow(
        &self,
        mut mark: Mark,
        on_event: &mut dyn FnMut(&Event),
        mut goes_on: impl FnMut() -> Result<bool, WizardError>,
    ) -> Result<Outcome, WizardError> {
        loop {
            // Asked before the look, so that the last events are seen.
            let writing = goes_on()?;
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
            self.host.sleep(PAUSE);
        }
    }

    fn events_after(&self, mark: &mut Mark) -> Result<VecDeque<Event>, WizardError> {
        let entries = History::new(&*self.host, &self.paths).entries()?;
        let Some(newest) = entries.last() else { return Ok(VecDeque::new()) };
        if newest.id != mark.id {
            *mark = Mark { id: newest.id.clone(), events: 0 };
        }
        let events = journal::read(&*self.host, &newest.journal())?;
        let new = events.into_iter().skip(mark.events).collect::<VecDeque<_>>();
        mark.events += new.len();
        Ok(new)
    }

    fn end_of_journal(&self) -> Result<Mark, WizardError> {
        let mut mark = Mark::default();
        self.events_after(&mut mark)?;
        Ok(mark)
    }

    fn last_beginning(&self) -> Result<Mark, WizardError> {
        let mut mark = Mark::default();
        let events = self.events_after(&mut mark)?;
        mark.events = events.iter().rposition(|e| matches!(e, Event::Began { .. })).unwrap_or(0);
        Ok(mark)
    }
}
