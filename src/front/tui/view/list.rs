//! Long lists that can be narrowed down.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::Body;
use super::questions;
use crate::front::tui::model::{Filter, Model};

/// What the list is, or the part of a name that narrows it down.
pub(super) fn heading(body: &mut Body, filter: &Filter, intro: &str, width: usize) {
    const LEAD: &str = "Search: ";
    if !filter.is_typed && filter.is_empty() {
        body.text(intro, width, 0, Style::new());
    } else {
        let (shown, cursor) = questions::typed(&filter.input, width.saturating_sub(LEAD.len()), filter.is_typed);
        body.cursor = cursor.map(|column| (body.lines.len(), LEAD.len() + column));
        body.push(Line::raw(format!("{LEAD}{shown}")));
    }
    body.gap();
}

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
