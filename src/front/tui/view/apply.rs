//! The plan while it is carried out.

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::body::{Body, column, fit};
use super::{chrome, states};
use crate::finding::Outcome;
use crate::front::tui::model::{ApplyState, ApplyStep, Model, Request, StepState, seconds};

const TIME: usize = 12;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let page = &model.apply;
    let mut body = Body { scroll: model.scroll, ..Body::default() };
    let host = model.draft().hostname.as_ref().map(ToString::to_string).unwrap_or_default();
    match &page.state {
        ApplyState::Idle => {
            body.text("Nothing is being carried out. The review, one step before, starts it.", width, 0, Style::new());
            return body;
        }
        ApplyState::Running => {
            let sentence = match (page.undoes, page.request) {
                (true, _) => {
                    "Bringing back what was there before. You may close this window: the work goes on.".to_owned()
                }
                (false, Request::Stop) => "It stops after the step that runs now; r then goes on with it.".to_owned(),
                (false, _) => format!(
                    "Setting up {host}. You may close this window: the work goes on, and `mailwizard` brings you back here."
                ),
            };
            body.text(&sentence, width, 0, Style::new());
        }
        ApplyState::Ended { well: true, operator_must_act, message } => {
            let outcome = if *operator_must_act { Outcome::Warn } else { Outcome::Pass };
            body.hanging(states::tag(theme, outcome), message, width, states::TAG, Style::new());
        }
        // Said below the steps, where it stays in sight.
        ApplyState::Ended { well: false, .. } => {
            let what =
                if page.undoes { "Bringing back what was there before." } else { &format!("Setting up {host}.") };
            body.text(what, width, 0, Style::new());
        }
    }
    body.gap();
    for step in &page.steps {
        let first = body.lines.len();
        self::step(&mut body, model, step, width);
        if matches!(step.state, StepState::Running(_) | StepState::Failed(_) | StepState::CutShort) {
            body.focus = Some(first..body.lines.len());
        }
    }
    for note in &page.notes {
        body.gap();
        let lead = [vec![Span::raw("  ")], states::word("note", theme.running())].concat();
        body.hanging(lead, note, width, 2 + states::TAG, Style::new());
    }
    body.pane = below(model, width).lines;
    body
}

/// What stays in sight however long the list is: how far it is, and how it ended if it did not end well.
fn below(model: &Model, width: usize) -> Body {
    let page = &model.apply;
    let mut below = Body { lines: vec![Line::default()], ..Body::default() };
    let (done, all) = page.progress();
    if all > 0 {
        let elapsed = seconds(Duration::from_secs(page.elapsed.as_secs())).replace(".0 s", " s");
        below.push(Line::raw(format!("  {done} of {all} done, {elapsed}.")));
    } else if page.state == ApplyState::Running {
        below.push(Line::raw("  Looking at what has to be done."));
    }
    if let ApplyState::Ended { well: false, message, .. } = &page.state {
        let lead = [vec![Span::raw("  ")], states::tag(model.theme, Outcome::Fail)].concat();
        below.hanging(lead, message, width, 2 + states::TAG, Style::new());
        let sentence = if page.undoes {
            "u goes on with the undo; what it did so far stays done."
        } else {
            "r continues where it stopped. u brings back what was there before. t shows what was done."
        };
        below.text(sentence, width, 2, Style::new());
    }
    below
}

fn step(body: &mut Body, model: &Model, step: &ApplyStep, width: usize) {
    let theme = model.theme;
    let (tag, time) = match &step.state {
        StepState::Waiting => (states::word("    ", Style::new()), String::new()),
        StepState::Running(since) => (states::word("run", theme.running()), format!("{} s", since.as_secs())),
        StepState::Done(elapsed) => (states::tag(theme, Outcome::Pass), seconds(*elapsed)),
        StepState::Failed(_) => (states::tag(theme, Outcome::Fail), String::new()),
        StepState::CutShort => (states::word("stop", theme.outcome(Outcome::Warn)), String::new()),
    };
    let mut spans = vec![Span::raw("  ")];
    spans.extend(tag);
    let room = width.saturating_sub(2 + states::TAG + TIME);
    spans.push(Span::raw(column(&step.title, room)));
    spans.push(Span::styled(format!("{}{time}", " ".repeat(TIME.saturating_sub(time.width()))), theme.aside()));
    body.push(Line::from(spans));
    let indent = 2 + states::TAG;
    match &step.state {
        StepState::Running(_) if !step.last_line.is_empty() => {
            let line = fit(&step.last_line, width.saturating_sub(indent));
            body.push(Line::styled(format!("{}{line}", " ".repeat(indent)), theme.aside()));
        }
        StepState::Failed(reason) => body.text(reason, width, indent, theme.error()),
        _ => {}
    }
}
