//! `mailwizard account add|password|rename|disable|enable|quota|remove|list|import|export`.

mod add;
mod enable;
mod export;
mod import;
mod list;
mod new_password;
mod password;
mod quota;
mod remove;
mod rename;

use clap::Subcommand;

use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::spec::Mailbox;

/// What to do with accounts.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add an account
    Add(add::Args),
    /// Give an account another password
    Password(password::Args),
    /// Give an account another address; its mail moves along
    Rename(rename::Args),
    /// Let nobody log in with an account; its mail is still taken
    Disable(enable::Args),
    /// Let an account log in again
    Enable(enable::Args),
    /// Show or set how much mail an account may hold
    Quota(quota::Args),
    /// Remove an account
    Remove(remove::Args),
    /// List the accounts with size and last login
    List(list::Args),
    /// Take accounts from a CSV file, all of them or none
    Import(import::Args),
    /// Write accounts to a CSV file, with hashes and never passwords
    Export(export::Args),
}

/// Does what is asked.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Add(args) => add::run(args, options),
        Verb::Password(args) => password::run(args, options),
        Verb::Rename(args) => rename::run(args, options),
        Verb::Disable(args) => enable::run(args, options, false),
        Verb::Enable(args) => enable::run(args, options, true),
        Verb::Quota(args) => quota::run(args, options),
        Verb::Remove(args) => remove::run(args, options),
        Verb::List(args) => list::run(args),
        Verb::Import(args) => import::run(args, options),
        Verb::Export(args) => export::run(args),
    }
}

/// An address from the command line.
fn address(text: &str) -> Result<Mailbox, Failure> {
    Mailbox::parse(text).map_err(|refusal| Failure::new(Exit::Usage, refusal))
}
