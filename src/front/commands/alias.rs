//! `mailwizard alias add|remove|list`.

use std::io::Write;

use clap::Subcommand;
use serde::Serialize;

use crate::changes::{AddAlias, RemoveAlias};
use crate::front::asking;
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::output::Output;
use crate::front::wish;
use crate::front::wizard::Wizard;
use crate::spec::{Alias, AliasAction, AliasAddress, Mailbox};

/// What to do with aliases.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Let an address lead to others; '*@example.org' takes what is sent to any other address
    ///
    /// Addresses with a tag need no alias: mail to alice+shop@example.org reaches alice@example.org, and a tag that
    /// gets spam can be refused by a rule in the mail program.
    Add(Add),
    /// Remove an alias, or only some of its targets
    Remove(Remove),
    /// List the aliases
    List(List),
}

#[derive(Debug, clap::Args)]
struct Add {
    /// The alias; asked for when absent
    #[arg(value_name = "ALIAS")]
    address: Option<String>,
    /// Where its mail goes, here or anywhere; targets that it has already stay
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// These targets in place of those that it has
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
struct Remove {
    /// The alias
    #[arg(value_name = "ALIAS")]
    address: String,
    /// Only these targets of it
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Does what is asked.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Add(args) => add(args, options),
        Verb::Remove(args) => remove(args, options),
        Verb::List(args) => list(args),
    }
}

fn add(args: &Add, options: &Options) -> Result<Exit, Failure> {
    let mut changing = Changing::begin(&args.how, options)?;
    let (address, targets) = match (&args.address, args.targets.is_empty()) {
        (Some(address), false) => (address.clone(), args.targets.clone()),
        (address, _) => ask(&mut changing, address.as_deref())?,
    };
    changing.change(&AddAlias { address, targets, add: !args.replace })?;
    let ended = changing.carry_out()?;
    changing.summary(ended)
}

fn ask(changing: &mut Changing, address: Option<&str>) -> Result<(String, Vec<String>), Failure> {
    let Some(asker) = &mut changing.asker else {
        return Err(asking::missing(
            if address.is_some() { "where the alias leads to" } else { "the alias" },
            "mailwizard alias add info@example.org alice@example.org --yes",
        ));
    };
    let address = match address {
        Some(address) => address.to_owned(),
        None => {
            let help = "'*@example.org' takes what is sent to any other address. Tags (alice+shop@) need no alias.";
            asking::given(asker.text("Alias", help, "")?)?
        }
    };
    let help = "One a line, here or anywhere.";
    let mut accept = |lines: &mut Vec<String>| match lines.last().map(|line| Mailbox::parse(line)) {
        Some(Err(refusal)) => Err(refusal.to_string()),
        _ => Ok(()),
    };
    let targets = asking::given(asker.list("Its mail goes to", help, "address", Vec::new(), &mut accept)?)?;
    Ok((address, targets))
}

fn remove(args: &Remove, options: &Options) -> Result<Exit, Failure> {
    let usage = |e: crate::spec::Invalid| Failure::new(Exit::Usage, e);
    let address = AliasAddress::parse(&args.address).map_err(usage)?;
    let targets = args.targets.iter().map(|t| Mailbox::parse(t)).collect::<Result<_, _>>().map_err(usage)?;
    let mut changing = Changing::begin(&args.how, options)?;
    changing.change(&RemoveAlias { address, targets })?;
    let ended = changing.carry_out()?;
    changing.summary(ended)
}

#[derive(Serialize)]
struct Sheet<'a> {
    schema: u32,
    aliases: &'a [Alias],
}

fn list(args: &List) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    wizard.require_root().map_err(|e| Failure::new(Exit::Usage, e))?;
    let spec = wish::applied(&*wizard.host, &wizard.paths, None)?;
    let mut out = Output::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&Sheet { schema: 1, aliases: &spec.aliases })?)?;
    } else {
        for alias in &spec.aliases {
            let targets: Vec<String> = alias.targets.iter().map(ToString::to_string).collect();
            let leads = match alias.action {
                AliasAction::Deliver => format!("-> {}", targets.join(", ")),
                AliasAction::Reject => "= reject".into(),
                AliasAction::Discard => "= discard".into(),
            };
            writeln!(out, "{} {leads}", alias.address)?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}
