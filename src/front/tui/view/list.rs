//! Long lists.

use ratatui::text::{Line, Span};

use super::body::Body;
use crate::front::tui::model::Model;

/// One line of a list.
pub(super) fn row(body: &mut Body, model: &Model, focused: bool, text: &str) {
    if focused {
        body.focus = Some(body.lines.len()..body.lines.len() + 1);
    }
    body.push(Line::from(vec![
        Span::styled(if focused { "> " } else { "  " }, model.theme.focus()),
        Span::raw(text.to_owned()),
    ]));
}
