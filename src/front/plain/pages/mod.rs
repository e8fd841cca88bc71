//! The pages that do something, for the plain front ends.

mod apply;
mod clients;
mod cutover;
mod dns;
mod preflight;
mod review;
mod verify;

use std::path::Path;

use tokio::runtime::Runtime;

use super::Asker;
use super::walk::{Onward, Pages};
use crate::finding::{CheckResult, Outcome};
use crate::front::exit::{Exit, Failure};
use crate::front::result_lines;
use crate::front::wizard::{Wizard, passwords_were_shown, read_accounts};
use crate::keys::csv_import::ImportedAccount;
use crate::plan::EditChoices;
use crate::spec::{Mailbox, Secret, Spec};
use crate::steps::{AGREE_TO_TERMS, Draft, Engine, Page, Password};

/// A set-up at work: what its pages share.
pub struct Setup<'a> {
    wizard: Wizard,
    runtime: &'a Runtime,
    /// The wish that was accepted at the review.
    accepted: Option<Spec>,
    /// Passwords that were made, until they have been shown.
    generated: Vec<(Mailbox, Secret)>,
    /// What is done with files that were edited by hand.
    edited: EditChoices,
    /// Whether a required record was not there at the last look.
    missing_records: bool,
    /// Whether something failed.
    failed: bool,
}

impl<'a> Setup<'a> {
    /// Nothing is done yet, but an earlier run may have made passwords.
    pub fn new(wizard: Wizard, runtime: &'a Runtime, draft: &Draft) -> Self {
        let made = |(address, password): (&Mailbox, &Password)| match password {
            Password::Generated(secret) => Some((address.clone(), secret.clone())),
            Password::Given(_) | Password::Hash(_) | Password::ToMake => None,
        };
        Self {
            wizard,
            runtime,
            accepted: None,
            generated: draft.passwords.iter().filter_map(made).collect(),
            edited: EditChoices::default(),
            missing_records: false,
            failed: false,
        }
    }

    /// How the set-up ended, once its last step is done.
    pub fn exit(&self) -> Exit {
        match (self.failed, self.missing_records) {
            (_, true) => Exit::OperatorMustAct,
            (true, false) => Exit::Failed,
            (false, false) => Exit::Done,
        }
    }

    /// Shows the passwords that were made and not shown yet: the operator leaves early.
    pub fn last_words(&mut self, asker: &mut dyn Asker) -> Result<(), Failure> {
        self.show_passwords(asker)
    }

    fn show_passwords(&mut self, asker: &mut dyn Asker) -> Result<(), Failure> {
        if self.generated.is_empty() {
            return Ok(());
        }
        asker.show("")?;
        asker.say("Passwords that were made. They are shown this once; only their hashes are kept.")?;
        for (address, secret) in self.generated.drain(..) {
            asker.show(&format!("  {address}  {}", secret.expose()))?;
        }
        Ok(passwords_were_shown(&*self.wizard.host, &self.wizard.paths)?)
    }

    /// The wish that was accepted here, or by an earlier run whose answers these are.
    fn wish(&self, engine: &Engine) -> Option<Spec> {
        self.accepted.clone().or_else(|| engine.draft.spec().ok())
    }

    /// Looks at DNS for the suggestions of the steps.
    fn look_around(&self, engine: &mut Engine) {
        let seen = self.runtime.block_on(self.wizard.look(&engine.draft));
        engine.draft.seen.merge(seen);
    }
}

impl Pages for Setup<'_> {
    fn prepare(&mut self, engine: &mut Engine) {
        if engine.step().asks(AGREE_TO_TERMS) {
            let seen = self.runtime.block_on(self.wizard.look_at_ca(&engine.draft));
            engine.draft.seen.merge(seen);
        }
    }

    fn look(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<bool, Failure> {
        self.look_around(engine);
        let results = self.runtime.block_on(self.wizard.live_checks(engine.step(), &engine.draft))?;
        let mut worth_a_look = false;
        for result in results {
            worth_a_look |= matches!(result.finding.outcome, Outcome::Warn | Outcome::Fail | Outcome::Unknown);
            show_result(asker, &result)?;
            engine.draft.seen.take(result);
        }
        Ok(worth_a_look)
    }

    fn page(&mut self, asker: &mut dyn Asker, engine: &mut Engine) -> Result<Onward, Failure> {
        match engine.step().page {
            Page::Questions => Ok(Onward::GoOn),
            Page::Preflight => self.preflight(asker, engine),
            Page::Dns => self.dns(asker, engine, dns::Awaited::Before),
            Page::Review => self.review(asker, engine),
            Page::Apply => self.apply(asker),
            Page::Verify => self.verify(asker, engine),
            Page::CutOver => self.cut_over(asker, engine),
            Page::Clients => self.clients(asker, engine),
        }
    }

    fn accounts_in(&self, path: &Path) -> Result<Vec<ImportedAccount>, String> {
        read_accounts(&*self.wizard.host, path).map_err(|refusal| refusal.to_string())
    }

    fn keep(&mut self, engine: &Engine) -> Result<(), Failure> {
        Ok(self.wizard.save(engine)?)
    }
}

/// A result in one line, with what to do about it below.
fn show_result(asker: &mut dyn Asker, result: &CheckResult) -> std::io::Result<()> {
    result_lines::lines(result).iter().try_for_each(|line| asker.say(line))
}
