//! "Something is wrong": words, questions, the verdict, the fix.

use crossterm::event::Event;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

use super::{Effect, home, overlay, select};
use crate::front::diagnosis::{Found, Waited};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{
    HubPage, Listing, MendState, Mending, Model, Overlay, Pasted, Place, Stage, TroublePage, Viewer,
};
use crate::front::tui::msg::{Leaving, Notice};
use crate::front::tui::trouble::{Ask, Told};
use crate::front::tui::view;
use crate::symptoms::{Answer, Concluded, Diagnosis, Opening, Question, symptom};

/// The longest sentence that is taken as words.
const LONGEST: usize = 400;

/// Opens the page where a check is not well: why?
pub(super) fn why(model: &mut Model, check: String) -> Vec<Effect> {
    let mut effects = stop(model);
    model.trouble = TroublePage { run: model.trouble.run, ..TroublePage::default() };
    let from = model.place;
    model.trail.push(from);
    model.place = Place::Page(HubPage::Trouble);
    model.scroll = 0;
    effects.extend(look(model, Opening::Check(check)));
    effects
}

/// Shows the fix that an earlier screen began.
pub(super) fn go_on_with_fix(model: &mut Model, cause: Concluded) -> Vec<Effect> {
    if model.place != Place::Page(HubPage::Trouble) {
        model.trail.push(model.place);
        model.place = Place::Page(HubPage::Trouble);
    }
    let run = model.trouble.run + 1;
    let diagnosis = Diagnosis { causes: vec![cause], ..Diagnosis::default() };
    model.trouble = TroublePage {
        run,
        stage: Stage::Mending,
        found: Some(Box::new(Found { diagnosis, ..Found::default() })),
        mending: Mending { state: MendState::Running, ..Mending::default() },
        ..TroublePage::default()
    };
    model.scroll = 0;
    vec![ask(model, Ask::Follow)]
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match (model.trouble.stage.clone(), action) {
        (_, Action::Back) => back(model),
        (Stage::Words, Action::Next) => say(model),
        (Stage::Words, Action::Show) => {
            model.trouble.stage = Stage::List;
            model.trouble.selected = 0;
            Vec::new()
        }
        (Stage::Words, Action::Remove) => {
            model.trouble.pasted = None;
            Vec::new()
        }
        (Stage::Words, action) => {
            let count = model.trouble.matches().len() + 1;
            model.trouble.selected = select(model.trouble.selected, count, count, action);
            Vec::new()
        }
        (Stage::List, Action::Next) => match TroublePage::listing().get(model.trouble.selected) {
            Some(Listing::Everything) => look(model, Opening::Everything),
            Some(Listing::Symptom(symptom)) => look(model, Opening::Symptom(symptom)),
            None => Vec::new(),
        },
        (Stage::List, action) => {
            let count = TroublePage::listing().len();
            model.trouble.selected = select(model.trouble.selected, count, view::body_height(model), action);
            Vec::new()
        }
        (Stage::Asking(question), Action::Next) => answer(model, question),
        (Stage::Asking(question), action) => {
            let count = question.answers.len() + 1;
            model.trouble.selected = select(model.trouble.selected, count, count, action);
            Vec::new()
        }
        (Stage::Verdict, action) => at_verdict(model, action),
        (Stage::Mending, action) => at_fix(model, action),
        (Stage::Failed(_), Action::Refresh) => look_again(model),
        (Stage::Looking | Stage::Checking | Stage::Failed(_), _) => Vec::new(),
    }
}

/// A key that is no command: text.
pub(super) fn type_key(model: &mut Model, event: &Event) -> Vec<Effect> {
    let page = &mut model.trouble;
    let input = match &page.stage {
        Stage::Words => &mut page.words,
        Stage::Asking(question) if question.answers.is_empty() => &mut page.answer,
        _ => return Vec::new(),
    };
    let mut changed = input.clone();
    changed.handle_event(event);
    if changed.value().chars().count() <= LONGEST {
        *input = changed;
        page.selected = 0;
    }
    Vec::new()
}

