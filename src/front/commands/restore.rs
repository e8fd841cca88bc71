//! `mailwizard restore FILE`: a server from its backup, on the machine it was on or on another one.

use std::path::PathBuf;

use serde_json::json;

use super::backup::{Counter, kinds, object};
use crate::apply::{ApplyError, Outcome, Prepared};
use crate::backup::age::Key;
use crate::backup::{self, Contents};
use crate::facts::Facts;
use crate::front::carrying_out;
use crate::front::confirmation;
use crate::front::exit::{Exit, Failure};
use crate::front::passphrase::OpenWith;
use crate::front::record_lines::details;
use crate::front::size;
use crate::front::teller::Teller;
use crate::front::wizard::{Wizard, WizardError};
use crate::plan::EditChoices;
use crate::records::{ComparedRecord, RecordKind};
use crate::spec::Spec;
use crate::store::pending;

/// The uid and gid of mail where neither the machine nor the plan says another.
const MAIL_OWNER: (u32, u32) = (5000, 5000);

/// What to restore, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    open_with: OpenWith,
    /// Only add the mail of a later backup to a server that is set up already
    #[arg(long, conflicts_with = "replace")]
    only_mail: bool,
    /// Restore although this machine is set up already; HOSTNAME is its present name
    #[arg(long, value_name = "HOSTNAME")]
    replace: Option<String>,
    /// Do not ask before the work begins
    #[arg(long)]
    yes: bool,
    /// Print what happens as JSON, one object a line
    #[arg(long, requires = "yes")]
    json: bool,
}

/// Restores a backup.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    if !wizard.host.is_root() {
        return Err(ApplyError::NotRoot.into());
    }
    wizard.require_no_other_run()?;
    let present = pending::load_spec(&*wizard.host, &wizard.paths.spec())?;
    if args.only_mail && present.is_none() {
        return Err(Failure::new(
            Exit::Usage,
            "nothing is set up here yet: restore the whole backup, without --only-mail.",
        ));
    }
    if !(args.yes || args.only_mail) {
        confirmation::must_be_possible("give --yes to restore without a question.")?;
    }
    let key = args.open_with.key(&*wizard.host)?;
    let mut restore = Restore { args, wizard: &wizard, key, teller: Teller::new(args.json) };
    let contents = restore.verified()?;
    match present {
        Some(present) if args.only_mail => restore.add_mail(&present, None),
        Some(present) if !restore.may_replace(&present)? => Ok(Exit::Left),
        _ => restore.whole(&contents),
    }
}

struct Restore<'a> {
    args: &'a Args,
    wizard: &'a Wizard,
    key: Key,
    teller: Teller,
}

