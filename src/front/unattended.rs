//! The set-up that asks nothing: an answers file, what was found, and defaults; everything assumed is said.

use std::time::Instant;

use serde_json::json;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::answers::Loaded;
use super::edited_files;
use super::exit::{Exit, Failure};
use super::progress::ProgressLines;
use super::record_lines::details;
use super::result_lines::summary;
use super::teller::Teller;
use super::wizard::{Accepted, Wizard, WizardError, accept, passwords_were_shown};
use crate::apply::{ApplyError, Event, Outcome};
use crate::finding;
use crate::plan::{EditChoices, HandEdit, Plan, steps};
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
        self.show_passwords(&accepted)?;
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
        self.edits_are_settled(&prepared.plan)?;
        self.teller.gap()?;
        if prepared.plan.is_empty() {
            self.teller.say("Everything is as it should be: nothing was changed.")?;
            return Ok(Outcome::Unchanged);
        }
        let count = steps(&prepared.plan.actions).len();
        self.teller.say(&format!("Setting up {}, {count} steps.", accepted.spec.hostname))?;
        let mut progress = ProgressLines::new(Instant::now());
        let teller = &mut self.teller;
        let mut told = Ok(());
        let outcome = self.wizard.apply(&self.choices, &mut |event: &Event| {
            let lines = progress.lines(event, Instant::now());
            if told.is_ok() {
                told = teller.event(event, &lines);
            }
        })?;
        told?;
        Ok(outcome)
    }

    /// Shows every file that was edited by hand, and stops where nothing was chosen for one.
    fn edits_are_settled(&mut self, plan: &Plan) -> Result<(), Failure> {
        for edit in &plan.edits {
            edited_files::show(edit, &mut self.teller.text)?;
        }
        let open: Vec<HandEdit> = plan.open_edits().cloned().collect();
        if open.is_empty() { Ok(()) } else { Err(Failure::new(Exit::OperatorMustAct, ApplyError::HandEdited(open))) }
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

    fn show_passwords(&mut self, accepted: &Accepted) -> Result<(), Failure> {
        if accepted.generated.is_empty() {
            return Ok(());
        }
        self.teller.gap()?;
        self.teller.say("Passwords that were made. They are shown this once; only their hashes are kept.")?;
        for (address, secret) in &accepted.generated {
            self.teller.line(&format!("  {address}  {}", secret.expose()))?;
            self.teller.tell(&json!({
                "event": "password", "address": address.to_string(), "password": secret.expose(),
            }))?;
        }
        Ok(passwords_were_shown(&*self.wizard.host, &self.wizard.paths)?)
    }
}