/// One line is words, several are a bounce.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let page = &mut model.trouble;
    let text = text.trim_matches(['\r', '\n']);
    let is_long = text.contains(['\r', '\n']) || text.chars().count() > LONGEST;
    // A terminal sends line ends as CR.
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    match &page.stage {
        Stage::Words if is_long => page.pasted = Some(Pasted::read(lines)),
        Stage::Words => page.words = appended(&page.words, text),
        Stage::Asking(question) if question.id == "error-text" && is_long => {
            let question = question.clone();
            return take(model, question, Answer::Given(lines));
        }
        Stage::Asking(question) if question.answers.is_empty() => {
            page.answer = appended(&page.answer, text.lines().next().unwrap_or_default());
        }
        _ => {}
    }
    Vec::new()
}

fn appended(input: &Input, text: &str) -> Input {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    let (before, after) = input.value().split_at(byte_of(input.value(), input.cursor()));
    let cursor = input.cursor() + text.chars().count();
    Input::new(format!("{before}{text}{after}")).with_cursor(cursor)
}

fn byte_of(text: &str, place: usize) -> usize {
    text.char_indices().nth(place).map_or(text.len(), |(at, _)| at)
}

/// Looks for what was said, or chosen among the matches.
fn say(model: &mut Model) -> Vec<Effect> {
    let page = &model.trouble;
    let words = page.words.value().trim().to_owned();
    if let Some(chosen) = page.selected.checked_sub(1).and_then(|place| page.matches().into_iter().nth(place))
        && let Some(symptom) = symptom(chosen.id)
    {
        return look(model, Opening::Symptom(symptom));
    }
    look(model, Opening::Words(words))
}

/// Begins: the logs are read first. Answers that were given before are offered again.
fn look(model: &mut Model, opening: Opening) -> Vec<Effect> {
    let page = &mut model.trouble;
    page.run += 1;
    page.interview = std::mem::take(&mut page.interview).begin_again(opening);
    page.evidence = None;
    page.trail.clear();
    page.results.clear();
    page.found = None;
    page.waiting = None;
    page.stage = Stage::Looking;
    model.scroll = 0;
    vec![ask(
        model,
        Ask::Glance { interview: Box::new(model.trouble.interview.clone()), pasted: model.trouble.pasted.clone() },
    )]
}

fn ask(model: &Model, ask: Ask) -> Effect {
    Effect::Trouble { run: model.trouble.run, ask }
}

/// Nothing that runs is wanted any more.
fn stop(model: &mut Model) -> Vec<Effect> {
    model.trouble.run += 1;
    model.trouble.waiting = None;
    vec![ask(model, Ask::Stop)]
}

/// The next question, or the checks.
fn go_on(model: &mut Model) -> Vec<Effect> {
    let page = &mut model.trouble;
    model.scroll = 0;
    let Some(evidence) = &mut page.evidence else { return Vec::new() };
    page.interview.tell(evidence);
    match page.interview.next(evidence) {
        Some(question) => {
            show_question(page, question);
            Vec::new()
        }
        None => {
            page.results.clear();
            page.stage = Stage::Checking;
            vec![ask(model, Ask::Conclude(Box::new(model.trouble.interview.clone())))]
        }
    }
}

fn show_question(page: &mut TroublePage, question: Question) {
    let before = page.interview.remembered(&question).cloned();
    page.answer = Input::default();
    page.selected = match &before {
        Some(Answer::Given(value)) if question.answers.is_empty() => {
            page.answer = Input::new(value.lines().next().unwrap_or_default().to_owned());
            0
        }
        Some(Answer::Given(value)) => question.answers.iter().position(|c| c.value == value).unwrap_or_default(),
        Some(Answer::Skipped) => question.answers.len(),
        None => 0,
    };
    page.stage = Stage::Asking(question);
}

