//! What lies over a page: help, the list of steps, text to read.

use crossterm::event::Event;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use super::{Effect, walk};
use crate::front::tui::keys::{Action, Edge};
use crate::front::tui::model::{Model, Overlay, Viewer};
use crate::front::tui::msg::Notice;
use crate::front::tui::view;

pub(super) fn open_help(model: &mut Model) -> Vec<Effect> {
    model.overlay = Some(Overlay::Help { scroll: 0 });
    Vec::new()
}

pub(super) fn open_steps(model: &mut Model) -> Vec<Effect> {
    model.overlay = Some(Overlay::Steps { selected: model.engine.position().0.saturating_sub(1) });
    Vec::new()
}

/// Shows the passwords that were made, and notes that they were shown.
pub(super) fn open_passwords(model: &mut Model) -> Vec<Effect> {
    model.review.passwords_seen = model.made_passwords().map(|(address, _)| address.clone()).collect();
    model.overlay = Some(Overlay::Passwords { scroll: 0 });
    Vec::new()
}

/// What the step's live checks asked and what was answered.
pub(super) fn open_transcript(model: &mut Model) -> Vec<Effect> {
    let ids = model.step().live_checks;
    let results = model.draft().seen.checks.iter().filter(|r| ids.contains(&r.id.as_str()));
    let lines: Vec<String> = results.flat_map(transcript_of).collect();
    if lines.is_empty() {
        model.notice = Some(Notice::info("Nothing was asked yet."));
        return Vec::new();
    }
    model.overlay = Some(Overlay::Viewer(Viewer::new(format!("Transcript: {}", model.step().title), lines)));
    Vec::new()
}

/// One result with all of its evidence.
pub(super) fn transcript_of(result: &crate::finding::CheckResult) -> Vec<String> {
    let finding = &result.finding;
    let mut lines = vec![format!("{} {}: {}", result.id, result.subject, finding.outcome.word())];
    lines.push(format!("  found     {}", finding.found));
    if !finding.expected.is_empty() {
        lines.push(format!("  expected  {}", finding.expected));
    }
    if let Some(fix) = &finding.fix {
        lines.push(format!("  fix       {}", fix.text));
    }
    lines.push(format!("  why       {} ({})", result.why, result.rfc));
    lines.extend(finding.evidence.iter().map(|line| format!("    {line}")));
    lines.push(String::new());
    lines
}

/// The last lines, as many as anybody scrolls through.
pub(super) fn bounded(mut lines: Vec<String>) -> Vec<String> {
    const MOST: usize = 5000;
    if lines.len() > MOST {
        lines.drain(..lines.len() - MOST);
    }
    lines
}

/// Carries out what a key means while something lies over the page.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let page = isize::try_from(view::body_height(model)).unwrap_or(isize::MAX).max(1);
    let help_lines = view::help_lines(model);
    let password_lines = view::password_lines(model);
    let steps = model.engine.position().1;
    let Some(overlay) = &mut model.overlay else { return Vec::new() };
    match (overlay, action) {
        (Overlay::Viewer(viewer), action) => {
            let searching = viewer.search.is_some();
            return read(model, page, action, searching);
        }
        (_, Action::Close) => model.overlay = None,
        (Overlay::Passwords { .. }, Action::Plain) => {
            let lines: Vec<String> =
                model.made_passwords().map(|(a, made)| format!("{a}  {}", made.expose())).collect();
            model.plain_page = true;
            return vec![Effect::PlainPage(lines.join("\n"))];
        }
        (Overlay::Passwords { scroll }, Action::Page(pages)) => {
            let end = password_lines.saturating_sub(page.unsigned_abs());
            *scroll = scroll.saturating_add_signed(pages * page).min(end);
        }
        (Overlay::Help { scroll }, Action::Page(pages)) => {
            let end = help_lines.saturating_sub(page.unsigned_abs());
            *scroll = scroll.saturating_add_signed(pages * page).min(end);
        }
        (Overlay::Steps { selected }, Action::Move(by)) => {
            *selected = selected.saturating_add_signed(by).min(steps.saturating_sub(1));
        }
        (Overlay::Steps { selected }, Action::Next) => {
            let id = view::shown_steps(&model.engine.draft).nth(*selected).map(|s| s.id);
            model.overlay = None;
            return id.map(|id| walk::go_to(model, id)).unwrap_or_default();
        }
        _ => {}
    }
    Vec::new()
}

fn read(model: &mut Model, page: isize, action: Action, searching: bool) -> Vec<Effect> {
    let Some(Overlay::Viewer(viewer)) = &mut model.overlay else { return Vec::new() };
    let end = viewer.lines.len().saturating_sub(1);
    match action {
        Action::Close if searching => viewer.search = None,
        Action::Close => model.overlay = None,
        Action::Move(by) => viewer.scroll = viewer.scroll.saturating_add_signed(by).min(end),
        Action::Page(by) => viewer.scroll = viewer.scroll.saturating_add_signed(by * page).min(end),
        Action::Edge(Edge::First) => viewer.scroll = 0,
        Action::Edge(Edge::Last) => viewer.scroll = viewer.lines.len().saturating_sub(page.unsigned_abs()),
        Action::Search => viewer.search = Some(Input::default()),
        Action::SearchAgain | Action::Next => {
            let typed = viewer.search.take().map(|input| input.value().to_owned());
            if let Some(text) = typed.or_else(|| viewer.found.clone()).filter(|t| !t.is_empty())
                && !viewer.find(&text)
            {
                model.notice = Some(Notice::info(format!("'{}' is not in it.", crate::printable::excerpt(&text, 40))));
            }
        }
        Action::Plain => {
            let text = viewer.lines.join("\n");
            model.plain_page = true;
            return vec![Effect::PlainPage(text)];
        }
        _ => {}
    }
    Vec::new()
}

/// A key that is no command while something lies over the page: text of a search.
pub(super) fn type_key(model: &mut Model, event: &Event) -> Vec<Effect> {
    if let Some(Overlay::Viewer(Viewer { search: Some(input), .. })) = &mut model.overlay
        && input.value().len() < 200
    {
        input.handle_event(event);
    }
    Vec::new()
}
