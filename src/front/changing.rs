//! A change of the server from the command line: what it means is said, the plan shown and agreed to, and carried out
//! by a process of its own.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::runtime::Runtime;

use super::asking;
use super::carrying_out;
use super::commands::plan;
use super::edited_files::EditedFiles;
use super::exit::{Exit, Failure};
use super::options::Options;
use super::plain::{Asker, Reply, Verb};
use super::progress::exit;
use super::teller::Teller;
use super::wizard::{Accepted, Wizard, WizardError};
use crate::apply::{Outcome, Prepared};
use crate::changes::{Change, Wish};
use crate::facts::Facts;
use crate::keys::password::Hashing;

/// From this many new passwords on it is told how far the hashing is.
const MANY: usize = 200;
/// The time between two words about it.
const PAUSE: Duration = Duration::from_secs(1);

/// The options of every command that changes the server.
#[derive(Debug, clap::Args)]
pub struct How {
    /// Do not ask before the work begins
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    edited: EditedFiles,
    /// Print what happens as JSON, one object a line; needs --yes
    #[arg(long, requires = "yes")]
    pub json: bool,
}

/// A change in the making.
pub struct Changing<'a> {
    /// The machine.
    pub wizard: Wizard,
    /// The wish that holds, with the changes made so far.
    pub wish: Wish,
    /// What is told.
    pub teller: Teller,
    /// Somebody to ask what is missing; nobody with `--yes` and without a terminal.
    pub asker: Option<Box<dyn Asker>>,
    /// For what asks the network.
    pub runtime: Runtime,
    /// What the machine was found to be when the change was planned.
    pub facts: Option<Facts>,
    how: &'a How,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was carried out, as far as the exit says.
    Applied(Exit),
    /// The operator does not want it.
    Declined,
}

impl Ended {
    /// The exit code.
    pub fn exit(self) -> Exit {
        match self {
            Self::Applied(exit) => exit,
            Self::Declined => Exit::Left,
        }
    }
}

