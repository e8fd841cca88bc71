//! "Something is wrong": words, questions, the reasoning, the verdict and the fix.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::{Body, column, fit};
use super::{chrome, states};
use crate::finding::{CheckResult, FixKind, Outcome};
use crate::front::tui::model::{Listing, MendState, Model, Stage, TroublePage, applies_the_wish, is_trouble};
use crate::printable::{excerpt, printable};
use crate::symptoms::{Answer, Concluded, MOST, Opening, Question, symptom};

/// Columns of the labels, with the gap after them.
const LABEL: usize = 13;
/// The most lines of evidence that are shown before the fix; t shows all.
const EVIDENCE: usize = 5;

pub(super) fn body(model: &Model) -> Body {
    let mut body = Body { scroll: model.scroll, ..Body::default() };
    match &model.trouble.stage {
        Stage::Words => words(&mut body, model),
        Stage::List => list(&mut body, model),
        Stage::Looking => {
            said(&mut body, model);
            running(&mut body, model, "reading the logs of the last day, and what is not as it was set up");
        }
        Stage::Asking(question) => asking(&mut body, model, question),
        Stage::Checking => checking(&mut body, model),
        Stage::Verdict => verdict(&mut body, model),
        Stage::Mending => mending(&mut body, model),
        Stage::Failed(sentence) => {
            said(&mut body, model);
            body.text(&printable(sentence), chrome::width(model), 0, model.theme.error());
        }
    }
    body
}

fn label(body: &mut Body, model: &Model, name: &str, text: &str, style: Style) {
    let lead = vec![Span::raw(" "), Span::styled(column(name, LABEL - 2), model.theme.heading()), Span::raw(" ")];
    body.hanging(lead, text, chrome::width(model), LABEL, style);
}

fn words(body: &mut Body, model: &Model) {
    let page = &model.trouble;
    let width = chrome::width(model);
    body.text(model.intro(), width, 0, Style::new());
    body.gap();
    let is_focused = page.selected == 0;
    let room = width.saturating_sub(4);
    // The end of a long sentence is what is being typed.
    let (shown, cursor) = window(page.words.value(), page.words.cursor(), room);
    body.cursor = Some((body.lines.len(), 2 + cursor));
    body.push(Line::from(vec![
        Span::styled(if is_focused { "> " } else { "  " }, model.theme.focus()),
        Span::raw(printable(&shown)),
    ]));
    body.gap();
    if let Some(pasted) = &page.pasted {
        label(body, model, "Pasted", &printable(&pasted.summary()), Style::new());
        body.gap();
    }
    let matches = page.matches();
    for (place, matched) in matches.iter().enumerate() {
        let Some(symptom) = symptom(matched.id) else { continue };
        let focused = page.selected == place + 1;
        let name = if place == 0 { "Fits" } else { "" };
        let mark = if focused { "> " } else { "  " };
        let style = if focused { model.theme.focus() } else { Style::new() };
        let lead =
            vec![Span::styled(mark, model.theme.focus()), Span::styled(column(name, LABEL - 2), model.theme.heading())];
        body.hanging(lead, &symptom.title, width, LABEL, style);
        let because = match matched.because.is_empty() {
            true => "by single words".to_owned(),
            false => format!("\"{}\"", matched.because.join("\", \"")),
        };
        body.hanging(Vec::new(), &because, width, LABEL, model.theme.aside());
    }
    if matches.is_empty() {
        let hint = match (page.words.value().trim().is_empty(), &page.pasted) {
            (_, Some(_)) => "Enter looks for what it says.",
            (true, None) => {
                "For example: gmail rejects my mail; my phone can't connect; nothing arrives any more. Enter alone \
                 asks you a few questions; F2 lists everything that is known here."
            }
            (false, None) => "This fits nothing yet that is known here. Enter asks you a few questions.",
        };
        body.text(hint, width, 2, model.theme.aside());
    }
}

/// The part of a line that fits, with the cursor in it, and the cursor's column.
fn window(text: &str, cursor: usize, room: usize) -> (String, usize) {
    let first = cursor.saturating_sub(room.saturating_sub(1));
    (text.chars().skip(first).take(room).collect(), cursor - first)
}

fn list(body: &mut Body, model: &Model) {
    let page = &model.trouble;
    let mut direction = None;
    for (place, listed) in TroublePage::listing().into_iter().enumerate() {
        let title = match listed {
            Listing::Everything => "Look for everything",
            Listing::Symptom(symptom) => {
                if direction != Some(symptom.direction) {
                    direction = Some(symptom.direction);
                    body.gap();
                    body.push(Line::styled(format!(" {}", symptom.direction.title()), model.theme.aside()));
                }
                symptom.title.as_str()
            }
        };
        choice(body, model, title, place == page.selected);
    }
}

