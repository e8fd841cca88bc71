//! The questions of one change: typed, made to the wish, and reviewed.

use crossterm::event::{Event, KeyCode, KeyModifiers};
use tui_input::InputRequest;
use tui_input::backend::crossterm::EventHandler;

use super::{Effect, home};
use crate::changes::Change;
use crate::front::tui::keys::Action;
use crate::front::tui::model::{About, Ask, HubPage, Model, PasswordInput, Place, Question, Reply};
use crate::front::tui::msg::Notice;
use crate::spec::Domain;

/// The longest line that can be typed, in bytes.
const LONGEST_LINE: usize = 2000;

/// Asks for a change.
pub(super) fn open(model: &mut Model, about: About) -> Vec<Effect> {
    if !model.facts_are_known {
        model.notice = Some(Notice::info("This machine is still being looked at."));
        return Vec::new();
    }
    model.hub.ask = Some(Ask::new(about));
    home::open(model, Place::Page(HubPage::Ask))
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let Some(ask) = &mut model.hub.ask else { return home::back(model) };
    match action {
        Action::Back => {
            model.hub.ask = None;
            return home::back(model);
        }
        Action::Reveal => model.reveals = !model.reveals,
        Action::Move(by) => move_focus(ask, by),
        Action::Change(by) => {
            if let Some(Question { input: Reply::Choice(choices, chosen), .. }) = ask.questions.get_mut(ask.focus) {
                let count = choices.len().max(1);
                *chosen = (*chosen + count).saturating_add_signed(by) % count;
            }
        }
        Action::Next if ask.focus + 1 < ask.questions.len() => move_focus(ask, 1),
        Action::Next | Action::NextStep => return submit(model),
        _ => {}
    }
    Vec::new()
}

fn move_focus(ask: &mut Ask, by: isize) {
    ask.focus = ask.focus.saturating_add_signed(by).min(ask.questions.len().saturating_sub(1));
}

/// Takes all answers. Where the mail of a new domain goes now is found out first.
fn submit(model: &mut Model) -> Vec<Effect> {
    let Some(ask) = &mut model.hub.ask else { return Vec::new() };
    ask.questions.iter_mut().for_each(|question| question.error = None);
    match ask.change(Vec::new()) {
        Err((at, sentence)) => {
            refuse(ask, at, sentence);
            Vec::new()
        }
        Ok(_) if ask.about == About::AddDomain => match ask.domain() {
            Ok(domain) => {
                ask.is_looking = true;
                vec![Effect::LookUpMail(domain)]
            }
            Err((at, sentence)) => {
                refuse(ask, at, sentence);
                Vec::new()
            }
        },
        Ok(change) => make(model, &*change),
    }
}

fn refuse(ask: &mut Ask, at: usize, sentence: String) {
    ask.focus = at;
    if let Some(question) = ask.questions.get_mut(at) {
        question.error = Some(sentence);
    }
}

/// It is known where the mail of the new domain goes now, or not.
pub(super) fn looked_up(model: &mut Model, domain: &Domain, mx_elsewhere: Option<Vec<String>>) -> Vec<Effect> {
    let Some(ask) = model.hub.ask.as_mut().filter(|ask| ask.is_looking) else { return Vec::new() };
    ask.is_looking = false;
    if ask.domain().ok().as_ref() != Some(domain) {
        return Vec::new();
    }
    let Some(mx_elsewhere) = mx_elsewhere else {
        let sentence = format!(
            "It could not be found out where mail for '{domain}' goes now. Try again once its name servers answer; \
             'mailwizard domain add {domain} --new' does not ask them."
        );
        refuse(ask, 0, sentence);
        return Vec::new();
    };
    match ask.change(mx_elsewhere) {
        Ok(change) => make(model, &*change),
        Err((at, sentence)) => {
            refuse(ask, at, sentence);
            Vec::new()
        }
    }
}

/// Makes a change to the wish and goes to its review; a refusal is said and changes nothing.
pub(super) fn make(model: &mut Model, change: &dyn Change) -> Vec<Effect> {
    let notes = match model.change(change) {
        Ok(notes) => notes,
        Err(sentence) => {
            model.notice = Some(Notice::error(sentence));
            return Vec::new();
        }
    };
    model.hub.notes.extend(notes);
    match model.hub.ask.take().map(|ask| ask.about) {
        Some(About::SetDmarc(name, _)) => model.hub.to_publish = Some(name),
        Some(About::AddDomain) => model.hub.to_publish = model.draft().domains.last().map(|d| d.name.clone()),
        _ => {}
    }
    // The way back from the review leads to the list, not to questions that are answered.
    while matches!(model.place, Place::Page(HubPage::Ask | HubPage::Served | HubPage::Dkim)) {
        model.place = model.trail.pop().unwrap_or(Place::Hub);
    }
    home::open(model, Place::Step("review"))
}

/// A key that is no command goes into the focused answer.
pub(super) fn type_key(model: &mut Model, event: &Event) -> Vec<Effect> {
    let Some(question) = focused(model) else { return Vec::new() };
    match &mut question.input {
        Reply::Text(input) => {
            let longer = matches!(event, Event::Key(key) if matches!(key.code, KeyCode::Char(_)));
            if !(longer && input.value().len() >= LONGEST_LINE) {
                input.handle_event(event);
            }
        }
        Reply::Secret(input) => type_password(input, event),
        Reply::Choice(..) => return Vec::new(),
    }
    question.error = None;
    Vec::new()
}

fn type_password(input: &mut PasswordInput, event: &Event) {
    let Event::Key(key) = event else { return };
    match key.code {
        KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => input.clear(),
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => input.push(c),
        KeyCode::Backspace => input.pop(),
        _ => {}
    }
}

/// Pasted text is one line.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(question) = focused(model) else { return Vec::new() };
    match &mut question.input {
        Reply::Text(input) => {
            let room = LONGEST_LINE.saturating_sub(input.value().len());
            let line = text.trim().replace(['\n', '\r', '\t'], " ");
            for c in line.chars().filter(|c| !c.is_control()).take(room) {
                input.handle(InputRequest::InsertChar(c));
            }
        }
        Reply::Secret(input) => text.trim_end_matches(['\n', '\r']).chars().for_each(|c| input.push(c)),
        Reply::Choice(..) => {}
    }
    Vec::new()
}

fn focused(model: &mut Model) -> Option<&mut Question> {
    let ask = model.hub.ask.as_mut()?;
    ask.questions.get_mut(ask.focus)
}
