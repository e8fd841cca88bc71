//! The checks, area by area.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::body::{Body, column, fit};
use super::{chrome, states};
use crate::finding::{Area, CheckResult, Outcome};
use crate::front::tui::model::{Model, Row, VerifyState, gravity, is_trouble};

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let page = &model.verify;
    let mut body = Body::default();
    match &page.state {
        VerifyState::Idle => body.text(model.step().intro, width, 0, Style::new()),
        VerifyState::Running => {
            body.text(&format!("{} So far: {}.", model.step().intro, summary(model)), width, 0, Style::new())
        }
        VerifyState::Done(time) => {
            let sentence = format!("{}: {}. Checked at {time}.", verdict(model), summary(model));
            body.text(&sentence, width, 0, theme.heading());
        }
        VerifyState::Before => {
            let sentence = format!("When it was checked last: {}. R checks all of it now.", summary(model));
            body.text(&sentence, width, 0, theme.heading());
        }
        VerifyState::Failed(sentence) => body.text(sentence, width, 0, theme.error()),
    }
    body.gap();
    let label = page.results.iter().map(|r| r.id.width()).max().unwrap_or(0).min(24) + 2;
    for (i, row) in page.rows().into_iter().enumerate() {
        let focused = i == page.selected;
        let first = body.lines.len();
        match row {
            Row::Area(area) => area_row(&mut body, model, area, focused),
            Row::Result(index) => {
                if let Some(result) = page.results.get(index) {
                    result_row(&mut body, model, result, focused, label, width);
                }
            }
        }
        if focused {
            body.focus = Some(first..body.lines.len());
        }
    }
    body
}

fn verdict(model: &Model) -> &'static str {
    match model.verify.count(Outcome::Fail) + model.verify.count(Outcome::Warn) {
        0 => "All is well",
        _ => "Not all is well yet",
    }
}

fn summary(model: &Model) -> String {
    let page = &model.verify;
    let counts = [
        (Outcome::Fail, "failed"),
        (Outcome::Warn, "warned"),
        (Outcome::Unknown, "unknown"),
        (Outcome::Pass, "ok"),
        (Outcome::Info, "noted"),
        (Outcome::Skipped, "skipped"),
    ];
    let said: Vec<String> = counts
        .into_iter()
        .map(|(outcome, word)| (page.count(outcome), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if said.is_empty() { "nothing".into() } else { said.join(", ") }
}

fn area_row(body: &mut Body, model: &Model, area: Area, focused: bool) {
    let theme = model.theme;
    let page = &model.verify;
    let worst = page.of(area).map(|(_, r)| r.finding.outcome).min_by_key(|o| gravity(*o)).unwrap_or(Outcome::Skipped);
    let all = page.of(area).count();
    let good = page.of(area).filter(|(_, r)| matches!(r.finding.outcome, Outcome::Pass | Outcome::Info)).count();
    let mut spans = vec![Span::styled(if focused { "> " } else { "  " }, theme.focus())];
    spans.extend(states::tag(theme, worst));
    spans.push(Span::raw(column(area.as_str(), 14)));
    spans.push(Span::styled(format!("{good} of {all}"), theme.aside()));
    body.push(Line::from(spans));
}

fn result_row(body: &mut Body, model: &Model, result: &CheckResult, focused: bool, label: usize, width: usize) {
    let theme = model.theme;
    let finding = &result.finding;
    let mut spans = vec![Span::styled(if focused { "  > " } else { "    " }, theme.focus())];
    spans.extend(states::tag(theme, finding.outcome));
    spans.push(Span::raw(column(&result.id, label)));
    let indent = 4 + states::TAG + label;
    let subject = if result.subject == "this host" { String::new() } else { format!("{}: ", result.subject) };
    let text = format!("{subject}{}", finding.found);
    if !is_trouble(result) {
        spans.push(Span::raw(fit(&text, width.saturating_sub(indent))));
        body.push(Line::from(spans));
        return;
    }
    // The id takes its own line, so that the sentences have room.
    let mut head = spans;
    head.push(Span::styled(fit(&result.subject, width.saturating_sub(indent)), theme.aside()));
    body.push(Line::from(head));
    let indent = 4 + states::TAG;
    body.text(&finding.found, width, indent, Style::new());
    if let Some(fix) = &finding.fix {
        body.text(&fix.text, width, indent, theme.aside());
    } else if !finding.expected.is_empty() {
        body.text(&format!("wanted: {}", finding.expected), width, indent, theme.aside());
    }
}
