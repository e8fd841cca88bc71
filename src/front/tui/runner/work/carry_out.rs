//! The plan: made, reviewed, carried out by a process of its own.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::Work;
use crate::apply::{Event, Outcome, Unfinished};
use crate::front::tui::model::Progress;
use crate::front::tui::msg::{Msg, Notice, Planned};
use crate::front::wizard::{self, Wizard, WizardError};
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
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        let ticker = tokio::spawn(tick(self.sender.clone()));
        tokio::task::spawn_blocking(move || {
            let host = wizard.host.clone();
            let ended = wizard.apply(&choices, &mut |event| {
                if let Some(progress) = progress(event, host.now()) {
                    let _ = sender.send(Msg::Progress(vec![progress]));
                }
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

fn planned(wizard: &Wizard, mut draft: Draft, choices: &EditChoices) -> Result<Planned, WizardError> {
    let accepted = wizard::accept(&*wizard.host, &wizard.paths, &mut draft)?;
    let prepared = wizard.prepare(accepted.spec, choices)?;
    let unfinished = prepared.unfinished.map(|unfinished| sentence(&unfinished));
    Ok(Planned { plan: prepared.plan, passwords: draft.passwords, unfinished })
}

fn sentence(unfinished: &Unfinished) -> String {
    let Unfinished { done, of, reason, .. } = unfinished;
    match reason {
        Some(reason) => format!("An earlier apply failed after {done} of {of}: {reason} Applying goes on with it."),
        None => format!("An earlier apply was stopped after {done} of {of}. Applying goes on with it."),
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
fn progress(event: &Event, now: Timestamp) -> Option<Progress> {
    let ago = |at: &str| {
        let then: Option<Timestamp> = at.parse().ok();
        then.and_then(|then| Duration::try_from(now.duration_since(then)).ok()).unwrap_or_default()
    };
    Some(match event {
        Event::Began { at, .. } => Progress::Began { ago: ago(at) },
        Event::Planned { steps } => Progress::Planned(steps.clone()),
        Event::Started { step, at } => Progress::Started { step: *step, ago: ago(at) },
        Event::Line { step, text } => Progress::Line { step: *step, text: text.clone() },
        Event::Done { step, elapsed_ms } => Progress::Done { step: *step, elapsed: Duration::from_millis(*elapsed_ms) },
        Event::Failed { step, reason, .. } => Progress::Failed { step: *step, reason: reason.clone() },
        Event::Note { text } => Progress::Note(text.clone()),
        Event::Finished { outcome, elapsed_ms, message, .. } => Progress::Finished {
            well: !matches!(outcome, Outcome::Failed),
            operator_must_act: *outcome == Outcome::OperatorMustAct,
            elapsed: Some(Duration::from_millis(*elapsed_ms)),
            message: message.clone(),
        },
    })
}
