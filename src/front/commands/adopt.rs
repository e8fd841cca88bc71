//! `mailwizard adopt`: a mail server that runs here already, understood and taken over.

use std::path::PathBuf;

use serde_json::json;

use crate::adopt::{self, Examined, Left, Understood};
use crate::apply::{ApplyError, Outcome};
use crate::front::carrying_out;
use crate::front::confirmation;
use crate::front::exit::{Exit, Failure};
use crate::front::progress::exit;
use crate::front::teller::Teller;
use crate::front::wizard::Wizard;
use crate::plan::EditChoices;
use crate::printable::printable;
use crate::spec::{Fqdn, StackId};
use crate::store::pending;

/// Moves that are named one by one.
const SHOWN_MOVES: usize = 8;

/// What to adopt, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Read the config folder of a docker-mailserver instead of the server that runs here
    #[arg(long, value_name = "DIR")]
    docker_mailserver: Option<PathBuf>,
    /// The folder that it has mounted at /var/mail, with the mail
    #[arg(long, value_name = "DIR", requires = "docker_mailserver")]
    mail: Option<PathBuf>,
    /// The host name, where another one than found is wanted
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// Say what was understood and what not, and change nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do not ask before the work begins
    #[arg(long)]
    yes: bool,
    /// Print what happens as JSON, one object a line; needs --yes or --dry-run
    #[arg(long)]
    json: bool,
}

/// Takes a server over.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    let (host, paths) = (&*wizard.host, &wizard.paths);
    if !host.is_root() {
        return Err(ApplyError::NotRoot.into());
    }
    if args.json && !(args.yes || args.dry_run) {
        return Err(Failure::new(Exit::Usage, "--json asks nothing: give it with --yes or --dry-run."));
    }
    wizard.require_no_other_run()?;
    if let Some(present) = pending::load_spec(host, &paths.spec())? {
        let name = present.hostname;
        return Err(Failure::new(
            Exit::Usage,
            format!("{name} is set up here by mailwizard already: there is nothing to adopt."),
        ));
    }
    let found = match &args.docker_mailserver {
        Some(folder) => adopt::docker_mailserver(host, folder, args.mail.as_deref())?,
        None => adopt::look(host)?,
    };
    let hostname = hostname(args, &found)?;
    let examined = adopt::examine(host, &found, &hostname)?;
    let mut adoption = Adoption { args, wizard: &wizard, found, examined, hostname, teller: Teller::new(args.json) };
    adoption.show()?;
    let stops = adoption.left().any(|left| left.stops);
    if args.dry_run {
        return adoption.end(if stops { Exit::OperatorMustAct } else { Exit::Done });
    }
    if stops {
        adoption.teller.gap()?;
        adoption.teller.say(
            "Nothing was changed: what is marked [FAIL] must be settled first, or mail or logins would be lost.",
        )?;
        return adoption.end(Exit::OperatorMustAct);
    }
    if !args.yes {
        confirmation::must_be_possible("give --yes to adopt without a question.")?;
    }
    adoption.take_over()
}

fn hostname(args: &Args, found: &Understood) -> Result<Fqdn, Failure> {
    let usage = |sentence: String| Failure::new(Exit::Usage, sentence);
    match (&args.hostname, &found.hostname) {
        (Some(given), _) => Fqdn::parse(given).map_err(|e| usage(e.to_string())),
        (None, Some(found)) => Ok(found.clone()),
        (None, None) => {
            Err(usage("this server's host name is not a whole name: give it with --hostname mail.example.org.".into()))
        }
    }
}

struct Adoption<'a> {
    args: &'a Args,
    wizard: &'a Wizard,
    found: Understood,
    examined: Examined,
    hostname: Fqdn,
    teller: Teller,
}

