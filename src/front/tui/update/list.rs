//! Long lists that can be narrowed down by typing.

use crossterm::event::Event;
use tui_input::backend::crossterm::EventHandler;

use super::select;
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Filter, HubPage, Model, Place};

/// The longest part of a name that can be typed, in bytes.
const LONGEST: usize = 200;

/// Carries out what a key means in any list.
pub(super) fn act(filter: &mut Filter, selected: &mut usize, count: usize, page: usize, action: Action) {
    match action {
        Action::Search => filter.is_typed = true,
        Action::Found => filter.is_typed = false,
        Action::Close => {
            filter.clear();
            *selected = 0;
        }
        action => *selected = select(*selected, count, page, action),
    }
}

/// A key that is no command while a part of a name is typed.
pub(super) fn type_key(model: &mut Model, event: &Event) {
    let (filter, selected) = match model.place {
        Place::Page(HubPage::Accounts) => (&mut model.hub.accounts.filter, &mut model.hub.accounts.selected),
        Place::Page(HubPage::Domains) => (&mut model.hub.domains.filter, &mut model.hub.domains.selected),
        _ => return,
    };
    if filter.is_typed && filter.input.value().len() < LONGEST {
        filter.input.handle_event(event);
        *selected = 0;
    }
}
