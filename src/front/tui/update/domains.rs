//! The list of domains.

use super::{Effect, ask, dns, home, list, served};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{About, Model, Served};
use crate::front::tui::view;

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => match model.listed_domain().map(|domain| domain.name.clone()) {
            Some(name) => served::open(model, Served::Domain(name)),
            None => dns::open(model, None),
        },
        Action::Add => ask::open(model, About::AddDomain),
        Action::Back => home::back(model),
        action => {
            let count = model.listed_domains().len() + 1;
            let page = view::body_height(model).saturating_sub(3).max(1);
            let domains = &mut model.hub.domains;
            list::act(&mut domains.filter, &mut domains.selected, count, page, action);
            Vec::new()
        }
    }
}
