//! The questions of one change.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::body::{Body, column, fit};
use super::{chrome, states};
use crate::front::tui::model::{Ask, Model, Question, Reply};

/// Columns of the marker and the label.
const MARKER: usize = 2;
const LABEL: usize = 16;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let mut body = Body::default();
    let Some(ask) = &model.hub.ask else { return body };
    body.text(ask.intro(), width, 0, Style::new());
    body.gap();
    for (at, question) in ask.questions.iter().enumerate() {
        self::question(&mut body, model, ask, at, question, width);
    }
    if ask.is_looking {
        let mut line = vec![Span::raw("  ")];
        line.extend(states::running(model.theme));
        line.push(Span::raw("asking where its mail goes now"));
        body.push(Line::from(line));
    }
    body
}

fn question(body: &mut Body, model: &Model, ask: &Ask, at: usize, question: &Question, width: usize) {
    let theme = model.theme;
    let focused = ask.focus == at;
    let room = width.saturating_sub(MARKER + LABEL);
    let first = body.lines.len();
    let (shown, cursor) = match &question.input {
        Reply::Text(input) => super::questions::typed(input, room, focused),
        Reply::Secret(input) => {
            let shown = if model.reveals {
                crate::printable::printable(input.expose())
            } else {
                theme.mask().repeat(input.chars())
            };
            let shown = fit(&shown, room.saturating_sub(1));
            let end = shown.width();
            (shown, focused.then_some(end))
        }
        Reply::Choice(choices, chosen) => {
            let shown = choices.get(*chosen).map(|choice| format!("< {choice} >")).unwrap_or_default();
            (fit(&shown, room), focused.then_some(2))
        }
    };
    if let Some(at) = cursor {
        body.cursor = Some((first, MARKER + LABEL + at));
    }
    let marker = if focused { Span::styled("> ", theme.focus()) } else { Span::raw("  ") };
    body.push(Line::from(vec![marker, Span::raw(column(question.label, LABEL)), Span::raw(shown)]));
    match &question.error {
        Some(sentence) => body.text(sentence, width, MARKER + 2, theme.error()),
        None => body.text(question.help, width, MARKER + 2, theme.aside()),
    }
    if focused {
        body.focus = Some(first..body.lines.len());
    }
    body.gap();
}