fn choice(body: &mut Body, model: &Model, title: &str, focused: bool) {
    if focused {
        body.focus = Some(body.lines.len()..body.lines.len() + 1);
    }
    let style = if focused { model.theme.focus() } else { Style::new() };
    let text = fit(title, chrome::width(model).saturating_sub(3));
    body.push(Line::from(vec![Span::styled(if focused { " > " } else { "   " }, style), Span::styled(text, style)]));
}

/// What the operator said and pasted, and the reasoning so far.
fn said(body: &mut Body, model: &Model) {
    let page = &model.trouble;
    match page.interview.opening() {
        Opening::Words(words) if !words.is_empty() => {
            label(body, model, "You said", &format!("\"{}\"", excerpt(words, 300)), Style::new());
        }
        Opening::Symptom(symptom) => label(body, model, "You chose", &symptom.title, Style::new()),
        Opening::Check(id) => label(body, model, "Not well", id, Style::new()),
        Opening::Words(_) => {}
        Opening::Everything => label(body, model, "You chose", "Look for everything", Style::new()),
    }
    if let Some(pasted) = &page.pasted {
        label(body, model, "Pasted", &printable(&pasted.summary()), Style::new());
    }
    for (question, answer) in page.interview.answers() {
        let text = match answer {
            Answer::Skipped => "you cannot say".to_owned(),
            Answer::Given(value) => match question.answers.iter().find(|c| c.value == value) {
                Some(choice) => choice.text.to_owned(),
                None => excerpt(value, 160),
            },
        };
        label(body, model, "Answered", &text, Style::new());
    }
    body.gap();
}

fn running(body: &mut Body, model: &Model, what: &str) {
    let mut lead = vec![Span::raw("  ")];
    lead.extend(states::running(model.theme));
    body.hanging(lead, what, chrome::width(model), 2 + states::TAG, Style::new());
}

fn asking(body: &mut Body, model: &Model, question: &Question) {
    let page = &model.trouble;
    let width = chrome::width(model);
    said(body, model);
    let number = page.interview.answers().len() + 1;
    body.text(&format!("{} ({number} of at most {MOST})", question.text), width, 0, model.theme.heading());
    body.text(&format!("Asked because {}.", question.why), width, 0, model.theme.aside());
    body.gap();
    if question.answers.is_empty() {
        let (shown, cursor) = window(page.answer.value(), page.answer.cursor(), width.saturating_sub(4));
        body.cursor = Some((body.lines.len(), 3 + cursor));
        body.push(Line::from(vec![Span::styled(" > ", model.theme.focus()), Span::raw(printable(&shown))]));
        body.gap();
        body.text("Enter alone: you cannot say.", width, 3, model.theme.aside());
        return;
    }
    let texts = question.answers.iter().map(|c| c.text).chain(["I cannot say"]);
    for (place, text) in texts.enumerate() {
        choice(body, model, text, place == page.selected);
    }
}

fn checking(body: &mut Body, model: &Model) {
    said(body, model);
    for step in &model.trouble.trail {
        body.text(&format!("looked: {}", printable(step)), chrome::width(model), 2, model.theme.aside());
    }
    for result in &model.trouble.results {
        check(body, model, result);
    }
    running(body, model, "making the checks that tell the causes apart");
    body.focus = Some(body.lines.len().saturating_sub(1)..body.lines.len());
}

