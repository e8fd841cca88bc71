//! A plan carried out from the command line, told as it goes: the same for set-up without questions and for every
//! later change.

use std::time::Instant;

use serde_json::json;

use super::edited_files;
use super::exit::{Exit, Failure};
use super::progress::ProgressLines;
use super::teller::Teller;
use super::wizard::{Accepted, Wizard, passwords_were_shown};
use crate::apply::{ApplyError, Event, Outcome};
use crate::plan::{EditChoices, HandEdit, Plan};

/// Shows every file that was edited by hand; an error where nothing was chosen for one.
pub fn edits_are_settled(plan: &Plan, teller: &mut Teller) -> Result<(), Failure> {
    for edit in &plan.edits {
        edited_files::show(edit, &mut teller.text)?;
    }
    let open: Vec<HandEdit> = plan.open_edits().cloned().collect();
    if open.is_empty() { Ok(()) } else { Err(Failure::new(Exit::OperatorMustAct, ApplyError::HandEdited(open))) }
}

/// Applies the accepted wish and tells each event. Where nobody listens any more the work still goes to its end.
pub fn apply(wizard: &Wizard, choices: &EditChoices, teller: &mut Teller) -> Result<Outcome, Failure> {
    let mut progress = ProgressLines::new(Instant::now());
    let mut told = Ok(());
    let outcome = wizard.apply(choices, &mut |event: &Event| {
        let lines = progress.lines(event, Instant::now());
        if told.is_ok() {
            told = teller.event(event, &lines);
        }
    })?;
    told?;
    Ok(outcome)
}

/// Shows the passwords that were made for accounts, and notes that they were shown.
pub fn show_passwords(wizard: &Wizard, accepted: &Accepted, teller: &mut Teller) -> Result<(), Failure> {
    let made = match accepted.generated.len() {
        0 => return Ok(()),
        1 => "The password that was made",
        _ => "The passwords that were made",
    };
    teller.gap()?;
    teller.say(&format!("{made}, shown this once; only hashes are kept:"))?;
    for (address, secret) in &accepted.generated {
        teller.line(&format!("  {address}  {}", secret.expose()))?;
        teller.tell(&json!({
            "event": "password", "address": address.to_string(), "password": secret.expose(),
        }))?;
    }
    Ok(passwords_were_shown(&*wizard.host, &wizard.paths)?)
}
