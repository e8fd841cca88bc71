//! The command line as types; help, completions and the manual page are made from it.

use clap::{Parser, Subcommand};

use crate::front::commands::{
    account, adopt, alias, apply, backup, cert, check, client, completions, dkim, domain, history, leave, plan, probe,
    records, restore, setup, status, trace, troubleshoot, undo,
};
use crate::front::options::Options;

/// From an empty VPS to a mail server that other mail servers trust, and what is wrong when it is not.
#[derive(Debug, Parser)]
#[command(
    name = "mailwizard",
    version,
    propagate_version = false,
    after_help = "Exit codes: 0 done or all good; 1 failed; 2 wrong usage; 3 the operator must act first;\n4 another run is at work; 130 left."
)]
pub struct Cli {
    /// Options of every subcommand.
    #[command(flatten)]
    pub options: Options,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The subcommands that are built.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Set this machine up: questions, plan, apply, verify
    Setup(setup::Args),
    /// Show what apply would change
    Plan(plan::Args),
    /// Carry out what was accepted, or an answers file
    Apply(apply::Args),
    /// Go back to before an apply
    Undo(undo::Args),
    /// List what was applied and undone
    History(history::Args),
    /// Write the server into one encrypted file
    Backup(backup::Args),
    /// Put a server from its backup onto this machine
    Restore(restore::Args),
    /// Take over a mail server that runs here already
    Adopt(adopt::Args),
    /// Take mailwizard away; the mail server goes on
    Leave(leave::Args),
    /// Print the DNS records to publish
    Records(records::Args),
    /// Show, get or renew the certificate
    Cert(cert::Args),
    /// Add, remove or list the domains that mail is received and sent for
    Domain(domain::Args),
    /// Add, change, remove, list, import or export accounts
    Account(account::Args),
    /// Let addresses lead to others
    Alias(alias::Args),
    /// Show DKIM keys, or replace them without losing mail
    Dkim(dkim::Args),
    /// Print what the owner of an account types into a mail program
    Client(client::Args),
    /// Check this server, or any domain or mail host
    Check(check::Args),
    /// Say how this server is, what needs you, and what changed since the last look
    Status(status::Args),
    /// Speak one protocol by hand, with every line of it
    Probe(probe::Args),
    /// From what hurts, in your words, to the cause and the fix
    Troubleshoot(troubleshoot::Args),
    /// Follow a message through the logs
    Trace(trace::Args),
    /// Print the completion script for a shell
    Completions(completions::Args),
    /// Print the manual page
    Man,
}
