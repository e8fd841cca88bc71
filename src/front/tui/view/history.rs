//! What was applied and undone.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::{Body, fit};
use super::{chrome, list, states};
use crate::front::tui::model::Model;
use crate::printable::printable;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let mut body = Body::default();
    body.text(model.intro(), width, 0, Style::new());
    body.gap();
    let past = match &model.hub.history.past {
        None => {
            let mut line = vec![Span::raw("  ")];
            line.extend(states::running(model.theme));
            line.push(Span::raw("reading the history"));
            body.push(Line::from(line));
            return body;
        }
        Some(Err(sentence)) => {
            body.text(sentence, width, 2, model.theme.error());
            return body;
        }
        Some(Ok(past)) => past,
    };
    if past.is_empty() {
        body.text("Nothing was applied yet.", width, 2, Style::new());
    }
    for (at, apply) in past.iter().enumerate() {
        let changed = match apply.changed.as_slice() {
            [] => "the settings stayed as they were".to_owned(),
            changed => changed.join("; "),
        };
        let text = format!("{}  {:<8} {}", apply.when, apply.state, printable(&changed));
        list::row(&mut body, model, at == model.hub.history.selected, &fit(&text, width.saturating_sub(2)));
    }
    body
}
