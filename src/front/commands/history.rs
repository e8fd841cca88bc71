//! `mailwizard history`: what was applied and undone.

use std::io::Write;

use serde_json::json;

use crate::apply::{self, Outcome};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::wizard::Wizard;

/// How to list.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Lists all applies, newest first.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    if !wizard.host.is_root() {
        return Err(apply::ApplyError::NotRoot.into());
    }
    let all = apply::past(&*wizard.host, &wizard.paths)?;
    let mut out = Output::stdout();
    if args.json {
        let entries: Vec<_> = all
            .iter()
            .map(|past| {
                json!({ "id": past.id, "began": past.began, "state": state(past), "done": past.done, "of": past.of, "message": past.message })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&json!({ "schema": 1, "history": entries }))?)?;
    } else if all.is_empty() {
        writeln!(out, "Nothing was applied yet.")?;
    } else {
        for past in &all {
            writeln!(out, "{:<20}  {:<8}  {} of {} steps", past.id, state(past), past.done, past.of)?;
        }
        writeln!(out, "'mailwizard undo ID' goes back to before that apply, undoing all later ones too.")?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn state(past: &apply::Past) -> &'static str {
    match (past.undone, past.outcome) {
        (true, _) => "undone",
        (false, None | Some(Outcome::Stopped)) => "stopped",
        (false, Some(Outcome::Failed)) => "failed",
        (false, Some(Outcome::OperatorMustAct)) => "waiting",
        (false, Some(Outcome::Done | Outcome::Unchanged)) => "done",
    }
}