impl Restore<'_> {
    /// Reads all of the backup before anything is written, and says what is in it.
    fn verified(&mut self) -> Result<Contents, Failure> {
        let contents = backup::verify(&*self.wizard.host, &self.args.file, &self.key)?;
        let about = &contents.about;
        self.teller.say(&format!(
            "The backup is whole: the server {}, {}, at {}.",
            about.hostname,
            crate::printable::printable(&about.distribution),
            crate::printable::printable(&about.made)
        ))?;
        let mut lines = Vec::new();
        kinds(&contents, &mut lines)?;
        String::from_utf8_lossy(&lines).lines().try_for_each(|line| self.teller.line(line))?;
        let mut event = object(&contents);
        event["event"] = json!("backup");
        self.teller.tell(&event)?;
        Ok(contents)
    }

    /// Another server's set-up is not replaced by a slip of the hand.
    fn may_replace(&mut self, present: &Spec) -> Result<bool, Failure> {
        let name = present.hostname.as_str();
        let instead = format!("this machine is {name} already. To put the backup in its place: --replace {name}");
        if let Some(given) = &self.args.replace {
            return match given == name {
                true => Ok(true),
                false => Err(Failure::new(
                    Exit::Usage,
                    format!(
                        "'{}' is not the name of this server, which is '{name}'.",
                        crate::printable::excerpt(given, 80)
                    ),
                )),
            };
        }
        if self.args.yes {
            return Err(Failure::new(Exit::Usage, instead));
        }
        self.teller.gap()?;
        self.teller.say(&format!(
            "This machine is set up already, as {name}. The backup would take the place of its set-up and keys; its mail stays, and \
             `mailwizard undo` leads back."
        ))?;
        let question = format!("Type the name {name} to go on: ");
        let right = confirmation::typed(&question, name, &instead)?;
        if !right {
            self.teller.say("That is not its name: nothing was done.")?;
        }
        Ok(right)
    }

    fn whole(&mut self, contents: &Contents) -> Result<Exit, Failure> {
        let (wizard, host, paths) = (self.wizard, &*self.wizard.host, &self.wizard.paths);
        let wish = backup::wish(&self.args.file, contents)?;
        let facts = wizard.facts(wish.stack)?;
        let placed = backup::accept(host, paths, &facts, &self.args.file, contents)?;
        for note in &placed.notes {
            self.teller.say(&format!("Note: {note}"))?;
        }
        let choices = EditChoices::default();
        let prepared = wizard.prepare(placed.spec.clone(), &choices)?;
        self.plan(&prepared)?;
        let question =
            if contents.about.mail { "Carry this out, and put the mail in place?" } else { "Carry this out?" };
        if !self.args.yes && !confirmation::agreed(question, "give --yes to restore without a question.")? {
            self.teller.say(
                "Nothing of the system was changed. The set-up is kept as the accepted one: restore again to go on, or `mailwizard setup`.",
            )?;
            return Ok(Exit::Left);
        }
        if contents.about.mail || contents.about.history {
            self.add_mail(&placed.spec, Some(&prepared))?;
        }
        let outcome = self.carry_out(&placed.spec, &choices)?;
        match outcome {
            Outcome::Failed => return self.end(Exit::Failed),
            Outcome::Stopped => return self.end(Exit::Left),
            Outcome::Done | Outcome::Unchanged | Outcome::OperatorMustAct => {}
        }
        let facts = wizard.facts(placed.spec.stack)?;
        let exit = self.records(contents, &placed.spec, &facts)?;
        self.end(if outcome == Outcome::OperatorMustAct { Exit::OperatorMustAct } else { exit })
    }

    fn plan(&mut self, prepared: &Prepared) -> Result<(), Failure> {
        let mut lines = Vec::new();
        super::plan::summary(prepared, &mut lines)?;
        self.teller.gap()?;
        self.teller.say("What will be done here:")?;
        Ok(String::from_utf8_lossy(&lines).lines().try_for_each(|line| self.teller.line(line))?)
    }

    /// Before the daemons start, so that they find it; beside what is there, so that nothing is lost.
    fn add_mail(&mut self, spec: &Spec, prepared: Option<&Prepared>) -> Result<Exit, Failure> {
        let (host, paths) = (&*self.wizard.host, &self.wizard.paths);
        let planned = prepared.and_then(|p| p.facts.vmail_ids);
        let owner = host.user_ids("vmail").or(planned).unwrap_or(MAIL_OWNER);
        let mut counter = Counter::new("mail put in place");
        let (done, there) =
            backup::place_mail(host, paths, spec, &self.args.file, &self.key, owner, &mut |at| counter.told(at))?;
        let also = if there > 0 { format!(" {there} files were there already.") } else { String::new() };
        self.teller.gap()?;
        self.teller.say(&format!("Mail: {} files put in place, {}.{also}", done.files, size::bytes(done.bytes)))?;
        self.teller.tell(&json!({ "event": "mail", "files": done.files, "bytes": done.bytes, "there": there }))?;
        Ok(Exit::Done)
    }

    fn carry_out(&mut self, spec: &Spec, choices: &EditChoices) -> Result<Outcome, Failure> {
        self.teller.gap()?;
        self.teller.say(&format!("Setting up {}.", spec.hostname))?;
        carrying_out::apply(self.wizard, choices, &mut self.teller)
    }

    /// The records that are not as this machine wants them: addresses above all.
    fn records(&mut self, contents: &Contents, spec: &Spec, facts: &Facts) -> Result<Exit, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let compared: Vec<ComparedRecord> = runtime.block_on(async {
            let wanted = self.wizard.records(spec, facts).await?;
            Ok::<_, WizardError>(wanted.look(&spec.hostname).await)
        })?;
        let changes: Vec<&ComparedRecord> = compared.iter().filter(|c| !c.state.is_published()).collect();
        self.teller.gap()?;
        self.addresses(contents, facts)?;
        if changes.is_empty() {
            self.teller.say("DNS: every record is as it should be.")?;
            return Ok(Exit::Done);
        }
        self.teller.say("These records must change, or be there, for mail to come here:")?;
        for record in &changes {
            let details = details(record);
            self.teller.gap()?;
            self.teller.say(&details.heading)?;
            self.teller.line(&details.value)?;
            details.notes.iter().try_for_each(|note| self.teller.say(note))?;
            self.teller.tell(&json!({
                "event": "record", "name": record.wanted.name, "type": record.wanted.kind.as_str(), "data": record.wanted.data,
                "found": record.found, "required": record.wanted.required,
            }))?;
        }
        self.teller.gap()?;
        if changes.iter().any(|c| matches!(c.wanted.kind, RecordKind::A | RecordKind::Aaaa | RecordKind::Ptr)) {
            self.teller.say(
                "Leave the old machine on until the old addresses have expired everywhere. Then back its mail up once more and add \
                 here what came meanwhile: mailwizard restore FILE --only-mail",
            )?;
        }
        let open = changes.iter().any(|c| c.wanted.required);
        Ok(if open { Exit::OperatorMustAct } else { Exit::Done })
    }

    fn addresses(&mut self, contents: &Contents, facts: &Facts) -> Result<(), Failure> {
        let (old, new) = (&contents.about, &facts.addresses);
        let families = [
            (old.ipv4.map(|a| a.to_string()), new.egress_ipv4.map(|a| a.to_string())),
            (old.ipv6.map(|a| a.to_string()), new.egress_ipv6.map(|a| a.to_string())),
        ];
        for (old, new) in families {
            let sentence = match (old, new) {
                (Some(old), Some(new)) if old != new => format!("The address was {old}; here it is {new}."),
                (Some(old), None) => format!("The address {old} has no successor: this machine has none of its kind."),
                (None, Some(new)) => format!("This machine has the address {new}; the old one had none of its kind."),
                _ => continue,
            };
            self.teller.say(&sentence)?;
        }
        Ok(())
    }

    fn end(&mut self, exit: Exit) -> Result<Exit, Failure> {
        self.teller.tell(&json!({ "schema": 1, "event": "summary", "exit": exit as u8 }))?;
        Ok(exit)
    }
}
