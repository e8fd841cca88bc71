//! Effects that take time: each runs on its own and reports by messages.

mod carry_out;
mod checks;
mod clients;
mod dkim;
mod home;
mod records;
mod trouble;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::checks::Report;
use crate::front::diagnosis::agreed;
use crate::front::tui::msg::{Beginning, Effect, Leaving, Msg, Notice};
use crate::front::wizard::{Start, Wizard, WizardError, read_accounts};
use crate::spec::StackId;
use crate::steps::{Draft, Engine};

/// How long nothing must be typed before what was typed is looked up.
const PAUSE: Duration = Duration::from_millis(400);

/// Carries effects out.
pub struct Work {
    wizard: Wizard,
    sender: UnboundedSender<Msg>,
    saving: Result<(), String>,
    live: Option<JoinHandle<()>>,
    watching: Option<records::Watching>,
    checking: CancellationToken,
    trouble: trouble::Trouble,
}

impl Work {
    /// Reports to `sender`. What it sends nobody may read any more: the screen may have been left meanwhile.
    pub fn new(wizard: Wizard, sender: UnboundedSender<Msg>) -> Self {
        Self {
            wizard,
            sender,
            saving: Ok(()),
            live: None,
            watching: None,
            checking: CancellationToken::new(),
            trouble: trouble::Trouble::default(),
        }
    }

    /// Where the answers are, for the panic hook.
    pub fn where_answers_are(&self) -> String {
        format!("Answers up to the last step are in {}; mailwizard goes on there.", self.wizard.paths.draft().display())
    }

    /// What is said after the operator left.
    pub fn farewell(&self, leaving: Leaving) -> String {
        match &self.saving {
            _ if leaving == Leaving::WhileApplying => {
                "The work goes on without this screen. 'mailwizard' shows it again; 'mailwizard history' says how it ended."
                    .to_owned()
            }
            Ok(()) => format!(
                "Your answers are kept in {}. 'mailwizard' goes on where you stopped.",
                self.wizard.paths.draft().display()
            ),
            Err(sentence) => format!("Your answers could not be kept: {sentence}."),
        }
    }

