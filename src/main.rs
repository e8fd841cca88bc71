//! Parses the command line, runs what it names, ends with the code that says how it went.

// See clippy.toml.
#![warn(clippy::disallowed_methods)]

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use mailwizard::cli::{Cli, Command};
use mailwizard::front::exit::{Exit, Failure};
use mailwizard::front::wizard::Wizard;
use mailwizard::front::{commands, tui};

fn main() -> ExitCode {
    tui::guard::end_on_panic();
    let cli = Cli::parse();
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(Failure { exit, error }) => {
            // Nobody is left to tell when standard error is closed; the exit code still says it.
            let _ = writeln!(std::io::stderr(), "error: {:#}", anyhow::Error::from_boxed(error));
            exit.into()
        }
    }
}

fn run(cli: Cli) -> Result<Exit, Failure> {
    // Fails only when a provider is installed already, and nothing before this line does that.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match cli.command {
        None => tui::open(&cli.options, Wizard::on_this_machine()),
        Some(Command::Setup(args)) => commands::setup::run(&args, &cli.options),
        Some(Command::Plan(args)) => commands::plan::run(&args),
        Some(Command::Apply(args)) => commands::apply::run(&args),
        Some(Command::Undo(args)) => commands::undo::run(&args),
        Some(Command::History(args)) => commands::history::run(&args),
        Some(Command::Backup(args)) => commands::backup::run(&args),
        Some(Command::Restore(args)) => commands::restore::run(&args),
        Some(Command::Adopt(args)) => commands::adopt::run(&args),
        Some(Command::Leave(args)) => commands::leave::run(&args),
        Some(Command::Records(args)) => commands::records::run(&args),
        Some(Command::Cert(args)) => commands::cert::run(&args),
        Some(Command::Domain(args)) => commands::domain::run(&args, &cli.options),
        Some(Command::Account(args)) => commands::account::run(&args, &cli.options),
        Some(Command::Alias(args)) => commands::alias::run(&args, &cli.options),
        Some(Command::Dkim(args)) => commands::dkim::run(&args, &cli.options),
        Some(Command::Client(args)) => commands::client::run(&args),
        Some(Command::Check(args)) => commands::check::run(&args),
        Some(Command::Status(args)) => commands::status::run(&args),
        Some(Command::Probe(args)) => commands::probe::run(&args),
        Some(Command::Troubleshoot(args)) => commands::troubleshoot::run(&args, &cli.options),
        Some(Command::Trace(args)) => commands::trace::run(&args),
        Some(Command::Completions(args)) => commands::completions::run(&args, Cli::command()),
        Some(Command::Man) => commands::man::run(Cli::command()),
    }
}
