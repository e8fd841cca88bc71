//! `mailwizard dkim rotate [DOMAIN]`.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;

use super::served;
use crate::changes::SignWith;
use crate::front::changing::{Changing, Ended, How};
use crate::front::exit::{Exit, Failure};
use crate::front::key_words::names;
use crate::front::options::Options;
use crate::front::record_lines::details;
use crate::front::wizard::{DkimSeen, RotationStage, WayBack};
use crate::keys::dkim::{self, KeyState};
use crate::spec::{Domain, MailDomain, Selector};

/// The longest that records are waited for, and the time between looks.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
const PAUSE: Duration = Duration::from_secs(5);

/// Whose keys, and which way.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The domain; may be left out where there is only one
    #[arg(value_name = "DOMAIN")]
    domain: Option<String>,
    /// Go back: before the switch the new keys are dropped, after it the old ones sign again
    #[arg(long)]
    back: bool,
    /// Wait until every name server has the new records, up to a day, and switch then
    #[arg(long, conflicts_with = "back")]
    wait: bool,
    #[command(flatten)]
    how: How,
}

/// Does the next step.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let mut changing = Changing::begin(&args.how, options)?;
    let name = served(&changing.wish.spec, args.domain.as_deref())?;
    let mut rotation = Rotation { changing: &mut changing, name };
    let ended = if args.back { rotation.back()? } else { rotation.forth(args.wait)? };
    changing.summary(ended)
}

struct Rotation<'c, 'h> {
    changing: &'c mut Changing<'h>,
    name: Domain,
}

impl Rotation<'_, '_> {
    fn domain(&self) -> MailDomain {
        let known = self.changing.wish.spec.domain(&self.name).cloned();
        known.unwrap_or_else(|| MailDomain::new(self.name.clone()))
    }

    fn look(&self) -> Result<Vec<DkimSeen>, Failure> {
        let changing = &self.changing;
        Ok(changing.runtime.block_on(changing.wizard.rotation(&changing.wish.spec, &self.domain()))?)
    }

    fn stage(&self, seen: &[DkimSeen]) -> RotationStage {
        RotationStage::of(seen, self.changing.wizard.host.now())
    }

    fn forth(&mut self, wait: bool) -> Result<Ended, Failure> {
        let had_old = self.has_old_keys()?;
        let mut seen = self.look()?;
        match self.stage(&seen) {
            RotationStage::Rests if had_old => {
                self.changing.teller.say("The old records are down: the rotation is complete.")?;
                return Ok(Ended::Applied(Exit::Done));
            }
            RotationStage::Keeping(old, due) => return self.keep(&old, due),
            RotationStage::LettingGo { there, .. } => return self.let_go(&seen, &there),
            RotationStage::Rests => {
                let (wizard, spec) = (&self.changing.wizard, &self.changing.wish.spec);
                wizard.make_next_keys(spec, &self.domain())?;
                self.changing.teller.say(&format!("New keys for '{}' are made. They do not sign yet.", self.name))?;
                seen = self.look()?;
            }
            RotationStage::Publishing { .. } | RotationStage::Ready(_) => {}
        }
        match self.all_there(&seen, wait)? {
            Some(next) => self.switch_to(next),
            None => Ok(Ended::Applied(Exit::OperatorMustAct)),
        }
    }

    /// Whether the last rotation left keys whose records were still there at the last look.
    fn has_old_keys(&self) -> Result<bool, Failure> {
        let (wizard, spec) = (&self.changing.wizard, &self.changing.wish.spec);
        let keys = dkim::listed(&*wizard.host, &wizard.paths, &self.domain(), spec)?;
        Ok(keys.iter().any(|key| matches!(key.state, KeyState::Stopped(_))))
    }