    /// Looks at the machine, takes up what an earlier run left, and reports both.
    pub fn look_at_machine(&self) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let _ = sender.send(match beginning(&wizard, &sender) {
                Ok(beginning) => Msg::Began(Box::new(beginning)),
                Err(error) => Msg::Told(Notice::error(format!("This machine could not be looked at: {error}"))),
            });
        });
    }

    /// Keeps the answers where the next run finds them.
    fn save(&mut self, engine: &Engine) {
        let kept = self.wizard.save(engine);
        self.saved(kept);
    }

    fn saved(&mut self, kept: Result<(), WizardError>) {
        self.saving = kept.map_err(|error| error.to_string());
        if let Err(sentence) = &self.saving {
            self.tell(Notice::error(format!("Your answers could not be kept: {sentence}.")));
        }
    }

    /// Begins an effect; what comes of it is a message.
    pub fn begin(&mut self, effect: Effect) {
        match effect {
            Effect::Save(engine) => self.save(&engine),
            Effect::KeepChanges { draft, applying } => {
                let kept = self.wizard.keep_changes(&draft, applying);
                self.saved(kept);
            }
            Effect::DropChanges => {
                if let Err(error) = self.wizard.drop_changes() {
                    self.tell(Notice::error(error.to_string()));
                }
            }
            Effect::TakeUp => self.look_at_machine(),
            Effect::LookAround => self.look_around(),
            Effect::LookAtChecks => self.look_at_checks(),
            Effect::LookAtHistory => self.look_at_history(),
            Effect::UndoOne(id) => self.undo_one(id),
            Effect::LookAtMailboxes => self.look_at_mailboxes(),
            Effect::LookUpMail(domain) => self.look_up_mail(domain),
            Effect::LookAtDkim(domain) => self.look_at_dkim(domain),
            Effect::MakeDkimKeys(domain) => self.make_dkim_keys(domain),
            Effect::DropDkimKeys(domain, selectors) => self.drop_dkim_keys(domain, selectors),
            Effect::LookAtCertificate => self.look_at_certificate(),
            Effect::IssueCertificate => self.issue_certificate(),
            Effect::ForgetDraft => {
                if let Err(error) = self.wizard.forget_draft() {
                    self.tell(Notice::error(error.to_string()));
                }
            }
            Effect::AwaitPause(generation) => {
                let sender = self.sender.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(PAUSE).await;
                    let _ = sender.send(Msg::TypingPaused(generation));
                });
            }
            Effect::LiveChecks { generation, step, draft } => self.check_live(generation, step, *draft),
            Effect::WatchRecords(draft, only) => self.watch_records(*draft, only),
            Effect::StopWatching => self.watching = None,
            Effect::LookNow => self.look_now(),
            Effect::WriteRecords(records) => self.write_records(&records),
            Effect::ReadAccounts(path) => self.read_accounts(path),
            Effect::Prepare(draft, edited) => self.prepare(*draft, edited),
            Effect::WriteAnswers(draft) => self.write_answers(&draft),
            Effect::Apply(edited) => self.apply(edited),
            Effect::StopApply => self.stop_apply(),
            Effect::Undo => self.undo(),
            Effect::ForgetMadePasswords => self.forget_made_passwords(),
            Effect::Check { draft, only } => self.check(*draft, only),
            Effect::Trouble { run, ask } => self.trouble(run, ask),
            Effect::MakeSheets(draft) => self.make_sheets(*draft),
            Effect::WriteProfile(draft, account) => self.write_profile(&draft, &account),
            // The loop itself does these.
            Effect::Quit(_)
            | Effect::Suspend
            | Effect::Redraw
            | Effect::PlainPage(_)
            | Effect::LeavePlainPage
            | Effect::Copy(_) => {}
        }
    }

    fn read_accounts(&self, path: PathBuf) {
        let (wizard, sender) = (self.wizard.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let accounts = read_accounts(&*wizard.host, &path).map_err(|error| error.to_string());
            let _ = sender.send(Msg::Accounts(path, accounts));
        });
    }

    fn tell(&self, notice: Notice) {
        let _ = self.sender.send(Msg::Told(notice));
    }

    /// Writes a file that only root may read, and says so.
    fn write(&self, files: &[(std::path::PathBuf, String)], what: &str) {
        let write = || -> Result<(), WizardError> {
            for (path, text) in files {
                if let Some(folder) = path.parent() {
                    self.wizard.host.make_directory(folder, 0o700, "root", "root")?;
                }
                let content = text.clone().into_bytes();
                let file =
                    crate::plan::ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
                self.wizard.host.write(path, &file)?;
            }
            Ok(())
        };
        let names: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
        self.tell(match write() {
            Ok(()) => Notice::info(format!("{what}: {}", names.join(" and "))),
            Err(error) => Notice::error(error.to_string()),
        });
    }
}

fn beginning(wizard: &Wizard, sender: &UnboundedSender<Msg>) -> Result<Beginning, WizardError> {
    let start = wizard.begin().or_else(|error| {
        // An earlier run's answers that cannot be read are no reason to have none now.
        let draft = Draft { facts: wizard.facts(StackId::default())?, ..Draft::default() };
        let _ = sender.send(Msg::Told(Notice::error(error.to_string())));
        Ok::<_, WizardError>(Start {
            engine: Engine::new(draft),
            resumed: false,
            left_applying: false,
            home: None,
            rebased: None,
        })
    })?;
    if let Some(sentence) = &start.rebased {
        let _ = sender.send(Msg::Told(Notice::info(sentence)));
    }
    let apply = carry_out::last_apply(wizard, &start)?;
    let last = if start.home.is_some() { Report::last(&*wizard.host, &wizard.paths)? } else { None };
    let home = start.home.map(|spec| Box::new(spec.normalised()));
    let fix = agreed(&*wizard.host, &wizard.paths)?;
    let last_checks = last.map(|report| report.results);
    Ok(Beginning { home, last_checks, apply, engine: start.engine, fix: fix.map(Box::new) })
}
