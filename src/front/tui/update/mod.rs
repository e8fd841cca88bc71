//! What each message changes. Pure: time, files and the network come in as messages and go out as effects.

mod form;
mod overlay;
mod walk;

use crossterm::event::{Event, KeyEvent, KeyEventKind};
use ratatui::layout::Size;

use super::keys::{self, Action};
use super::model::{LiveState, Model};
use super::msg::{Effect, Leaving, Msg};

pub use walk::start;

/// Changes the model by one message and says what is to be done outside.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => on_key(model, key),
        Msg::Paste(text) => paste(model, &text),
        Msg::Resize(width, height) => {
            model.size = Size { width, height };
            Vec::new()
        }
        Msg::Began(engine) => {
            model.engine = *engine;
            model.facts_are_known = true;
            walk::start(model)
        }
        Msg::TypingPaused(generation) => form::typing_paused(model, generation),
        Msg::LiveResult { generation, result } => {
            if generation == model.live.generation {
                model.engine.draft.seen.take(*result);
                walk::refresh_form(model);
            }
            Vec::new()
        }
        Msg::LiveDone(generation) => {
            if generation == model.live.generation {
                model.live.state = LiveState::Done;
            }
            Vec::new()
        }
        Msg::Told(notice) => {
            model.notice = Some(notice);
            Vec::new()
        }
    }
}

/// Whether live checks wait until nothing is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promptness {
    AtOnce,
    AfterPause,
}

fn on_key(model: &mut Model, key: KeyEvent) -> Vec<Effect> {
    if key.kind == KeyEventKind::Release {
        return Vec::new();
    }
    model.notice = None;
    match keys::action(model, key) {
        Some(action) => act(model, action),
        None if model.plain_page => Vec::new(),
        None if model.overlay.is_some() => overlay::type_key(model, &Event::Key(key)),
        None => form::type_key(model, &Event::Key(key)),
    }
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    model.notice = None;
    if model.plain_page || model.overlay.is_some() {
        return Vec::new();
    }
    form::paste(model, text)
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Leave => save(model).into_iter().chain([Effect::Quit(Leaving::Left)]).collect(),
        Action::Suspend => vec![Effect::Suspend],
        Action::Redraw => vec![Effect::Redraw],
        _ if model.plain_page => {
            model.plain_page = false;
            vec![Effect::LeavePlainPage]
        }
        _ if model.overlay.is_some() => overlay::act(model, action),
        Action::Help => overlay::open_help(model),
        Action::Steps => overlay::open_steps(model),
        Action::Transcript => overlay::open_transcript(model),
        _ => walk::act(model, action),
    }
}

/// Keeps the answers, unless those of an earlier run are not even read yet.
fn save(model: &Model) -> Option<Effect> {
    model.facts_are_known.then(|| Effect::Save(Box::new(model.engine.clone())))
}