impl<'a> Changing<'a> {
    /// Loads the wish that holds.
    pub fn begin(how: &'a How, options: &Options) -> Result<Self, Failure> {
        let wizard = Wizard::on_this_machine();
        let wish = wizard.wish().map_err(|refusal| match refusal {
            WizardError::NothingSetUp | WizardError::NotRoot => Failure::new(Exit::Usage, refusal),
            other => other.into(),
        })?;
        let asker = if how.yes { None } else { asking::somebody(&*wizard.host, options) };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Self { wizard, wish, teller: Teller::new(how.json), asker, runtime, facts: None, how })
    }

    /// Makes one change and says what should be known about it. A refusal is wrong usage.
    pub fn change(&mut self, change: &dyn Change) -> Result<(), Failure> {
        let notes = self.wish.change(change).map_err(|refusal| Failure::new(Exit::Usage, refusal))?;
        for note in notes {
            self.teller.say(&note)?;
            self.teller.tell(&json!({ "event": "note", "text": note }))?;
        }
        Ok(())
    }

    /// Accepts, plans, asks, applies, and shows the passwords that were made.
    pub fn carry_out(&mut self) -> Result<Ended, Failure> {
        let accepted = self.accept()?;
        let choices = self.how.edited.choices();
        let prepared = match self.wizard.prepare(accepted.spec.clone(), &choices) {
            Ok(prepared) => prepared,
            Err(error) => return self.withdrawn(error.into()),
        };
        if let Err(failure) = carrying_out::edits_are_settled(&prepared.plan, &mut self.teller) {
            return self.withdrawn(failure);
        }
        match self.agreed(&prepared) {
            Ok(true) => {}
            Ok(false) => {
                self.wizard.forget_accepted()?;
                self.teller.say("Nothing was changed.")?;
                return Ok(Ended::Declined);
            }
            Err(failure) => return self.withdrawn(failure),
        }
        self.facts = Some(prepared.facts.clone());
        let outcome = self.apply(&prepared);
        // Even after a failure: what was made and not shown would be lost.
        carrying_out::show_passwords(&self.wizard, &accepted, &mut self.teller)?;
        Ok(Ended::Applied(exit(outcome?)))
    }

    /// The last line for programs.
    pub fn summary(&mut self, ended: Ended) -> Result<Exit, Failure> {
        let exit = ended.exit();
        self.teller.tell(&json!({ "schema": 1, "event": "summary", "exit": exit as u8 }))?;
        Ok(exit)
    }

    /// Nothing was carried out, so nothing waits to be.
    fn withdrawn(&self, failure: Failure) -> Result<Ended, Failure> {
        self.wizard.forget_accepted()?;
        Err(failure)
    }

    /// Hashes on all cores; a word a second where that takes long, and Ctrl-C leaves everything as it is.
    fn accept(&mut self) -> Result<Accepted, Failure> {
        let many = self.wish.passwords.len();
        let hashing = Hashing::default();
        if many < MANY {
            return Ok(self.wizard.accept_wish(&self.wish, &hashing)?);
        }
        let left = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let handler = signal_hook::flag::register(signal_hook::consts::SIGINT, left.clone())?;
        let (wizard, wish) = (&self.wizard, &self.wish);
        let teller = &mut self.teller;
        let accepted = std::thread::scope(|scope| {
            let work = scope.spawn(|| wizard.accept_wish(wish, &hashing));
            let (begun, mut told) = (Instant::now(), Instant::now());
            while !work.is_finished() {
                std::thread::sleep(Duration::from_millis(20));
                if left.load(std::sync::atomic::Ordering::Relaxed) {
                    hashing.cancel();
                }
                if told.elapsed() >= PAUSE {
                    told = Instant::now();
                    let done = hashing.done();
                    let rate = done as f64 / begun.elapsed().as_secs_f64();
                    teller.say(&format!("{done} of {many} passwords hashed, {rate:.0} a second"))?;
                    teller.tell(&json!({ "event": "hashing", "done": done, "of": many }))?;
                }
            }
            work.join().map_err(|_| WizardError::CutShort("hashing"))?.map_err(Failure::from)
        });
        signal_hook::low_level::unregister(handler);
        match accepted {
            Err(_) if left.load(std::sync::atomic::Ordering::Relaxed) => {
                Err(Failure::new(Exit::Left, crate::keys::KeyError::Cancelled))
            }
            other => other,
        }
    }

    fn agreed(&mut self, prepared: &Prepared) -> Result<bool, Failure> {
        if self.how.yes || (prepared.plan.is_empty() && prepared.unfinished.is_none()) {
            return Ok(true);
        }
        let Some(asker) = &mut self.asker else {
            let sentence = "there is no terminal to ask on: give --yes to carry this out without a question.";
            return Err(Failure::new(Exit::Usage, sentence));
        };
        plan::summary(prepared, &mut self.teller.text)?;
        self.teller.text.flush()?;
        let verbs = [
            Verb { key: 'y', label: "carry it out" },
            Verb { key: 'd', label: "show what changes" },
            Verb { key: 'n', label: "leave everything as it is" },
        ];
        loop {
            match asker.verb("Carry this out?", &verbs)? {
                Reply::Given('y') => return Ok(true),
                Reply::Given('d') => {
                    plan::diffs(prepared, &mut self.teller.text)?;
                    self.teller.text.flush()?;
                }
                Reply::Given(_) | Reply::Back | Reply::Leave => return Ok(false),
            }
        }
    }

    fn apply(&mut self, prepared: &Prepared) -> Result<Outcome, Failure> {
        if prepared.plan.is_empty() {
            self.wizard.forget_accepted()?;
            self.teller.say("Everything is like that already: nothing was changed.")?;
            return Ok(Outcome::Unchanged);
        }
        carrying_out::apply(&self.wizard, &self.how.edited.choices(), &mut self.teller)
    }
}
