//! The plan: made, reviewed, carried out by a process of its own.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::Work;
use crate::apply::{self, Event, Outcome, Past};
use crate::front::tui::model::{PastApply, Progress};
use crate::front::tui::msg::{LastApply, Msg, Notice, Planned};
use crate::front::wizard::{self, Start, Wizard, WizardError};
use crate::plan::EditChoices;
use crate::spec::answers;
use crate::steps::Draft;

/// The time between two ticks of the clock on the page.
const TICK: Duration = Duration::from_secs(1);

impl Work {
    pub(super) fn prepare(&self, draft: Draft, choices: EditChoices) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let planned = planned(&wizard, draft, &choices).map(Box::new).map_err(|error| error.to_string());
            let _ = sender.send(Msg::Planned(planned));
        });
    }

    pub(super) fn write_answers(&self, draft: &Draft) {
        let Some(spec) = draft.present() else { return };
        let path = self.wizard.paths.var().join("answers.toml");
        match answers::to_toml(&spec) {
            Ok(text) => self.write(&[(path, text)], "Your answers, without passwords, are in"),
            Err(error) => self.tell(Notice::error(error.to_string())),
        }
    }

    pub(super) fn apply(&self, choices: EditChoices) {
        self.follow(false, move |wizard, on_event| wizard.apply(&choices, on_event));
    }

    pub(super) fn undo(&self) {
        self.follow(true, |wizard, on_event| wizard.undo(on_event));
    }

    pub(super) fn undo_one(&self, id: String) {
        self.follow(true, move |wizard, on_event| wizard.undo_one(&id, on_event));
    }

    pub(super) fn look_at_history(&self) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let past = apply::past(&*wizard.host, &wizard.paths).map_err(|error| error.to_string());
            let past = past.map(|all| all.into_iter().map(past_apply).collect());
            let _ = sender.send(Msg::History(past));
        });
    }

    pub(super) fn stop_apply(&self) {
        if let Err(error) = self.wizard.ask_to_stop() {
            self.tell(Notice::error(error.to_string()));
        }
    }

    pub(super) fn forget_made_passwords(&self) {
        if let Err(error) = wizard::passwords_were_shown(&*self.wizard.host, &self.wizard.paths) {
            self.tell(Notice::error(error.to_string()));
        }
    }

    /// Does work whose events are told, and tells them; the clock ticks meanwhile.
    fn follow(
        &self,
        undoes: bool,
        work: impl FnOnce(&Wizard, &mut dyn FnMut(&Event)) -> Result<Outcome, WizardError> + Send + 'static,
    ) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        let ticker = tokio::spawn(tick(self.sender.clone()));
        tokio::task::spawn_blocking(move || {
            let host = wizard.host.clone();
            let ended = work(&wizard, &mut |event| {
                let _ = sender.send(Msg::Progress(vec![progress(event, host.now(), undoes)]));
            });
            ticker.abort();
            if let Err(error) = ended {
                let finished = Progress::Finished {
                    well: false,
                    operator_must_act: false,
                    elapsed: None,
                    message: error.to_string(),
                };
                let _ = sender.send(Msg::Progress(vec![finished]));
            }
        });
    }
}

/// The apply that the operator has not seen the end of.
pub(super) fn last_apply(wizard: &Wizard, start: &Start) -> Result<LastApply, WizardError> {
    if wizard.is_applying()? {
        return Ok(LastApply::Running);
    }
    let events = wizard.last_apply()?;
    let outcome = events.iter().rev().find_map(|event| match event {
        Event::Finished { outcome, .. } => Some(*outcome),
        _ => None,
    });
    // One that was begun without a screen, by `mailwizard apply` or an answers file, told its end there.
    let was_cut_short = !events.is_empty() && outcome.is_none_or(|o| matches!(o, Outcome::Failed | Outcome::Stopped));
    if events.is_empty() || !(start.left_applying || was_cut_short && !start.resumed) {
        return Ok(LastApply::None);
    }
    let now = wizard.host.now();
    Ok(LastApply::Unseen(events.iter().map(|event| progress(event, now, false)).collect()))
}

fn planned(wizard: &Wizard, mut draft: Draft, choices: &EditChoices) -> Result<Planned, WizardError> {
    let is_rebased = wizard.rebase(&mut draft)?;
    let accepted = wizard::accept(&*wizard.host, &wizard.paths, &mut draft)?;
    let prepared = wizard.prepare(accepted.spec, choices)?;
    let unfinished = prepared.unfinished.map(|unfinished| unfinished.sentence());
    let passwords = draft.passwords.clone();
    let rebased = is_rebased.then(|| Box::new(draft));
    Ok(Planned { plan: prepared.plan, passwords, unfinished, rebased })
}

/// An apply as the page lists it.
fn past_apply(past: Past) -> PastApply {
    let zone = jiff::tz::TimeZone::system();
    let when = past.began.parse::<Timestamp>().map(|at| at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string());
    let state = match (past.undone, past.outcome) {
        (true, _) => "undone",
        (false, None | Some(Outcome::Stopped)) => "stopped",
        (false, Some(Outcome::Failed)) => "failed",
        (false, Some(Outcome::OperatorMustAct | Outcome::Done | Outcome::Unchanged)) => "done",
    };
    let mut changed = past.changed.unwrap_or_default();
    changed.extend(past.takes_out.map(|id| format!("undoes {id}")));
    let mut did: Vec<String> = past.did.iter().map(|title| format!("did: {title}")).collect();
    did.push(past.message);
    PastApply {
        when: when.unwrap_or_else(|_| past.id.clone()),
        id: past.id,
        state,
        changed,
        did,
        is_in_effect: !past.undone,
    }
}

async fn tick(sender: UnboundedSender<Msg>) {
    loop {
        tokio::time::sleep(TICK).await;
        if sender.send(Msg::Tick(TICK)).is_err() {
            return;
        }
    }
}

/// An event of the journal as the page takes it; times become how long ago.
fn progress(event: &Event, now: Timestamp, undoes: bool) -> Progress {
    let ago = |at: &str| {
        let then: Option<Timestamp> = at.parse().ok();
        then.and_then(|then| Duration::try_from(now.duration_since(then)).ok()).unwrap_or_default()
    };
    match event {
        Event::Began { at, .. } => Progress::Began { ago: ago(at), undoes },
        Event::Planned { steps } => Progress::Planned(steps.clone()),
        Event::Started { step, at } => Progress::Started { step: *step, ago: ago(at) },
        Event::Line { step, text } => Progress::Line { step: *step, text: text.clone() },
        Event::Done { step, elapsed_ms } => Progress::Done { step: *step, elapsed: Duration::from_millis(*elapsed_ms) },
        Event::Failed { step, reason, .. } => Progress::Failed { step: *step, reason: reason.clone() },
        Event::Note { text } => Progress::Note(text.clone()),
        Event::Finished { outcome, elapsed_ms, message, .. } => Progress::Finished {
            well: !matches!(outcome, Outcome::Failed | Outcome::Stopped),
            operator_must_act: *outcome == Outcome::OperatorMustAct,
            elapsed: Some(Duration::from_millis(*elapsed_ms)),
            message: message.clone(),
        },
    }
}
