//! The F1 overlay: the page's keys from the table that handles them, and its fields.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::{Body, column};
use super::chrome;
use crate::front::tui::keys;
use crate::front::tui::model::{Model, Overlay};

const LABEL: usize = 12;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let scroll = match model.overlay {
        Some(Overlay::Help { scroll }) => scroll,
        _ => 0,
    };
    let mut body = Body { scroll, ..Body::default() };
    body.text(model.intro(), width, 0, Style::new());
    body.gap();
    for table in keys::page_tables(model) {
        for key in table.iter().filter(|b| (b.works)(model)) {
            body.push(Line::from(vec![
                Span::styled(format!("  {}", column(key.label, LABEL)), model.theme.focus()),
                Span::raw(key.does),
            ]));
        }
    }
    let fields = if model.form().is_some() { model.step().fields } else { &[] };
    for field in fields.iter().filter(|f| (f.shown)(model.draft()) && !f.help.is_empty()) {
        body.gap();
        body.push(Line::styled(field.label, model.theme.heading()));
        body.text(field.help, width, 2, Style::new());
    }
    body
}
