//! The list of accounts and aliases.

use super::{Effect, ask, home, list, served};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{About, Model};
use crate::front::tui::view;

pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    let last = model.accounts_rows().len().saturating_sub(1);
    model.hub.accounts.selected = model.hub.accounts.selected.min(last);
    vec![Effect::LookAtMailboxes]
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => model.selected_account().map(|one| served::open(model, one)).unwrap_or_default(),
        Action::Add => ask::open(model, About::AddAccount),
        Action::AddAlias => ask::open(model, About::AddAlias),
        Action::Refresh => vec![Effect::LookAtMailboxes],
        Action::Back => home::back(model),
        action => {
            let count = model.accounts_rows().len();
            let page = view::body_height(model).saturating_sub(4).max(1);
            let accounts = &mut model.hub.accounts;
            list::act(&mut accounts.filter, &mut accounts.selected, count, page, action);
            Vec::new()
        }
    }
}
