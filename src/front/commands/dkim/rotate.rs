//! `mailwizard dkim rotate [DOMAIN]`.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;

use super::served;
use crate::changes::SignWith;
use crate::front::changing::{Changing, Ended, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::record_lines::details;
use crate::front::wizard::DkimSeen;
use crate::keys::dkim::{self, KeyState};
use crate::records::RecordState;
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
    rotation.settle()?;
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

    /// An apply that switched, or an undo of it, may have ended after the list was written last.
    fn settle(&self) -> Result<(), Failure> {
        let (wizard, spec) = (&self.changing.wizard, &self.changing.wish.spec);
        Ok(dkim::note_who_signs(&*wizard.host, &wizard.paths, &self.domain(), spec)?)
    }

    fn look(&self) -> Result<Vec<DkimSeen>, Failure> {
        let changing = &self.changing;
        Ok(changing.runtime.block_on(changing.wizard.dkim(&changing.wish.spec, &self.domain()))?)
    }

    fn forth(&mut self, wait: bool) -> Result<Ended, Failure> {
        let seen = self.look()?;
        let old: Vec<&DkimSeen> = seen.iter().filter(|s| matches!(s.key.state, KeyState::Stopped(_))).collect();
        if !old.is_empty() && seen.iter().all(|s| s.key.state != KeyState::Next) {
            return self.let_old_go(&old);
        }
        if seen.iter().all(|s| s.key.state != KeyState::Next) {
            let (wizard, spec) = (&self.changing.wizard, &self.changing.wish.spec);
            dkim::make_next(&*wizard.host, &wizard.paths, &self.domain(), spec)?;
            self.changing.teller.say(&format!("New keys for '{}' are made. They do not sign yet.", self.name))?;
        }
        let seen = self.look()?;
        let next: Vec<DkimSeen> = seen.into_iter().filter(|s| s.key.state == KeyState::Next).collect();
        if !self.all_there(&next, wait)? {
            return Ok(Ended::Applied(Exit::OperatorMustAct));
        }
        self.switch_to(next.iter().map(|s| s.key.public.selector.clone()).collect())
    }

    /// Whether every authoritative server has every new record; says which to publish where not.
    fn all_there(&mut self, next: &[DkimSeen], wait: bool) -> Result<bool, Failure> {
        if next.iter().all(is_there) {
            return Ok(true);
        }
        let teller = &mut self.changing.teller;
        for seen in next.iter().filter(|s| !is_there(s)) {
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
            return Ok(false);
        }
        teller.say("Waiting until every name server has them. Ctrl-C leaves; nothing changes until then.")?;
        let begun = Instant::now();
        while begun.elapsed() < LONGEST {
            std::thread::sleep(PAUSE);
            let seen = self.look()?;
            if seen.iter().filter(|s| s.key.state == KeyState::Next).all(is_there) {
                self.changing.teller.say("Every name server has them.")?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn switch_to(&mut self, selectors: Vec<Selector>) -> Result<Ended, Failure> {
        let names: Vec<&str> = selectors.iter().map(Selector::as_str).collect();
        self.changing.teller.say(&format!("Signing switches to {}.", names.join(" and ")))?;
        self.changing.change(&SignWith { domain: self.name.clone(), selectors })?;
        let ended = self.changing.carry_out()?;
        if ended == Ended::Applied(Exit::Done) {
            self.settle()?;
            let day = dkim::may_go(self.changing.wizard.host.now()).strftime("%Y-%m-%d").to_string();
            self.changing.teller.say(&format!(
                "The old records stay until {day}: mail that was signed before is still on its way. 'mailwizard dkim \
                 rotate {}' says then that they may go.",
                self.name
            ))?;
        }
        Ok(ended)
    }

    /// Nothing signs with them any more.
    fn let_old_go(&mut self, old: &[&DkimSeen]) -> Result<Ended, Failure> {
        let now = self.changing.wizard.host.now();
        let due = old
            .iter()
            .filter_map(|s| if let KeyState::Stopped(at) = s.key.state { Some(dkim::may_go(at)) } else { None });
        let due: Timestamp = due.max().unwrap_or(now);
        if due > now {
            let day = due.strftime("%Y-%m-%d").to_string();
            let names: Vec<&str> = old.iter().map(|s| s.key.public.selector.as_str()).collect();
            self.changing.teller.say(&format!(
                "The last rotation switched signing; the records of {} stay until {day}. A new rotation can begin then.",
                names.join(" and ")
            ))?;
            return Ok(Ended::Applied(Exit::Done));
        }
        let (gone, there): (Vec<&&DkimSeen>, Vec<_>) = old.iter().partition(|s| s.record.state == RecordState::Missing);
        let selectors: Vec<Selector> = gone.iter().map(|s| s.key.public.selector.clone()).collect();
        let wizard = &self.changing.wizard;
        dkim::withdraw(&*wizard.host, &wizard.paths, &self.name, &selectors)?;
        if there.is_empty() {
            self.changing.teller.say("The old records are down: the rotation is complete.")?;
            return Ok(Ended::Applied(Exit::Done));
        }
        let teller = &mut self.changing.teller;
        teller.say("These records may go now; take them down:")?;
        for seen in there {
            teller.line(&format!("  TXT {}", seen.record.wanted.name.trim_end_matches('.')))?;
            teller.tell(&json!({ "event": "record", "state": "take-down", "record": seen.record.wanted }))?;
        }
        teller.say(&format!("'mailwizard dkim rotate {}' looks whether they are.", self.name))?;
        Ok(Ended::Applied(Exit::OperatorMustAct))
    }

    fn back(&mut self) -> Result<Ended, Failure> {
        let seen = self.look()?;
        let of = |wanted: fn(&KeyState) -> bool| -> Vec<Selector> {
            seen.iter().filter(|s| wanted(&s.key.state)).map(|s| s.key.public.selector.clone()).collect()
        };
        let next = of(|state| *state == KeyState::Next);
        let stopped = of(|state| matches!(state, KeyState::Stopped(_)));
        let names = |selectors: &[Selector]| {
            let names: Vec<&str> = selectors.iter().map(Selector::as_str).collect();
            names.join(" and ")
        };
        if !next.is_empty() {
            let wizard = &self.changing.wizard;
            dkim::withdraw(&*wizard.host, &wizard.paths, &self.name, &next)?;
            let teller = &mut self.changing.teller;
            teller.say(&format!("{} are dropped; they never signed. Take their records down.", names(&next)))?;
            return Ok(Ended::Applied(Exit::Done));
        }
        if stopped.is_empty() {
            let sentence = format!("no rotation of '{}' is under way: there is nothing to go back to.", self.name);
            return Err(Failure::new(Exit::Usage, sentence));
        }
        if seen.iter().any(|s| stopped.contains(&s.key.public.selector) && !s.record.state.is_published()) {
            let sentence = format!(
                "the records of {} are not published everywhere any more: mail signed with them would fail.",
                names(&stopped)
            );
            return Err(Failure::new(Exit::OperatorMustAct, sentence));
        }
        self.switch_to(stopped)
    }
}

fn is_there(seen: &DkimSeen) -> bool {
    seen.record.state.is_published()
}
