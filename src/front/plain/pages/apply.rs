//! The work itself, one line a step.

use std::time::Instant;

use super::Setup;
use crate::apply::Outcome;
use crate::front::exit::Failure;
use crate::front::plain::walk::Onward;
use crate::front::plain::{Asker, Reply, Verb};
use crate::front::progress::ProgressLines;

const AGAIN: Verb = Verb { key: 't', label: "try again" };
const BACK: Verb = Verb { key: 'b', label: "back" };
const LEAVE: Verb = Verb { key: 'q', label: "leave" };

impl Setup<'_> {
    pub(super) fn apply(&mut self, asker: &mut dyn Asker) -> Result<Onward, Failure> {
        loop {
            let outcome = self.carry_out(asker)?;
            if outcome != Outcome::Failed {
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
        let mut progress = ProgressLines::new(Instant::now());
        let mut told = Ok(());
        let outcome = self.wizard.apply(&self.edited, &mut |event| {
            let lines = progress.lines(event, Instant::now());
            if told.is_ok() {
                told = lines.iter().try_for_each(|line| asker.show(line));
            }
        })?;
        told?;
        Ok(outcome)
    }
}