    /// The new keys, once every authoritative server has their records; says before which to publish, and waits for them
    /// where that is wanted.
    fn all_there(&mut self, seen: &[DkimSeen], wait: bool) -> Result<Option<Vec<Selector>>, Failure> {
        if let RotationStage::Ready(next) = self.stage(seen) {
            return Ok(Some(next));
        }
        let teller = &mut self.changing.teller;
        let missing = |seen: &&DkimSeen| seen.key.state == KeyState::Next && !seen.record.state.is_published();
        for seen in seen.iter().filter(missing) {
            let details = details(&seen.record);
            teller.gap()?;
            teller.say(&details.heading)?;
            teller.line(&details.value)?;
            for note in &details.notes {
                teller.say(note)?;
            }
            teller.tell(&json!({ "event": "record", "state": "missing", "record": seen.record.wanted }))?;
        }
        teller.gap()?;
        if !wait {
            teller.say(&format!(
                "Publish these beside the present ones. 'mailwizard dkim rotate {0}' looks again and switches once every \
                 name server has them; with --wait it waits for that. 'mailwizard dkim rotate {0} --back' drops the new keys.",
                self.name
            ))?;
            return Ok(None);
        }
        teller.say("Waiting until every name server has them. Ctrl-C leaves; nothing changes until then.")?;
        let begun = Instant::now();
        while begun.elapsed() < LONGEST {
            std::thread::sleep(PAUSE);
            match self.stage(&self.look()?) {
                RotationStage::Publishing { .. } => {}
                RotationStage::Ready(next) => {
                    self.changing.teller.say("Every name server has them.")?;
                    return Ok(Some(next));
                }
                // Another run has dropped them, or switched.
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn switch_to(&mut self, selectors: Vec<Selector>) -> Result<Ended, Failure> {
        self.changing.teller.say(&format!("Signing switches to {}.", names(&selectors)))?;
        self.changing.change(&SignWith { domain: self.name.clone(), selectors })?;
        let ended = self.changing.carry_out()?;
        if ended == Ended::Applied(Exit::Done) {
            let day = dkim::may_go(self.changing.wizard.host.now()).strftime("%Y-%m-%d").to_string();
            self.changing.teller.say(&format!(
                "The old records stay until {day}: mail that was signed before is still on its way. 'mailwizard dkim \
                 rotate {}' says then that they may go.",
                self.name
            ))?;
        }
        Ok(ended)
    }

    fn keep(&mut self, old: &[Selector], due: Timestamp) -> Result<Ended, Failure> {
        let day = due.strftime("%Y-%m-%d").to_string();
        self.changing.teller.say(&format!(
            "The last rotation switched signing; the records of {} stay until {day}. A new rotation can begin then.",
            names(old)
        ))?;
        Ok(Ended::Applied(Exit::Done))
    }

    /// Nothing signs with them any more.
    fn let_go(&mut self, seen: &[DkimSeen], there: &[Selector]) -> Result<Ended, Failure> {
        let teller = &mut self.changing.teller;
        teller.say("These records may go now; take them down:")?;
        for seen in seen.iter().filter(|seen| there.contains(&seen.key.public.selector)) {
            teller.line(&format!("  TXT {}", seen.record.wanted.name.trim_end_matches('.')))?;
            teller.tell(&json!({ "event": "record", "state": "take-down", "record": seen.record.wanted }))?;
        }
        teller.say(&format!("'mailwizard dkim rotate {}' looks whether they are.", self.name))?;
        Ok(Ended::Applied(Exit::OperatorMustAct))
    }

    fn back(&mut self) -> Result<Ended, Failure> {
        match WayBack::of(&self.look()?) {
            WayBack::Drop(next) => {
                self.changing.wizard.drop_keys(&self.name, &next)?;
                let sentence = format!("{} are dropped; they never signed. Take their records down.", names(&next));
                self.changing.teller.say(&sentence)?;
                Ok(Ended::Applied(Exit::Done))
            }
            WayBack::SignAgain(old) => self.switch_to(old),
            WayBack::Nothing => {
                let sentence = format!("no rotation of '{}' is under way: there is nothing to go back to.", self.name);
                Err(Failure::new(Exit::Usage, sentence))
            }
            WayBack::TooLate(old) => {
                let sentence = format!(
                    "the records of {} are not published everywhere any more: mail signed with them would fail.",
                    names(&old)
                );
                Err(Failure::new(Exit::OperatorMustAct, sentence))
            }
        }
    }
}
