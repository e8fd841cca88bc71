//! `mailwizard history`: what was applied and undone, and what each apply changed.

use std::io::{self, Write};

use serde_json::json;

use crate::apply::{self, Outcome, Past};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::paragraph::wrapped;
use crate::front::wizard::Wizard;
use crate::printable::{excerpt, printable};
use crate::store::KEPT_APPLIES;

/// What to list, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// One apply, with every step that it did; all of them when absent
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Lists applies, newest first.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    if !wizard.host.is_root() {
        return Err(apply::ApplyError::NotRoot.into());
    }
    let mut all = apply::past(&*wizard.host, &wizard.paths)?;
    if let Some(id) = &args.id {
        all.retain(|past| past.id == *id);
        if all.is_empty() {
            let id = excerpt(id, 40);
            let sentence = format!("'{id}' is no apply that is known. 'mailwizard history' lists them.");
            return Err(Failure::new(Exit::Usage, sentence));
        }
    }
    let mut out = Output::stdout();
    if args.json {
        let entries: Vec<_> = all.iter().map(object).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&json!({ "schema": 1, "history": entries }))?)?;
    } else if all.is_empty() {
        writeln!(out, "Nothing was applied yet.")?;
    } else {
        for past in &all {
            show(past, args.id.is_some(), &mut out)?;
        }
        if args.id.is_none() {
            writeln!(
                out,
                "'mailwizard undo ID' takes one out and leaves the others; the last {KEPT_APPLIES} are kept."
            )?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn object(past: &Past) -> serde_json::Value {
    json!({
        "id": past.id,
        "began": past.began,
        "state": state(past),
        "done": past.done,
        "of": past.of,
        "changed": past.changed,
        "did": past.did,
        "takes_out": past.takes_out,
        "message": past.message,
    })
}

fn show(past: &Past, with_steps: bool, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{:<20}  {:<8}  {} of {} steps", past.id, state(past), past.done, past.of)?;
    let mut lines: Vec<String> = past.takes_out.iter().map(|id| format!("undoes {id}")).collect();
    match &past.changed {
        Some(changed) => lines.extend(changed.iter().cloned()),
        None if past.outcome.is_some() => lines.push("the settings stayed as they were".into()),
        None => {}
    }
    if with_steps {
        lines.extend(past.did.iter().map(|title| format!("did: {title}")));
        lines.push(past.message.clone());
    }
    for line in lines.iter().filter(|line| !line.is_empty()) {
        for line in wrapped(&format!("    {}", printable(line))) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn state(past: &Past) -> &'static str {
    match (past.undone, past.outcome) {
        (true, _) => "undone",
        (false, None | Some(Outcome::Stopped)) => "stopped",
        (false, Some(Outcome::Failed)) => "failed",
        (false, Some(Outcome::OperatorMustAct)) => "waiting",
        (false, Some(Outcome::Done | Outcome::Unchanged)) => "done",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_apply_is_told_by_what_it_changed() {
        let past = Past {
            id: "20261127T101500Z".into(),
            began: "2026-11-27T10:15:00Z".into(),
            outcome: Some(Outcome::Done),
            done: 3,
            of: 3,
            undone: false,
            changed: Some(vec!["domain example.net added".into(), "account \u{1b}[2J ".repeat(9)]),
            did: vec!["postfix: check, reload".into()],
            takes_out: None,
            message: "mail.example.org is set up.".into(),
        };
        let text = |with_steps| {
            let mut out = Vec::new();
            show(&past, with_steps, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let short = text(false);
        assert!(
            short.starts_with("20261127T101500Z      done      3 of 3 steps\n    domain example.net added\n"),
            "{short}"
        );
        assert!(!short.contains('\u{1b}') && short.lines().all(|line| line.chars().count() <= 80), "{short}");
        assert!(!short.contains("postfix") && text(true).contains("did: postfix: check, reload"));
        assert_eq!(object(&past)["changed"][0], "domain example.net added");
    }
}
