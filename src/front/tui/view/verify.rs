//! The checks, area by area.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::body::{Body, column, fit, labelled};
use super::{chrome, states};
use crate::finding::{Area, CheckResult, FixKind, Outcome};
use crate::front::tui::model::{Model, Row, VerifyState, gravity};

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
    body.pane = pane(model, width);
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
    spans.extend(match &model.verify.again {
        Some(id) if *id == result.id => states::running(theme),
        _ => states::tag(theme, finding.outcome),
    });
    spans.push(Span::raw(column(&fit(&result.id, label - 1), label)));
    let subject = if result.subject == "this host" { String::new() } else { format!("{}: ", result.subject) };
    let room = width.saturating_sub(4 + states::TAG + label);
    spans.push(Span::raw(fit(&one_line(&format!("{subject}{}", finding.found)), room)));
    body.push(Line::from(spans));
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Rows of the pane about the selected line, its rule included; none while there is nothing to say.
fn pane_height(model: &Model) -> usize {
    let page = &model.verify;
    if page.result().is_none() && page.first_trouble().is_none() {
        return 0;
    }
    match chrome::body_height(model) {
        ..18 => 6,
        18..30 => 11,
        _ => 16,
    }
}

/// Rows of the list.
pub fn list_height(model: &Model) -> usize {
    chrome::body_height(model).saturating_sub(pane_height(model)).max(1)
}

/// Everything about the selected line: the remedy gets the most room.
fn pane(model: &Model, width: usize) -> Vec<Line<'static>> {
    let height = pane_height(model);
    if height == 0 {
        return Vec::new();
    }
    let theme = model.theme;
    let mut lines = vec![Line::styled(theme.rule().repeat(width), theme.aside())];
    match (model.verify.result(), model.verify.row()) {
        (Some(result), _) => {
            let finding = &result.finding;
            let mut room = height - 1;
            let mut add = |label: &str, text: &str, most: usize, style: Style| {
                let added = labelled(label, text, width, most.min(room), style);
                room -= added.len();
                lines.extend(added);
            };
            // The remedy comes last and gets what is left.
            let (few, some) = if height > 6 { (2, 3) } else { (1, 1) };
            add("found", &finding.found, some, Style::new());
            if !finding.expected.is_empty() {
                add("expected", &finding.expected, few, Style::new());
            }
            if !result.why.is_empty() {
                let source = if result.rfc.is_empty() { String::new() } else { format!(" ({})", result.rfc) };
                add("why", &format!("{}{source}", result.why), few, theme.aside());
            }
            if let Some(fix) = &finding.fix {
                let label = if fix.kind == FixKind::Automatic { "fix (f)" } else { "fix" };
                add(label, &fix.text, height, theme.heading());
            }
        }
        (None, Some(Row::Area(area))) => {
            lines.extend(labelled(
                area.as_str(),
                "Space lists what was tried; Enter shows all of it.",
                width,
                1,
                theme.aside(),
            ));
        }
        (None, _) => {}
    }
    lines.truncate(height);
    lines.resize(height, Line::default());
    lines
}
