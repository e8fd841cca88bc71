//! `mailwizard plan`: what apply would change.

use std::io::{self, Write};
use std::path::PathBuf;

use super::accept::accept_answers;
use crate::apply::{self, Prepared};
use crate::front::edited_files::{self, EditedFiles};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::wizard::Wizard;
use crate::plan::{Action, Edited, steps};

/// What to plan.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The answers file to take instead of what was accepted or applied; it is kept for the next apply
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    #[command(flatten)]
    edited: EditedFiles,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Prints what apply would change; changes nothing of the system.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    if !wizard.host.is_root() {
        return Err(apply::ApplyError::NotRoot.into());
    }
    let spec = match &args.answers {
        Some(path) => accept_answers(&wizard, path)?.spec,
        None => apply::present_wish(&*wizard.host, &wizard.paths).map_err(|e| Failure::new(Exit::Usage, e))?,
    };
    let prepared = apply::prepare(&*wizard.host, &wizard.paths, spec, &args.edited.choices())?;
    let mut out = Output::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&prepared.plan.to_json())?)?;
    } else {
        summary(&prepared, &mut out)?;
        prepared.plan.edits.iter().try_for_each(|edit| edited_files::show(edit, &mut out))?;
        diffs(&prepared, &mut out)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

/// What would be done, step by step, with what should be known before.
pub fn summary(prepared: &Prepared, out: &mut impl Write) -> io::Result<()> {
    let plan = &prepared.plan;
    if let Some(stopped) = &prepared.unfinished {
        let how = if stopped.reason.is_some() { "failed" } else { "was stopped" };
        writeln!(
            out,
            "The last run {how} at {} of {}: 'mailwizard apply' goes on, 'mailwizard undo' goes back.",
            stopped.done, stopped.of
        )?;
    }
    if plan.is_empty() {
        writeln!(out, "Nothing to do: everything is as it should be.")?;
    }
    for step in steps(&plan.actions) {
        writeln!(out, "  {}", step.title)?;
        if step.actions.len() > 1 {
            for action in &plan.actions[step.actions] {
                match action {
                    Action::Unit { .. } | Action::WaitReady { .. } | Action::Validate { .. } => {}
                    other => writeln!(out, "      {}", other.title())?,
                }
            }
        }
    }
    for edit in &plan.edits {
        let what = match edit.choice {
            Edited::Ask => "choose with --edited keep, replace or merge.",
            Edited::Keep => "it stays as it is.",
            Edited::Replace => "it is replaced; yours goes into the history.",
            Edited::Merge => "your change is merged into what is written.",
        };
        writeln!(out, "You changed {} since it was written: {what}", edit.path.display())?;
    }
    for note in &plan.notes {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

/// Every file as a diff.
pub fn diffs(prepared: &Prepared, out: &mut impl Write) -> io::Result<()> {
    for change in prepared.plan.file_changes() {
        let word = if change.exists { "change" } else { "new" };
        writeln!(
            out,
            "\n{word}: {} ({:04o} {}:{}), {}",
            change.file.path.display(),
            change.file.mode,
            change.file.owner,
            change.file.group,
            change.file.purpose
        )?;
        // Files on the machine may hold anything: what a terminal would obey is spelled out.
        for line in change.diff.lines() {
            writeln!(out, "{}", crate::printable::Printable(&line.replace('\t', "    ")))?;
        }
    }
    Ok(())
}
