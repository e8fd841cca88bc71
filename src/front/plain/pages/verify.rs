//! Everything tried out; then the records that come last.

use tokio_util::sync::CancellationToken;

use super::dns::Awaited;
use super::{Setup, show_result};
use crate::finding::{CheckResult, Outcome};
use crate::front::exit::Failure;
use crate::front::plain::walk::Onward;
use crate::front::plain::{Asker, Reply, Verb};
use crate::front::result_lines::summary;
use crate::steps::Engine;

const LAST: Verb = Verb { key: 'r', label: "records to publish last" };
const AGAIN: Verb = Verb { key: 'l', label: "look again" };
const EVIDENCE: Verb = Verb { key: 't', label: "show transcripts" };
const GO_ON: Verb = Verb { key: 'g', label: "go on" };
const LEAVE: Verb = Verb { key: 'q', label: "leave" };

impl Setup<'_> {
    pub(super) fn verify(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<Onward, Failure> {
        let mut results = self.try_everything(asker, engine)?;
        loop {
            asker.show("")?;
            let verbs = match self.failed {
                true => [LAST, AGAIN, EVIDENCE, GO_ON, LEAVE],
                false => [GO_ON, AGAIN, EVIDENCE, LAST, LEAVE],
            };
            match asker.verb("", &verbs)? {
                Reply::Given('r') => match self.dns(asker, engine, Awaited::All)? {
                    Onward::Leave => return Ok(Onward::Leave),
                    Onward::Back => {}
                    Onward::GoOn if self.missing_records => return Ok(Onward::GoOn),
                    // What was tried before the last records were there says nothing about the server as it is now.
                    Onward::GoOn | Onward::To(_) => results = self.try_everything(asker, engine)?,
                },
                Reply::Given('l') => results = self.try_everything(asker, engine)?,
                Reply::Given('t') => {
                    for result in &results {
                        show_result(asker, result)?;
                        for line in &result.finding.evidence {
                            asker.show(&format!("         {line}"))?;
                        }
                    }
                }
                Reply::Given('g') => return Ok(Onward::GoOn),
                Reply::Back => return Ok(Onward::Back),
                Reply::Given(_) | Reply::Leave => return Ok(Onward::Leave),
            }
        }
    }

    fn try_everything(&mut self, asker: &mut dyn Asker, engine: &Engine) -> Result<Vec<CheckResult>, Failure> {
        let Some(spec) = self.wish(engine) else { return Ok(Vec::new()) };
        asker.say("This takes up to a minute.")?;
        let results = self.runtime.block_on(self.wizard.verify(&spec, None, CancellationToken::new()))?;
        let of = |outcome: Outcome| results.iter().filter(move |r| r.finding.outcome == outcome);
        asker.show("")?;
        for outcome in [Outcome::Fail, Outcome::Warn, Outcome::Unknown, Outcome::Info] {
            of(outcome).try_for_each(|result| show_result(asker, result))?;
        }
        self.failed = of(Outcome::Fail).next().is_some();
        asker.show("")?;
        asker.say(&summary(&results))?;
        Ok(results)
    }
}
