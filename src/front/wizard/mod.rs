//! What every front end does between the questions: looks at the machine and the network, keeps the draft, accepts the
//! wish, has it carried out by a process of its own, and verifies it.

mod accept;
mod carry_out;
mod certificate;
mod change;
mod dkim_state;
mod dns_state;
mod import;
mod look;
mod mailboxes;
mod rebase;
mod records;
mod rotation;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

pub use accept::{Accepted, accept, passwords_were_shown};
pub use dkim_state::DkimSeen;
pub use dns_state::DnsState;
pub use import::{answer_with, read_accounts, take_accounts};
pub use records::WantedRecords;
pub use rotation::{RotationStage, WayBack};

use crate::apply::{self, ApplyError};
use crate::front::answers::AnswersFileError;
use crate::host::{self, Host, HostError, RealHost};
use crate::keys::{KeyError, ObtainError};
use crate::plan::ObservedFile;
use crate::probe::dns::NoResolver;
use crate::spec::{Obstacle, Spec, StackId};
use crate::stacks::stack;
use crate::steps::{self, Draft, Engine, Page, STEPS, SavedError};
use crate::store::{Paths, StoreError, pending};

/// What a draft is kept under when its changes were made at home.
const HOME: &str = "home";
/// The same while they are being applied.
const HOME_APPLYING: &str = "home-applying";

fn is_home(step: &str) -> bool {
    matches!(step, HOME | HOME_APPLYING)
}

/// The machine and our folders on it.
#[derive(Clone)]
pub struct Wizard {
    /// The machine.
    pub host: Arc<dyn Host>,
    /// Our folders.
    pub paths: Paths,
}

