//! The certificate in place, and who serves it.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::Body;
use super::{chrome, states};
use crate::front::tui::model::Model;
use crate::printable::printable;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let page = &model.hub.certificate;
    let mut body = Body { scroll: model.scroll, ..Body::default() };
    body.text(model.intro(), width, 0, Style::new());
    body.gap();
    match &page.text {
        None => {
            let mut line = vec![Span::raw("  ")];
            line.extend(states::running(theme));
            line.push(Span::raw("asking every mail port what it serves"));
            body.push(Line::from(line));
        }
        Some(Err(sentence)) => body.text(sentence, width, 2, theme.error()),
        Some(Ok(text)) => {
            for line in text.lines() {
                if line.is_empty() { body.gap() } else { body.text(&printable(line), width, 2, Style::new()) }
            }
        }
    }
    if !page.told.is_empty() || page.is_at_work {
        body.gap();
    }
    for line in &page.told {
        body.text(&printable(line), width, 2, theme.aside());
    }
    if page.is_at_work {
        let mut line = vec![Span::raw("  ")];
        line.extend(states::running(theme));
        line.push(Span::raw("getting a new certificate"));
        body.push(Line::from(line));
    }
    body
}
