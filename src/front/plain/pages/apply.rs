//! The work itself, one line a step.

use std::time::Instant;

use super::Setup;
use crate::apply::{self, Event, Outcome};
use crate::front::exit::Failure;
use crate::front::plain::walk::Onward;
use crate::front::plain::{Asker, Reply, Verb};
use crate::front::progress::ProgressLines;
use crate::front::wizard::WizardError;
use crate::steps::Engine;

const AGAIN: Verb = Verb { key: 't', label: "try again" };
const CONTINUE: Verb = Verb { key: 'c', label: "continue where it stopped" };
const UNDO: Verb = Verb { key: 'u', label: "undo what it did" };
const SHOW: Verb = Verb { key: 's', label: "show what it did" };
const REVIEW: Verb = Verb { key: 'r', label: "go through the answers" };
const BACK: Verb = Verb { key: 'b', label: "back" };
const LEAVE: Verb = Verb { key: 'q', label: "leave" };

impl Setup<'_> {
    /// Takes up the apply that another run began: one that still goes on is followed; about one that was stopped the
    /// operator is asked. `false` when the operator leaves.
    pub fn take_up(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<bool, Failure> {
        if self.wizard.is_applying()? {
            asker.say("The set-up is being carried out already; this is how it goes.")?;
            engine.go_to("apply");
            return Ok(true);
        }
        self.wizard.require_no_other_run()?;
        let Some(unfinished) = apply::unfinished(&*self.wizard.host, &self.wizard.paths)? else { return Ok(true) };
        asker.say(&unfinished.sentence())?;
        loop {
            asker.show("")?;
            match asker.verb("", &[CONTINUE, UNDO, SHOW, REVIEW, LEAVE])? {
                Reply::Given('c') => {
                    engine.go_to("apply");
                    return Ok(true);
                }
                Reply::Given('u') => {
                    self.follow(asker, |wizard, on_event| wizard.undo(on_event))?;
                    return Ok(true);
                }
                Reply::Given('s') => {
                    let mut progress = ProgressLines::new(Instant::now());
                    for event in self.wizard.last_apply()? {
                        progress.lines(&event, Instant::now()).iter().try_for_each(|line| asker.show(line))?;
                    }
                }
                Reply::Given('r') => return Ok(true),
                Reply::Given(_) | Reply::Back | Reply::Leave => return Ok(false),
            }
        }
    }

    pub(super) fn apply(&mut self, asker: &mut dyn Asker) -> Result<Onward, Failure> {
        loop {
            let outcome = self.carry_out(asker)?;
            if !matches!(outcome, Outcome::Failed | Outcome::Stopped) {
                self.wizard.forget_draft()?;
                return Ok(Onward::GoOn);
            }
            asker.say("`mailwizard undo` takes back what was done so far.")?;
            match asker.verb("", &[AGAIN, BACK, LEAVE])? {
                Reply::Given('t') => {}
                Reply::Given('b') | Reply::Back => return Ok(Onward::Back),
                _ => {
                    self.failed = true;
                    return Ok(Onward::Leave);
                }
            }
        }
    }

    /// Has the accepted wish carried out and tells how it goes.
    pub(super) fn carry_out(&mut self, asker: &mut dyn Asker) -> Result<Outcome, Failure> {
        let choices = self.edited.clone();
        self.follow(asker, |wizard, on_event| wizard.apply(&choices, on_event))
    }

    fn follow(
        &mut self,
        asker: &mut dyn Asker,
        work: impl FnOnce(&super::Wizard, &mut dyn FnMut(&Event)) -> Result<Outcome, WizardError>,
    ) -> Result<Outcome, Failure> {
        let mut progress = ProgressLines::new(Instant::now());
        let mut told = Ok(());
        let outcome = work(&self.wizard, &mut |event| {
            let lines = progress.lines(event, Instant::now());
            if told.is_ok() {
                told = lines.iter().try_for_each(|line| asker.show(line));
            }
        })?;
        told?;
        Ok(outcome)
    }
}
