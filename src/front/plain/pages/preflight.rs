//! What was found on the machine.

use super::Setup;
use crate::finding::Outcome;
use crate::front::exit::Failure;
use crate::front::plain::walk::Onward;
use crate::front::plain::{Asker, Reply, Verb};
use crate::steps::{Engine, Noticed, preflight};

const LOOK_AGAIN: Verb = Verb { key: 'l', label: "look again" };
const LEAVE: Verb = Verb { key: 'q', label: "leave" };

impl Setup<'_> {
    pub(super) fn preflight(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<Onward, Failure> {
        loop {
            self.look_around(engine);
            let tried = self.runtime.block_on(self.wizard.live_checks(engine.step(), &engine.draft))?;
            tried.into_iter().for_each(|result| engine.draft.seen.take(result));
            let noticed = preflight(&engine.draft.facts, &engine.draft.seen);
            asker.show("")?;
            for one in &noticed {
                show(asker, one)?;
            }
            asker.show("")?;
            let open = noticed.iter().filter(|n| n.must_be_settled()).count();
            if open == 0 {
                if noticed.iter().any(|n| n.finding.outcome == Outcome::Warn) {
                    asker.say("What is marked [warn] may be settled later.")?;
                }
                return Ok(Onward::GoOn);
            }
            match asker.verb("What is marked [FAIL] must be settled before this can go on.", &[LOOK_AGAIN, LEAVE])? {
                Reply::Given('l') => engine.draft.facts = self.wizard.facts(engine.draft.stack)?,
                Reply::Back => return Ok(Onward::Back),
                _ => return Ok(Onward::Leave),
            }
        }
    }
}

fn show(asker: &mut dyn Asker, noticed: &Noticed) -> std::io::Result<()> {
    let finding = &noticed.finding;
    let mark = format!("[{}]", finding.outcome.word());
    asker.say(&format!("  {mark:6} {}: {}", noticed.title, finding.found))?;
    match &finding.fix {
        Some(fix) => asker.say(&format!("         {}", fix.text)),
        None => Ok(()),
    }
}