impl Adoption<'_> {
    /// What was understood, and what not.
    fn show(&mut self) -> Result<(), Failure> {
        let found = &self.found;
        let list = |items: Vec<String>| match items.len() {
            0 => "none".to_owned(),
            1..=4 => items.join(", "),
            many => format!("{}, ... ({many})", items[..3].join(", ")),
        };
        let lines = [
            ("host name", self.hostname.to_string()),
            ("domains", list(found.domains.iter().map(ToString::to_string).collect())),
            ("accounts", list(found.accounts.iter().map(|a| a.address.to_string()).collect())),
            ("aliases", list(found.aliases.iter().map(|a| a.address.to_string()).collect())),
            ("administrator", found.admin.as_ref().map_or_else(|| "not named".into(), ToString::to_string)),
            ("certificate", found.certificate.as_ref().map_or_else(|| "none".into(), |(c, _)| c.display().to_string())),
            ("DKIM keys", list(found.dkim.iter().map(|k| format!("{}._domainkey.{}", k.selector, k.domain)).collect())),
            ("relay", found.relay.as_ref().map_or_else(|| "none".into(), |r| format!("{}:{}", r.host, r.port))),
        ];
        self.teller.say("Understood:")?;
        for (label, value) in &lines {
            self.teller.say(&format!("  {label:<14} {}", printable(value)))?;
        }
        let quotas: Vec<String> = found
            .accounts
            .iter()
            .filter_map(|a| Some(format!("{} {}", a.address, printable(a.quota.as_ref()?))))
            .collect();
        if !quotas.is_empty() {
            self.teller.say(&format!("  {:<14} {}", "quotas", quotas.join(", ")))?;
        }
        if !self.examined.moves.is_empty() {
            self.teller.gap()?;
            self.teller.say("Mail that goes to another place or owner:")?;
            for mail in self.examined.moves.iter().take(SHOWN_MOVES) {
                self.teller.line(&format!("  {}", printable(&mail.to_string())))?;
            }
            if let Some(more) = self.examined.moves.len().checked_sub(SHOWN_MOVES).filter(|more| *more > 0) {
                self.teller.line(&format!("  and {more} more, each named with --json"))?;
            }
        }
        self.show_left()?;
        let object = self.object();
        Ok(self.teller.tell(&object)?)
    }

    fn left(&self) -> impl Iterator<Item = &Left> {
        self.found.left.iter().chain(&self.examined.left)
    }

    /// What stops comes first.
    fn show_left(&mut self) -> Result<(), Failure> {
        let mut left: Vec<Left> = self.left().cloned().collect();
        if left.is_empty() {
            return Ok(());
        }
        left.sort_by_key(|left| !left.stops);
        self.teller.gap()?;
        self.teller.say("Not taken over:")?;
        for Left { what, why, stops } in left {
            let mark = if stops { "[FAIL]" } else { "[note]" };
            self.teller.say(&format!("{mark} {}: {}", printable(&what), printable(&why)))?;
        }
        Ok(())
    }

    fn object(&self) -> serde_json::Value {
        let found = &self.found;
        let texts = |items: &mut dyn Iterator<Item = String>| items.collect::<Vec<String>>();
        json!({
            "schema": 1, "event": "understood", "hostname": self.hostname,
            "domains": found.domains,
            "accounts": found.accounts.iter().map(|a| json!({
                "address": a.address, "maildir": a.mail.as_ref().map(|m| &m.maildir), "quota": a.quota,
            })).collect::<Vec<_>>(),
            "aliases": found.aliases.iter().map(|a| json!({
                "address": a.address, "targets": texts(&mut a.targets.iter().map(ToString::to_string)),
            })).collect::<Vec<_>>(),
            "administrator": found.admin,
            "certificate": found.certificate.as_ref().map(|(chain, key)| json!({ "chain": chain, "key": key })),
            "dkim": found.dkim.iter().map(|k| json!({ "domain": k.domain, "selector": k.selector, "path": k.path })).collect::<Vec<_>>(),
            "relay": found.relay.as_ref().map(|r| json!({ "host": r.host, "port": r.port })),
            "moves": self.examined.moves,
            "left": self.left().map(|l| json!({ "what": l.what, "why": l.why, "stops": l.stops })).collect::<Vec<_>>(),
        })
    }

    fn take_over(&mut self) -> Result<Exit, Failure> {
        let wizard = self.wizard;
        let facts = wizard.facts(StackId::default())?;
        let (found, examined) = (&self.found, &self.examined);
        let taken = adopt::take_over(&*wizard.host, &wizard.paths, &facts, found, examined, &self.hostname)?;
        self.teller.gap()?;
        self.teller.say(&format!("The whole configuration as it is now was copied to {}.", taken.copy.display()))?;
        self.teller.tell(&json!({ "event": "copied", "copy": taken.copy }))?;
        let choices = EditChoices::default();
        let prepared = wizard.prepare(taken.spec.clone(), &choices)?;
        let mut lines = Vec::new();
        super::plan::summary(&prepared, &mut lines)?;
        self.teller.gap()?;
        self.teller
            .say("What will be done; `mailwizard plan` shows each line, `mailwizard undo` takes it all back:")?;
        String::from_utf8_lossy(&lines).lines().try_for_each(|line| self.teller.line(line))?;
        if !self.args.yes && !confirmation::agreed("Take the server over?", "give --yes to adopt without a question.")?
        {
            self.teller.say("The server runs on unchanged. What was understood is kept as the accepted set-up: `mailwizard apply` carries it out.")?;
            return Ok(Exit::Left);
        }
        self.teller.gap()?;
        let outcome = carrying_out::apply(wizard, &choices, &mut self.teller)?;
        if matches!(outcome, Outcome::Done | Outcome::OperatorMustAct | Outcome::Unchanged) {
            self.teller.gap()?;
            self.teller.say(
                "The passwords are as they were, and so is the mail. See next: mailwizard records, mailwizard check.",
            )?;
        }
        self.end(exit(outcome))
    }

    fn end(&mut self, exit: Exit) -> Result<Exit, Failure> {
        self.teller.tell(&json!({ "schema": 1, "event": "summary", "exit": exit as u8 }))?;
        Ok(exit)
    }
}