fn check(body: &mut Body, model: &Model, result: &CheckResult) {
    let mut spans = vec![Span::raw("  ")];
    spans.extend(states::tag(model.theme, result.finding.outcome));
    let subject = if result.subject == "this host" { String::new() } else { format!("{}: ", result.subject) };
    let text = format!("{}, {subject}{}", result.id, result.finding.found);
    let text = printable(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    spans.push(Span::raw(fit(&text, chrome::width(model).saturating_sub(2 + states::TAG))));
    body.push(Line::from(spans));
}

fn verdict(body: &mut Body, model: &Model) {
    let Some(found) = &model.trouble.found else { return };
    said(body, model);
    let trouble: Vec<&CheckResult> = found.results.iter().filter(|r| is_trouble(r)).collect();
    let well = found.results.iter().filter(|r| matches!(r.finding.outcome, Outcome::Pass | Outcome::Info)).count();
    if well > 0 {
        let mut lead = vec![Span::raw("  ")];
        lead.extend(states::tag(model.theme, Outcome::Pass));
        body.hanging(
            lead,
            &format!("{well} checks are well; t shows them"),
            chrome::width(model),
            2 + states::TAG,
            Style::new(),
        );
    }
    let concerned = model.trouble.concluded();
    let of_cause = |r: &&&CheckResult| concerned.is_some_and(|c| c.checks.contains(&r.id));
    for result in trouble.iter().filter(of_cause).take(3) {
        check(body, model, result);
    }
    body.gap();
    match concerned {
        Some(cause) => concluded(body, model, cause),
        None => nothing_found(body, model),
    }
}

fn concluded(body: &mut Body, model: &Model, cause: &Concluded) {
    let Some(found) = &model.trouble.found else { return };
    let count = found.diagnosis.causes.len();
    let name = if count > 1 { format!("Cause {}/{count}", model.trouble.cause + 1) } else { "Cause".to_owned() };
    label(body, model, &name, &printable(&cause.title), model.theme.heading());
    let lines: Vec<&str> = cause.evidence.iter().flat_map(|e| e.lines()).collect();
    for (place, line) in lines.iter().take(EVIDENCE).enumerate() {
        label(body, model, if place == 0 { "Evidence" } else { "" }, &excerpt(line, 300), Style::new());
    }
    if lines.len() > EVIDENCE {
        label(
            body,
            model,
            "",
            &format!("and {} more lines: t shows them", lines.len() - EVIDENCE),
            model.theme.aside(),
        );
    }
    let ruled_out: Vec<&str> = found.diagnosis.ruled_out.iter().map(|r| r.id.as_str()).take(8).collect();
    if !ruled_out.is_empty() {
        label(body, model, "Ruled out", &ruled_out.join(", "), model.theme.aside());
    }
    let name = match (cause.fix.kind, cause.fix.proved) {
        (_, true) => "Mended",
        (FixKind::Automatic, false) => "Fix (f)",
        (FixKind::Instructions, false) => "Fix",
    };
    for (place, line) in cause.fix.text.lines().enumerate() {
        label(body, model, if place == 0 { name } else { "" }, &printable(line), model.theme.heading());
    }
    if cause.fix.proved {
        label(body, model, "", "and proved: the checks that failed pass", model.theme.outcome(Outcome::Pass));
    }
    if let Some(waiting) = &model.trouble.waiting {
        label(body, model, "Waiting", &printable(waiting), model.theme.running());
    }
    for (place, line) in found.diagnosis.remaining.iter().enumerate() {
        label(body, model, if place == 0 { "Not settled" } else { "" }, &excerpt(line, 300), model.theme.aside());
    }
}

fn nothing_found(body: &mut Body, model: &Model) {
    let Some(found) = &model.trouble.found else { return };
    let width = chrome::width(model);
    body.text("Nothing wrong was found here. What remains:", width, 1, model.theme.heading());
    for line in found.diagnosis.remaining.iter().flat_map(|text| text.lines()) {
        body.hanging(vec![Span::raw("   - ")], &printable(line), width, 5, Style::new());
    }
    if found.diagnosis.remaining.is_empty() {
        body.text("nothing that could be looked at from here", width, 3, Style::new());
    }
    let ruled_out: Vec<&str> = found.diagnosis.ruled_out.iter().map(|r| r.id.as_str()).take(12).collect();
    if !ruled_out.is_empty() {
        body.gap();
        label(body, model, "Ruled out", &ruled_out.join(", "), model.theme.aside());
    }
}

fn mending(body: &mut Body, model: &Model) {
    let width = chrome::width(model);
    let (Some(found), Some(cause)) = (&model.trouble.found, model.trouble.concluded()) else { return };
    label(body, model, "Cause", &printable(&cause.title), Style::new());
    for (place, line) in cause.fix.text.lines().enumerate() {
        label(body, model, if place == 0 { "Fix" } else { "" }, &printable(line), model.theme.heading());
    }
    body.gap();
    if model.trouble.mending.state == MendState::Shown {
        let changes = if applies_the_wish(cause) { found.planned.as_slice() } else { &[] };
        if !changes.is_empty() {
            body.text("What apply does for it:", width, 0, Style::new());
        }
        for line in changes {
            let style = match line.trim_start().as_bytes().first() {
                Some(b'+') => model.theme.added(),
                Some(b'-') => model.theme.removed(),
                _ => Style::new(),
            };
            body.push(Line::styled(format!("  {}", fit(&printable(line), width.saturating_sub(2))), style));
        }
        body.gap();
        body.text("a carries it out and makes the checks again that failed.", width, 0, model.theme.aside());
        return;
    }
    for line in &model.trouble.mending.lines {
        body.hanging(vec![Span::raw("  ")], &printable(line), width, 9, Style::new());
    }
    match &model.trouble.mending.state {
        MendState::Running => running(body, model, "carrying it out"),
        MendState::Undoing => running(body, model, "taking it back"),
        MendState::Done { applied: true, proved: true } => {
            body.gap();
            body.text("Mended, and proved by the checks that failed.", width, 0, model.theme.heading());
        }
        MendState::Done { applied: true, proved: false } => {
            body.gap();
            body.text("Carried out, but not all checks pass yet. r looks again.", width, 0, model.theme.error());
        }
        MendState::Done { applied: false, .. } => {
            body.gap();
            body.text("It could not be carried out; nothing is left half done.", width, 0, model.theme.error());
        }
        MendState::Undone => {
            body.gap();
            body.text("Taken back: everything is as it was before the fix.", width, 0, model.theme.heading());
        }
        MendState::Failed(sentence) => {
            body.gap();
            body.text(&printable(sentence), width, 0, model.theme.error());
        }
        MendState::Shown => {}
    }
    body.focus = Some(body.lines.len().saturating_sub(1)..body.lines.len());
}
