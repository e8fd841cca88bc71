//! `mailwizard domain add|dmarc|remove|list`.

mod add;
mod dmarc;
mod list;
mod policy;
mod remove;

use clap::Subcommand;

use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;

/// What to do with domains.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Receive and send mail for another domain; again to go on where records were missing
    Add(add::Args),
    /// Change what others are asked to do with forged mail in its name
    Dmarc(dmarc::Args),
    /// Give a domain up, with its accounts and aliases
    Remove(remove::Args),
    /// List the domains with what is known of their DNS
    List(list::Args),
}

/// Does what is asked.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Add(args) => add::run(args, options),
        Verb::Dmarc(args) => dmarc::run(args, options),
        Verb::Remove(args) => remove::run(args, options),
        Verb::List(args) => list::run(args),
    }
}