fn answer(model: &mut Model, question: Question) -> Vec<Effect> {
    let page = &model.trouble;
    let typed = page.answer.value().trim();
    let answer = match question.answers.get(page.selected) {
        Some(choice) => Answer::Given(choice.value.to_owned()),
        None if question.answers.is_empty() && !typed.is_empty() => Answer::Given(typed.to_owned()),
        None => Answer::Skipped,
    };
    take(model, question, answer)
}

fn take(model: &mut Model, question: Question, answer: Answer) -> Vec<Effect> {
    match model.trouble.interview.answer(question, answer) {
        Ok(()) => go_on(model),
        Err(sentence) => {
            model.notice = Some(Notice::error(sentence));
            Vec::new()
        }
    }
}

fn at_verdict(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Change(by) => {
            let count = model.trouble.found.as_ref().map_or(0, |f| f.diagnosis.causes.len()).max(1);
            let (count, now) = (count as isize, model.trouble.cause as isize);
            model.trouble.cause = (now + by).rem_euclid(count).unsigned_abs();
            model.scroll = 0;
            Vec::new()
        }
        Action::Copy => {
            let text = model.trouble.concluded().map(|c| c.fix.text.clone());
            model.notice =
                text.is_some().then(|| Notice::info("The fix is in your clipboard, where the terminal allows it."));
            text.map(Effect::Copy).into_iter().collect()
        }
        Action::Fix => {
            model.trouble.mending = Mending::default();
            model.trouble.stage = Stage::Mending;
            model.scroll = 0;
            Vec::new()
        }
        Action::Wait => {
            if model.trouble.waiting.is_some() {
                return stop(model);
            }
            let Some(cause) = model.trouble.concluded().cloned() else { return Vec::new() };
            model.trouble.run += 1;
            model.trouble.waiting = Some("the first look is being made".into());
            vec![ask(model, Ask::Wait(Box::new(cause)))]
        }
        Action::Transcript => {
            let lines = transcript(model);
            model.overlay = Some(Overlay::Viewer(Viewer::new("Everything that was looked at", lines)));
            Vec::new()
        }
        Action::Refresh => look_again(model),
        action => {
            scroll(model, action);
            Vec::new()
        }
    }
}

fn at_fix(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Apply if model.trouble.mending.state == MendState::Shown => {
            let Some(cause) = model.trouble.concluded().cloned() else { return Vec::new() };
            model.trouble.run += 1;
            model.trouble.mending.state = MendState::Running;
            model.scroll = 0;
            vec![ask(model, Ask::Mend(Box::new(cause)))]
        }
        Action::Undo => {
            model.trouble.run += 1;
            model.trouble.mending.state = MendState::Undoing;
            vec![ask(model, Ask::Undo)]
        }
        Action::Refresh => look_again(model),
        action => {
            scroll(model, action);
            Vec::new()
        }
    }
}

fn scroll(model: &mut Model, action: Action) {
    let height = view::body_height(model);
    let last = view::page_lines(model).saturating_sub(height);
    model.scroll = select(model.scroll, last + 1, height.saturating_sub(1), action);
}

/// One step back; nothing that was typed or answered is lost.
fn back(model: &mut Model) -> Vec<Effect> {
    model.scroll = 0;
    match model.trouble.stage.clone() {
        Stage::Words => leave(model),
        Stage::List => {
            model.trouble.stage = Stage::Words;
            model.trouble.selected = 0;
            Vec::new()
        }
        Stage::Mending => {
            if matches!(model.trouble.mending.state, MendState::Running | MendState::Undoing) {
                return Vec::new();
            }
            model.trouble.stage = Stage::Verdict;
            Vec::new()
        }
        Stage::Looking | Stage::Asking(_) | Stage::Checking | Stage::Verdict | Stage::Failed(_) => {
            let effects = stop(model);
            let page = &mut model.trouble;
            page.found = None;
            if let Some(question) = page.interview.back() {
                if let Some(evidence) = &mut page.evidence {
                    page.interview.tell(evidence);
                }
                show_question(page, question);
                return effects;
            }
            if matches!(page.interview.opening(), Opening::Check(_)) {
                return effects.into_iter().chain(leave(model)).collect();
            }
            page.stage = Stage::Words;
            page.selected = 0;
            effects
        }
    }
}

