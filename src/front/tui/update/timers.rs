//! What runs by itself.

use super::{Effect, home, select};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Model, Place, Switch};
use crate::front::tui::view;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Change(_) => {
            let Some(switch) = model.timer_rows().get(model.hub.timer).and_then(|row| row.switch) else {
                return Vec::new();
            };
            let draft = &mut model.engine.draft;
            let wanted = match switch {
                Switch::Renewal => &mut draft.certificate.automatic_renewal,
                Switch::Nightly => &mut draft.reports.nightly,
            };
            *wanted = !*wanted;
            home::open(model, Place::Step("review"))
        }
        Action::Back => home::back(model),
        action => {
            let count = model.timer_rows().len();
            model.hub.timer = select(model.hub.timer, count, view::body_height(model), action);
            Vec::new()
        }
    }
}
