//! A list of places to go to.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::Body;
use super::chrome;
use crate::front::tui::model::{Entry, Model, listed};

/// A page that is a menu.
pub(super) fn body(model: &Model, menu: &[Entry], selected: usize) -> Body {
    let mut body = Body::default();
    body.text(model.intro(), chrome::width(model), 0, Style::new());
    body.gap();
    entries(&mut body, model, menu, Some(selected));
    body
}

/// The lines of a menu.
pub(super) fn entries(body: &mut Body, model: &Model, menu: &[Entry], selected: Option<usize>) {
    for (i, entry) in listed(menu, model.draft()).enumerate() {
        let focused = Some(i) == selected;
        if focused {
            body.focus = Some(body.lines.len()..body.lines.len() + 1);
        }
        let style = if focused { model.theme.focus() } else { Style::new() };
        body.push(Line::from(vec![
            Span::styled(if focused { "> " } else { "  " }, style),
            Span::styled(entry.title, style),
        ]));
    }
}
