//! Home: how the server is, and what can be done.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::{Body, column};
use super::{chrome, menu};
use crate::finding::Outcome;
use crate::front::tui::model::{MENU, Model, VerifyState};

/// Columns of the labels.
const LABEL: usize = 12;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let mut body = Body::default();
    let mut line = |label: &str, text: &str, style: Style| {
        let lead = vec![Span::raw("  "), Span::raw(column(label, LABEL))];
        body.hanging(lead, text, width, 2 + LABEL, style);
    };
    if model.has_unapplied_changes() {
        let sentence = "changes that are not applied: v shows what they would do, x drops them";
        line("Needs you", sentence, model.theme.outcome(Outcome::Warn));
    }
    line("Checks", &checks(model), Style::new());
    line("Domains", &domains(model), Style::new());
    line("Accounts", &accounts(model), Style::new());
    body.push(Line::default());
    menu::entries(&mut body, model, &MENU, model.hub.selected);
    body
}

/// What is not known yet.
const UNKNOWN: &str = "...";

fn checks(model: &Model) -> String {
    if !model.facts_are_known {
        return UNKNOWN.into();
    }
    let count = |outcome| model.verify.count(outcome);
    let (failed, warned) = (count(Outcome::Fail), count(Outcome::Warn));
    match &model.verify.state {
        VerifyState::Idle => "not run yet".into(),
        VerifyState::Failed(sentence) => sentence.clone(),
        _ => format!("{failed} failed, {warned} warned, {} ok", count(Outcome::Pass)),
    }
}

fn domains(model: &Model) -> String {
    if !model.facts_are_known {
        return UNKNOWN.into();
    }
    let names: Vec<&str> = model.draft().domains.iter().map(|d| d.name.as_str()).collect();
    names.join("  ")
}

fn accounts(model: &Model) -> String {
    if !model.facts_are_known {
        return UNKNOWN.into();
    }
    format!("{}, {} aliases", model.draft().accounts.len(), model.draft().aliases.len())
}
