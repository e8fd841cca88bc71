//! The steps that can be entered alone.

use super::{Effect, home, select};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Model, SETTINGS, listed};
use crate::front::tui::view;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => {
            let chosen = listed(&SETTINGS, model.draft()).nth(model.hub.setting).map(|entry| entry.opens);
            chosen.map(|opens| home::open_entry(model, opens)).unwrap_or_default()
        }
        Action::Back => home::back(model),
        action => {
            let count = listed(&SETTINGS, model.draft()).count();
            model.hub.setting = select(model.hub.setting, count, view::body_height(model), action);
            Vec::new()
        }
    }
}