/// Back to where the page was opened from; the program ends where it was opened by itself.
fn leave(model: &mut Model) -> Vec<Effect> {
    if model.trail.last() == Some(&Place::Walk) {
        model.trail.pop();
        model.place = Place::Walk;
        return Vec::new();
    }
    if model.trail.is_empty() && model.hub.applied.is_none() {
        return vec![Effect::Quit(Leaving::Done)];
    }
    home::back(model)
}

pub(super) fn take_told(model: &mut Model, run: u64, told: Told) -> Vec<Effect> {
    if run != model.trouble.run {
        return Vec::new();
    }
    let page = &mut model.trouble;
    match told {
        Told::Glanced(Ok((evidence, trail))) => {
            page.evidence = Some(evidence);
            page.trail = trail;
            return go_on(model);
        }
        Told::Glanced(Err(sentence)) | Told::Found(Err(sentence)) => page.stage = Stage::Failed(sentence),
        Told::Checked(result) => page.results.push(*result),
        Told::Found(Ok(found)) => {
            page.results.clone_from(&found.results);
            page.found = Some(found);
            page.cause = 0;
            page.stage = Stage::Verdict;
            model.scroll = 0;
        }
        Told::Line(line) => page.mending.lines.push(line),
        Told::Mended(Ok(cause)) => {
            page.mending.state = MendState::Done { applied: cause.fix.applied, proved: cause.fix.proved };
            let place = page.cause;
            if let Some(concluded) = page.found.as_mut().and_then(|f| f.diagnosis.causes.get_mut(place)) {
                *concluded = *cause;
            }
        }
        Told::Mended(Err(sentence)) | Told::Undone(Err(sentence)) => page.mending.state = MendState::Failed(sentence),
        Told::Undone(Ok(())) => page.mending.state = MendState::Undone,
        Told::Waited(time, Waited::NotYet(found)) => page.waiting = Some(format!("looked at {time}: {found}")),
        Told::Waited(_, Waited::There) => {
            page.waiting = None;
            let effects = look_again(model);
            model.notice = Some(Notice::info("It is there. The checks are made again."));
            return effects;
        }
    }
    Vec::new()
}

/// Looks again with the answers that were given.
fn look_again(model: &mut Model) -> Vec<Effect> {
    let opening = model.trouble.interview.opening().clone();
    let answers: Vec<(Question, Answer)> = model.trouble.interview.answers().to_vec();
    let effects = look(model, opening);
    for (question, answer) in answers {
        // They were taken once already.
        let _ = model.trouble.interview.answer(question, answer);
    }
    effects
}

/// Everything that was looked at, for the viewer.
fn transcript(model: &Model) -> Vec<String> {
    let Some(found) = &model.trouble.found else { return Vec::new() };
    let mut lines: Vec<String> = found.trail.clone();
    lines.push(String::new());
    for cause in &found.diagnosis.causes {
        lines.push(format!("cause {}: {}", cause.id, cause.title));
        lines.extend(cause.evidence.iter().flat_map(|e| e.lines()).map(|line| format!("  {line}")));
        lines.push(String::new());
    }
    lines.extend(found.diagnosis.ruled_out.iter().map(|r| format!("ruled out {}: {}", r.id, r.why)));
    lines.push(String::new());
    lines.extend(found.results.iter().flat_map(overlay::transcript_of));
    lines
}
