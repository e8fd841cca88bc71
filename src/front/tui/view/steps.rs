//! The list of steps.

use ratatui::text::{Line, Span};

use super::body::Body;
use crate::front::tui::model::Model;
use crate::steps::{Draft, STEPS, Step};

/// The steps that are shown, in order.
pub fn shown(draft: &Draft) -> impl Iterator<Item = &'static Step> {
    STEPS.iter().copied().filter(|s| (s.shown)(draft))
}

pub(super) fn body(model: &Model, selected: usize) -> Body {
    let mut body = Body { focus: Some(selected..selected + 1), ..Body::default() };
    for (i, step) in shown(model.draft()).enumerate() {
        let focused = i == selected;
        let here = if step.id == model.step().id { "  you are here" } else { "" };
        let style = if focused { model.theme.focus() } else { ratatui::style::Style::new() };
        body.push(Line::from(vec![
            Span::styled(if focused { "> " } else { "  " }, style),
            Span::raw(format!("{:2}  ", i + 1)),
            Span::styled(step.title, style),
            Span::styled(here, model.theme.aside()),
        ]));
    }
    body
}
