//! What was applied and undone.

use super::{Effect, home, select};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Model, Overlay, PastApply, Place, Progress, Viewer};
use crate::front::tui::msg::Notice;
use crate::front::tui::view;

pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    model.hub.history.asked = None;
    vec![Effect::LookAtHistory]
}

pub(super) fn take(model: &mut Model, past: Result<Vec<PastApply>, String>) -> Vec<Effect> {
    let last = past.as_ref().map_or(0, Vec::len).saturating_sub(1);
    model.hub.history.selected = model.hub.history.selected.min(last);
    model.hub.history.past = Some(past);
    Vec::new()
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let asked = model.hub.history.asked.take();
    match action {
        Action::Show => {
            if let Some(past) = model.hub.history.row() {
                let lines = past.changed.iter().chain(&past.did).cloned();
                model.overlay = Some(Overlay::Viewer(Viewer::new(format!("Apply of {}", past.when), lines)));
            }
            Vec::new()
        }
        Action::Undo => {
            let Some(past) = model.hub.history.row().filter(|past| past.is_in_effect) else { return Vec::new() };
            let id = past.id.clone();
            if asked.as_ref() == Some(&id) {
                let effects = home::open(model, Place::Step("apply"));
                if model.place == Place::Step("apply") {
                    model.apply.take(Progress::Began { ago: std::time::Duration::ZERO, undoes: true });
                }
                return effects.into_iter().chain([Effect::UndoOne(id)]).collect();
            }
            model.notice = Some(Notice::info(format!(
                "This takes back what the apply of {} changed, and leaves what came later; mail stays. u again does it.",
                past.when
            )));
            model.hub.history.asked = Some(id);
            Vec::new()
        }
        Action::Refresh => vec![Effect::LookAtHistory],
        Action::Back => home::back(model),
        action => {
            let count = match &model.hub.history.past {
                Some(Ok(past)) => past.len(),
                _ => 0,
            };
            model.hub.history.selected = select(model.hub.history.selected, count, view::body_height(model), action);
            Vec::new()
        }
    }
}
