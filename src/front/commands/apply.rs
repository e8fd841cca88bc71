//! `mailwizard apply`: carries a wish out without questions.

use std::io::{IsTerminal, Write, stdin};
use std::path::PathBuf;

use tokio::signal::unix::{SignalKind, signal};

use super::accept::accept_answers;
use crate::apply::{self, ApplyError, Outcome, RealNetwork};
use crate::front::edited_files::EditedFiles;
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::progress::{Progress, exit};
use crate::front::wizard::{Wizard, passwords_were_shown};
use crate::plan::EditChoices;
use crate::store::pending;

/// What to apply, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The answers file to take instead of what was accepted or applied
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Do once more what this undone apply changed; 'mailwizard history' lists them
    #[arg(long, value_name = "ID", conflicts_with = "answers", requires = "yes")]
    again: Option<String>,
    /// Do not ask before the work begins
    #[arg(long)]
    yes: bool,
    /// Forget what was accepted and not applied, and apply nothing
    #[arg(long, conflicts_with_all = ["answers", "yes"])]
    forget: bool,
    #[command(flatten)]
    edited: EditedFiles,
    /// Print what happens as JSON, one object a line
    #[arg(long, requires = "yes")]
    json: bool,
}

/// Lets the work go on when the terminal goes away: a dropped SSH connection sends SIGHUP, whose default is to end.
/// The handler stays for the rest of the process.
fn outlive_the_terminal() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async { signal(SignalKind::hangup()).map(drop) })
}

/// Carries the wish out.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    let (host, paths) = (&*wizard.host, &wizard.paths);
    if !host.is_root() {
        return Err(ApplyError::NotRoot.into());
    }
    if let Some(id) = &args.again {
        return again(&wizard, id, args);
    }
    if args.forget {
        wizard.require_no_other_run()?;
        wizard.forget_accepted()?;
        println!("Forgotten. What holds is what was last applied.");
        return Ok(Exit::Done);
    }
    let accepted = match &args.answers {
        Some(path) => Some(accept_answers(&wizard, path)?),
        None => None,
    };
    let spec = match &accepted {
        Some(accepted) => accepted.spec.clone(),
        None => apply::present_wish(host, paths).map_err(|e| Failure::new(Exit::Usage, e))?,
    };
    let choices = args.edited.choices();
    if !args.yes && !agreed(&wizard, &spec, &choices)? {
        return Ok(Exit::Left);
    }
    outlive_the_terminal()?;
    let wish = spec.clone();
    let before =
        pending::load_spec(host, &paths.spec())?.map(|held| (wizard.certificate_in_place(&held), held.hostname));
    let mut progress = Progress::new(Output::stdout(), args.json);
    let mut lost = None;
    let ended = apply::apply(host, &RealNetwork, paths, spec, &choices, &mut |event| {
        // The work goes on when nobody reads; a full disk behind standard output is told at the end.
        lost = progress.show(event).err().or(lost.take());
    })?;
    if let Some(error) = lost {
        return Err(error.into());
    }
    if let Some(accepted) = accepted.filter(|a| !a.generated.is_empty()) {
        let mut out: Box<dyn Write> = if args.json { Box::new(std::io::stderr()) } else { Box::new(Output::stdout()) };
        writeln!(out, "\nPasswords that were made; they are shown only now:")?;
        for (address, password) in &accepted.generated {
            writeln!(out, "  {address}  {}", password.expose())?;
        }
        out.flush()?;
        passwords_were_shown(host, paths)?;
    }
    if let Some((certificate, host_name)) = before.filter(|_| ended.outcome == Outcome::Done) {
        let mut out: Box<dyn Write> = if args.json { Box::new(std::io::stderr()) } else { Box::new(Output::stdout()) };
        if host_name != wish.hostname {
            writeln!(out, "The host name is another: 'mailwizard records' shows what must change, MX and PTR too.")?;
        }
        if wizard.certificate_in_place(&wish) != certificate {
            wizard.records_about_certificate(&wish)?.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
    }
    Ok(exit(ended.outcome))
}

/// Does once more what an undone apply changed.
fn again(wizard: &Wizard, id: &str, args: &Args) -> Result<Exit, Failure> {
    outlive_the_terminal()?;
    let mut progress = Progress::new(Output::stdout(), args.json);
    let mut lost = None;
    let (host, choices) = (&*wizard.host, args.edited.choices());
    let ended = apply::apply_again(host, &RealNetwork, &wizard.paths, id, &choices, &mut |event| {
        lost = progress.show(event).err().or(lost.take());
    })?;
    match lost {
        Some(error) => Err(error.into()),
        None => Ok(exit(ended.outcome)),
    }
}

/// Shows the plan and asks; nobody to ask is wrong usage.
fn agreed(wizard: &Wizard, spec: &crate::spec::Spec, choices: &EditChoices) -> Result<bool, Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::new(
            Exit::Usage,
            "there is no terminal to ask on: give --yes to apply without a question.",
        ));
    }
    let prepared = apply::prepare(&*wizard.host, &wizard.paths, spec.clone(), choices)?;
    let mut out = Output::stdout();
    super::plan::summary(&prepared, &mut out)?;
    if prepared.plan.is_empty() && prepared.unfinished.is_none() {
        return Ok(true);
    }
    write!(out, "Carry this out? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
