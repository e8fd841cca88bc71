//! Text to read.

use ratatui::style::Style;
use ratatui::text::Line;

use super::body::{Body, wrap};
use super::chrome;
use crate::front::tui::model::{Model, Viewer};

pub(super) fn body(model: &Model, viewer: &Viewer) -> Body {
    let mut body = Body::default();
    let width = chrome::width(model);
    let found = viewer.found.as_ref().map(|f| f.to_lowercase());
    for line in viewer.lines.iter().skip(viewer.scroll) {
        let style = match line.as_bytes().first() {
            Some(b'+') if viewer.is_diff => model.theme.added(),
            Some(b'-') if viewer.is_diff => model.theme.removed(),
            _ => Style::new(),
        };
        let is_match = found.as_ref().is_some_and(|f| line.to_lowercase().contains(f));
        let style = if is_match { style.patch(model.theme.focus()) } else { style };
        let indent = line.len() - line.trim_start().len();
        let hang = (indent + 2).min(width / 2);
        for (i, part) in wrap(line, width - hang).into_iter().enumerate() {
            let hang = if i == 0 { 0 } else { hang };
            body.push(Line::styled(format!("{}{part}", " ".repeat(hang)), style));
        }
    }
    body
}
