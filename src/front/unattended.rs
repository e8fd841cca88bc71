//! The set-up that asks nothing: an answers file, what was found, and defaults; everything assumed is said.

use serde_json::json;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::answers::Loaded;
use super::carrying_out;
use super::exit::{Exit, Failure};
use super::record_lines::details;
use super::result_lines::summary;
use super::teller::Teller;
use super::wizard::{Accepted, Wizard, WizardError, accept};
use crate::apply::Outcome;
use crate::finding;
use crate::plan::{EditChoices, steps};
use crate::records::ComparedRecord;
use crate::steps::{Draft, STEPS, assume, preflight};

/// Carries the whole set-up out: as far as it can, and says what is left for the operator.
pub fn run(
    wizard: &Wizard,
    runtime: &Runtime,
    loaded: Loaded,
    choices: EditChoices,
    json: bool,
) -> Result<Exit, Failure> {
    Unattended { wizard, runtime, choices, teller: Teller::new(json) }.run(loaded)
}

struct Unattended<'a> {
    wizard: &'a Wizard,
    runtime: &'a Runtime,
    choices: EditChoices,
    teller: Teller,
}

impl Unattended<'_> {
    fn run(mut self, loaded: Loaded) -> Result<Exit, Failure> {
        let Loaded { mut draft, given, notes } = loaded;
        for note in &notes {
            self.teller.say(&format!("Note: {note}"))?;
        }
        self.wizard.require_no_other_run()?;
        draft.facts = self.wizard.facts(draft.stack)?;
        self.settled(&draft)?;
        let (seen, of_ca) =
            self.runtime.block_on(async { tokio::join!(self.wizard.look(&draft), self.wizard.look_at_ca(&draft)) });
        draft.seen.merge(seen);
        draft.seen.merge(of_ca);
        let assumed = assume(&mut draft, &given);
        // Before anything is said: a wish that contradicts itself gets its sentences and nothing else.
        draft.spec().map_err(|problems| Failure::new(Exit::Usage, problems.join("\n")))?;
        if !assumed.is_empty() {
            self.teller.say("Not in the answers file, so assumed:")?;
        }
        for one in &assumed {
            self.teller.say(&format!("  {}: {} ({})", one.label, one.value, one.source))?;
        }
        for note in STEPS.iter().filter(|step| (step.shown)(&draft)).flat_map(|step| (step.notes)(&draft)) {
            self.teller.say(&format!("Note: {note}"))?;
        }
        let accepted = match accept(&*self.wizard.host, &self.wizard.paths, &mut draft) {
            Err(WizardError::Problems(problems)) => return Err(Failure::new(Exit::Usage, problems.join("\n"))),
            other => other?,
        };
        let carried_out = self.carry_out(&accepted);
        let ended = match carried_out {
            Ok(Outcome::Failed) => Ok(Exit::Failed),
            Ok(Outcome::Stopped) => Ok(Exit::Left),
            Ok(_) => self.look_at_result(&accepted, &draft),
            Err(failure) => Err(failure),
        };
        // Even after a failure: what was made and not shown would be lost.
        carrying_out::show_passwords(self.wizard, &accepted, &mut self.teller)?;
        if let Ok(exit) = ended {
            self.teller.tell(&json!({ "schema": 1, "event": "summary", "exit": exit as u8 }))?;
        }
        ended
    }

    fn settled(&mut self, draft: &Draft) -> Result<(), Failure> {
        let open = preflight(&draft.facts, &draft.seen).into_iter().filter(|n| n.must_be_settled());
        let sentences: Vec<String> = open
            .map(|n| match n.finding.fix {
                Some(fix) => format!("{} {}", n.finding.found, fix.text),
                None => n.finding.found,
            })
            .collect();
        if sentences.is_empty() { Ok(()) } else { Err(Failure::new(Exit::Failed, sentences.join("\n"))) }
    }

    fn carry_out(&mut self, accepted: &Accepted) -> Result<Outcome, Failure> {
        let prepared = self.wizard.prepare(accepted.spec.clone(), &self.choices)?;
        carrying_out::edits_are_settled(&prepared.plan, &mut self.teller)?;
        self.teller.gap()?;
        if prepared.plan.is_empty() {
            self.teller.say("Everything is as it should be: nothing was changed.")?;
            return Ok(Outcome::Unchanged);
        }
        let count = steps(&prepared.plan.actions).len();
        self.teller.say(&format!("Setting up {}, {count} steps.", accepted.spec.hostname))?;
        carrying_out::apply(self.wizard, &self.choices, &mut self.teller)
    }

    fn look_at_result(&mut self, accepted: &Accepted, draft: &Draft) -> Result<Exit, Failure> {
        let missing = self.records(accepted, draft)?;
        self.teller.gap()?;
        self.teller.say("Trying everything out.")?;
        let results = self.runtime.block_on(self.wizard.verify(&accepted.spec, None, CancellationToken::new()))?;
        for result in &results {
            self.teller.result(result)?;
        }
        self.teller.say(&summary(&results))?;
        let failed = results.iter().any(|r| r.finding.outcome == finding::Outcome::Fail);
        if missing > 0 {
            self.teller.gap()?;
            let records =
                if missing == 1 { "1 required record is" } else { &format!("{missing} required records are") };
            self.teller.say(&format!("{records} not there yet: publish what is shown above, then run this again."))?;
            return Ok(Exit::OperatorMustAct);
        }
        Ok(if failed { Exit::Failed } else { Exit::Done })
    }

    /// Says which required records are not there; gives their number.
    fn records(&mut self, accepted: &Accepted, draft: &Draft) -> Result<usize, Failure> {
        let (wizard, spec) = (self.wizard, &accepted.spec);
        let compared: Vec<ComparedRecord> = self.runtime.block_on(async {
            let wanted = wizard.records(spec, &draft.facts).await?;
            Ok::<_, WizardError>(wanted.look(&spec.hostname).await)
        })?;
        let missing: Vec<&ComparedRecord> =
            compared.iter().filter(|c| c.wanted.required && !c.state.is_published()).collect();
        for record in &missing {
            let details = details(record);
            self.teller.gap()?;
            self.teller.say(&details.heading)?;
            self.teller.line(&details.value)?;
            for note in &details.notes {
                self.teller.say(note)?;
            }
        }
        Ok(missing.len())
    }
}
