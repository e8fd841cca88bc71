//! Home: how the server is, what needs the operator, and what can be done.

use ratatui::text::{Line, Span};

use super::body::{Body, column, fit};
use super::{chrome, menu, states};
use crate::finding::Outcome;
use crate::front::overview::{Need, lines};
use crate::front::tui::model::{Choice, MENU, Model, VerifyState};
use crate::printable::printable;

/// Columns of the labels.
const LABEL: usize = 12;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let mut body = Body::default();
    needs(&mut body, model, width);
    body.push(Line::default());
    for line in lines(&model.hub.overview) {
        let text = match line.label {
            "Checks" if model.verify.state == VerifyState::Running => format!("checking now; {}", line.text),
            _ => line.text,
        };
        let text = fit(&printable(&text), width.saturating_sub(2 + LABEL));
        body.push(Line::from(vec![Span::raw("  "), Span::raw(column(line.label, LABEL)), Span::raw(text)]));
    }
    body.push(Line::default());
    let selected = match model.hub.choice {
        Choice::Entry(at) => Some(at),
        Choice::Need(_) => None,
    };
    menu::entries(&mut body, model, &MENU, selected);
    body
}

fn needs(body: &mut Body, model: &Model, width: usize) {
    let needs = model.needs();
    if needs.is_empty() {
        let word = if model.hub.overview.machine.known().is_some() { "nothing" } else { "..." };
        body.push(Line::raw(format!("  {}{word}", column("Needs you", LABEL))));
        return;
    }
    for (at, need) in needs.iter().enumerate() {
        let focused = model.hub.choice == Choice::Need(at);
        if focused {
            body.focus = Some(body.lines.len()..body.lines.len() + 1);
        }
        body.push(line(model, need, if at == 0 { "Needs you" } else { "" }, focused, width));
    }
}

fn line(model: &Model, need: &Need, label: &str, focused: bool, width: usize) -> Line<'static> {
    let marker = Span::styled(if focused { "> " } else { "  " }, model.theme.focus());
    let mut spans = vec![marker, Span::raw(column(label, LABEL))];
    spans.extend(match need.outcome {
        Outcome::Info => states::word("note", model.theme.running()),
        outcome => states::tag(model.theme, outcome),
    });
    let room = width.saturating_sub(2 + LABEL + states::TAG);
    spans.push(Span::raw(fit(&printable(&need.text), room)));
    Line::from(spans)
}
