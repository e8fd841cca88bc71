//! Effects that take time: each runs on its own and reports by a message.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::front::tui::msg::{Effect, Msg, Notice};
use crate::front::wizard::{Start, Wizard, WizardError};
use crate::spec::StackId;
use crate::steps::{Draft, Engine};

/// How long nothing must be typed before what was typed is looked up.
const PAUSE: Duration = Duration::from_millis(400);

/// Carries effects out.
pub struct Work {
    wizard: Wizard,
    sender: UnboundedSender<Msg>,
    saving: Result<(), String>,
}

impl Work {
    /// Reports to `sender`.
    pub fn new(wizard: Wizard, sender: UnboundedSender<Msg>) -> Self {
        Self { wizard, sender, saving: Ok(()) }
    }

    /// Where the answers are, for the panic hook.
    pub fn where_answers_are(&self) -> String {
        format!("Answers up to the last step are in {}; mailwizard goes on there.", self.wizard.paths.draft().display())
    }

    /// What is said after the operator left.
    pub fn farewell(&self) -> String {
        match &self.saving {
            Ok(()) => format!(
                "Your answers are kept in {}. Nothing else was changed. 'mailwizard' goes on where you stopped.",
                self.wizard.paths.draft().display()
            ),
            Err(sentence) => format!("Your answers could not be kept: {sentence}."),
        }
    }

    /// Looks at the machine, takes up what an earlier run left, and reports both.
    pub fn look_at_machine(&self) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let begun = wizard.begin().or_else(|error| {
                // An earlier run's answers that cannot be read are no reason to have none now.
                let draft = Draft { facts: wizard.facts(StackId::default())?, ..Draft::default() };
                let _ = sender.send(Msg::Told(Notice::error(error.to_string())));
                Ok::<_, WizardError>(Start { engine: Engine::new(draft), resumed: false })
            });
            // The screen may have been left meanwhile, here and below.
            let _ = sender.send(match begun {
                Ok(start) => Msg::Began(Box::new(start.engine)),
                Err(error) => Msg::Told(Notice::error(format!("This machine could not be looked at: {error}."))),
            });
        });
    }

    /// Keeps the answers where the next run finds them.
    pub fn save(&mut self, engine: &Engine) {
        self.saving = self.wizard.save(engine).map_err(|error| error.to_string());
        if let Err(sentence) = &self.saving {
            let _ = self.sender.send(Msg::Told(Notice::error(format!("Your answers could not be kept: {sentence}."))));
        }
    }

    /// Begins an effect; what comes of it is a message.
    pub fn begin(&mut self, effect: Effect) {
        match effect {
            Effect::Save(engine) => self.save(&engine),
            Effect::AwaitPause(generation) => {
                let sender = self.sender.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(PAUSE).await;
                    let _ = sender.send(Msg::TypingPaused(generation));
                });
            }
            Effect::LiveChecks { generation, .. } => {
                let _ = self.sender.send(Msg::LiveDone(generation));
            }
            Effect::Quit(_)
            | Effect::Suspend
            | Effect::Redraw
            | Effect::PlainPage(_)
            | Effect::LeavePlainPage
            | Effect::Copy(_) => {}
        }
    }
}
