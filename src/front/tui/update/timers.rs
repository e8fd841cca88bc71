//! What runs by itself.

use super::{Effect, home, select};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Model, Place, Switch};
use crate::front::tui::view;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Change(_) => match model.timer_rows().get(model.hub.timer).and_then(|row| row.switch) {
            Some(Switch::Nightly) => {
                let reports = &mut model.engine.draft.reports;
                reports.nightly = !reports.nightly;
                home::open(model, Place::Step("review"))
            }
            None => Vec::new(),
        },
        Action::Back => home::back(model),
        action => {
            let count = model.timer_rows().len();
            model.hub.timer = select(model.hub.timer, count, view::body_height(model), action);
            Vec::new()
        }
    }
}
