//! What runs by itself.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::{Body, column};
use super::{chrome, states};
use crate::finding::Outcome;
use crate::front::tui::model::Model;

/// Columns before what is said about a timer.
const INDENT: usize = 2 + states::TAG;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let mut body = Body::default();
    body.text(model.intro(), width, 0, Style::new());
    body.gap();
    for (at, row) in model.timer_rows().into_iter().enumerate() {
        let focused = at == model.hub.timer;
        let first = body.lines.len();
        let mut spans = vec![Span::styled(if focused { "> " } else { "  " }, theme.focus())];
        spans.extend(match row.found {
            Some(timer) if timer.is_on => states::word("on", theme.outcome(Outcome::Pass)),
            Some(_) => states::tag(theme, Outcome::Warn),
            None => states::word("off", theme.aside()),
        });
        spans.push(Span::raw(column(row.purpose, width.saturating_sub(INDENT))));
        body.push(Line::from(spans));
        let minute = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        let said = match row.found {
            Some(timer) if timer.is_on => {
                let next = timer.next.map_or_else(|| "not planned".into(), minute);
                let last = timer.last.map_or_else(|| "never".into(), minute);
                format!("{}; next {next}; last {last}", row.unit)
            }
            Some(_) => format!("{} was switched off on the machine; a review switches it on again", row.unit),
            None => format!("{} is not wanted", row.unit),
        };
        body.text(&said, width, INDENT, theme.aside());
        if focused {
            body.focus = Some(first..body.lines.len());
        }
        body.gap();
    }
    body
}