/// Why the wizard cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum WizardError {
    /// An ordinary user started it.
    #[error("A mail server can only be set up by root: start it again with sudo.")]
    NotRoot,
    /// The wish is not complete or contradicts itself.
    #[error("{}", .0.join("\n"))]
    Problems(Vec<String>),
    /// The draft could not be read.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// The draft could not be written down.
    #[error("the answers cannot be saved: {0}")]
    Unsaveable(#[from] toml::ser::Error),
    /// Our own state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine refused.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Something with keys or hashes went wrong.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificate could not be looked at.
    #[error(transparent)]
    Certificate(#[from] ObtainError),
    /// An answers file cannot be used.
    #[error(transparent)]
    Answers(#[from] AnswersFileError),
    /// The file with accounts is not there.
    #[error("'{}' is not there: give the path of a CSV file with accounts.", .0.display())]
    NoImport(PathBuf),
    /// The file with accounts has bad lines.
    #[error("'{}' cannot be imported, and no account of it was:\n{lines}", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong where.
        lines: String,
    },
    /// An apply was stopped or failed: its changes come first.
    #[error(
        "An apply stopped at {done} of {of}. 'mailwizard apply' goes on with it, 'mailwizard undo' goes back; then do this again."
    )]
    Unfinished {
        /// Steps that were done.
        done: usize,
        /// Steps there were.
        of: usize,
    },
    /// What was accepted waits for apply.
    #[error(
        "Changes that were accepted are not applied yet. 'mailwizard plan' shows them, 'mailwizard apply' carries them out, 'mailwizard apply --forget' forgets them; then do this again."
    )]
    Waiting,
    /// Nothing was ever applied.
    #[error("Nothing is set up here yet: run 'mailwizard setup' first.")]
    NothingSetUp,
    /// There is no plan.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// Nobody answers DNS questions.
    #[error(transparent)]
    Resolver(#[from] NoResolver),
    /// Another run changed the same settings.
    #[error(
        "Another run changed this server meanwhile, and {0}. At home, x drops what you changed here and did not apply."
    )]
    ChangedMeanwhile(#[source] Obstacle),
    /// The process that carries out ended before it wrote its summary.
    #[error("The work was cut short. `mailwizard apply` goes on where it stopped, `mailwizard undo` takes it back.")]
    NoSummary,
    /// The process that carries out did not begin.
    #[error("The work could not begin: {0}")]
    NotApplied(String),
    /// No apply is in effect.
    #[error("There is nothing to undo: no apply is in effect.")]
    NothingToUndo,
    /// Our own file is gone.
    #[error("this program's own file cannot be found: was it removed while it runs?")]
    NoProgram,
    /// A thread of ours ended early.
    #[error("{0} was cut short")]
    CutShort(&'static str),
}

/// Where the operator starts.
#[derive(Debug)]
pub struct Start {
    /// The walk, at its first step or where an earlier run stopped.
    pub engine: Engine,
    /// Whether an earlier run was left before its end.
    pub resumed: bool,
    /// Whether it was left while a plan was carried out.
    pub left_applying: bool,
    /// The wish that was last applied, unless an earlier walk goes on: the operator is at home.
    pub home: Option<Spec>,
    /// What became of changes that were kept while another run changed the server, a sentence.
    pub rebased: Option<String>,
}

impl Wizard {
    /// On this machine.
    pub fn on_this_machine() -> Self {
        Self { host: Arc::new(RealHost), paths: Paths::default() }
    }

    /// Refuses ordinary users before anything is looked at.
    pub fn require_root(&self) -> Result<(), WizardError> {
        if self.host.is_root() { Ok(()) } else { Err(WizardError::NotRoot) }
    }

    /// Gathers the facts and takes up an earlier run, or the wish that was last applied, or begins anew. Blocking; takes
    /// a second or so.
    pub fn begin(&self) -> Result<Start, WizardError> {
        let facts = self.facts(StackId::default())?;
        if let Some(file) = self.host.read(&self.paths.draft())? {
            let (mut draft, step) = steps::load(&String::from_utf8_lossy(&file.content), facts)?;
            let home = if is_home(&step) { self.applied()? } else { None };
            let rebased = match &home {
                Some(applied) => self.rebase_kept(&mut draft, applied)?,
                None => None,
            };
            accept::recall_passwords(&*self.host, &self.paths, &mut draft)?;
            let left_applying = step == HOME_APPLYING || STEPS.iter().any(|s| s.id == step && s.page == Page::Apply);
            return Ok(Start { engine: Engine::resume(draft, &step), resumed: true, left_applying, home, rebased });
        }
        let home = self.applied()?;
        let draft = match home.clone() {
            Some(spec) => {
                let mut draft = Draft::from_applied(facts, spec);
                accept::recall_passwords(&*self.host, &self.paths, &mut draft)?;
                draft
            }
            None => Draft { facts, ..Draft::default() },
        };
        Ok(Start { engine: Engine::new(draft), resumed: false, left_applying: false, home, rebased: None })
    }

    /// Whether the operator is at home here: the server is set up, and no walk was left before its end. Quick.
    pub fn is_at_home(&self) -> Result<bool, WizardError> {
        if self.host.read(&self.paths.spec())?.is_none() {
            return Ok(false);
        }
        let Some(draft) = self.host.read(&self.paths.draft())? else { return Ok(true) };
        Ok(steps::saved_step(&String::from_utf8_lossy(&draft.content)).is_some_and(|step| is_home(&step)))
    }

    /// The wish that was last applied.
    pub fn applied(&self) -> Result<Option<Spec>, WizardError> {
        Ok(pending::load_spec(&*self.host, &self.paths.spec())?)
    }

    /// What is found on the machine, for this stack.
    pub fn facts(&self, id: StackId) -> Result<crate::facts::Facts, WizardError> {
        Ok(host::gather(&*self.host, stack(id).version_packages())?)
    }

    /// Refuses to go on while another run is at work: its wish must not change under its hands.
    pub fn require_no_other_run(&self) -> Result<(), WizardError> {
        match apply::at_work(&*self.host, &self.paths)? {
            Some(holder) => Err(ApplyError::Locked(holder).into()),
            None => Ok(()),
        }
    }

    /// Keeps the answers and the place, so that the operator can leave at any time. Passwords are not kept.
    pub fn save(&self, engine: &Engine) -> Result<(), WizardError> {
        self.save_at(&engine.draft, engine.step().id)
    }

    /// Keeps what was changed at home and is not applied.
    pub fn keep_changes(&self, draft: &Draft, applying: bool) -> Result<(), WizardError> {
        self.save_at(draft, if applying { HOME_APPLYING } else { HOME })
    }

    /// Drops what was changed at home, accepted or not, and is not applied.
    pub fn drop_changes(&self) -> Result<(), WizardError> {
        pending::clear(&*self.host, &self.paths)?;
        self.forget_draft()
    }

    fn save_at(&self, draft: &Draft, place: &str) -> Result<(), WizardError> {
        let text = steps::save(draft, place)?;
        self.host.make_directory(self.paths.var(), 0o700, "root", "root")?;
        let file = ObservedFile { content: text.into_bytes(), mode: 0o600, owner: "root".into(), group: "root".into() };
        Ok(self.host.write(&self.paths.draft(), &file)?)
    }

    /// Forgets the draft: everything in it was applied.
    pub fn forget_draft(&self) -> Result<(), WizardError> {
        Ok(self.host.remove(&self.paths.draft())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::spec::Fqdn;

    #[test]
    fn the_operator_is_at_home_once_a_wish_holds_and_no_walk_is_open() {
        let wizard = Wizard { host: Arc::new(FakeHost::default()), paths: Paths::default() };
        assert!(!wizard.is_at_home().unwrap(), "nothing is set up");
        let spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        pending::save_spec(&*wizard.host, &wizard.paths.spec(), &spec).unwrap();
        assert!(wizard.is_at_home().unwrap());
        wizard.save(&Engine::new(Draft::default())).unwrap();
        assert!(!wizard.is_at_home().unwrap(), "a walk goes on");
        for applying in [false, true] {
            wizard.keep_changes(&Draft::default(), applying).unwrap();
            assert!(wizard.is_at_home().unwrap(), "changes made at home are kept there");
        }
        wizard.drop_changes().unwrap();
        assert!(wizard.host.read(&wizard.paths.draft()).unwrap().is_none());
    }
}
