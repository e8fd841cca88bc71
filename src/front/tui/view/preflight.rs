//! What was found on the machine.

use ratatui::text::Span;

use super::body::Body;
use super::{chrome, states};
use crate::front::tui::model::{LiveState, Model};
use crate::steps::{Noticed, preflight};

const LABEL: usize = 13;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let mut body = Body { scroll: model.scroll, ..Body::default() };
    body.text(model.step().intro, width, 0, ratatui::style::Style::new());
    body.gap();
    if !model.facts_are_known {
        let mut line = vec![Span::raw("  ")];
        line.extend(states::running(theme));
        line.push(Span::raw("looking at this machine"));
        body.push(ratatui::text::Line::from(line));
        return body;
    }
    let all = preflight(&model.draft().facts, &model.draft().seen);
    let (first, rest): (Vec<&Noticed>, Vec<&Noticed>) = all.iter().partition(|n| n.must_be_settled());
    if !first.is_empty() {
        body.push(ratatui::text::Line::styled("Settle this first, then start mailwizard again:", theme.heading()));
        for noticed in first {
            states::finding(&mut body, theme, width, noticed.title, LABEL, &noticed.finding);
        }
        body.gap();
        body.push(ratatui::text::Line::styled("Also found:", theme.heading()));
    }
    for noticed in rest {
        states::finding(&mut body, theme, width, noticed.title, LABEL, &noticed.finding);
    }
    if model.live.state == LiveState::Running {
        let mut line = vec![Span::raw("  ")];
        line.extend(states::running(theme));
        line.push(Span::raw("trying whether mail can go out over port 25"));
        body.push(ratatui::text::Line::from(line));
    }
    body
}
