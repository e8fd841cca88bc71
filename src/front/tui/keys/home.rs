//! Keys of home, and of the pages that only home opens.

use crossterm::event::KeyCode::{BackTab, Down, Enter, Esc, F, Left, PageDown, PageUp, Right, Tab, Up};

use super::Press::{Char, Key};
use super::steps::is_not_applying;
use super::{Action, Binding, Listed, always, bind};
use crate::front::tui::model::{Ask, Filter, HubPage, Model, Place, Question, Reply};

fn has_unapplied_changes(model: &Model) -> bool {
    model.hub.is_changed
}

/// Keys of every page that was opened from home.
pub(super) static WAY_BACK: [Binding; 1] = [bind(&[Key(Esc)], "Esc", "back", Action::Back, leads_home, Listed::Left)];

fn leads_home(model: &Model) -> bool {
    model.has_home() && model.place != Place::Hub && is_not_applying(model)
}

/// Keys of the hub.
pub(super) static HUB: [Binding; 6] = [
    bind(&[Key(Enter)], "Enter", "open", Action::Next, always, Listed::Left),
    bind(&[Char('x')], "x", "drop what is not applied", Action::Drop, has_unapplied_changes, Listed::Left),
    bind(&[Char('/')], "/", "search", Action::Search, always, Listed::Left),
    bind(&[Char('u')], "u", "undo last change", Action::Undo, always, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, always, Listed::Left),
    bind(&[Char('q')], "q", "quit", Action::Leave, always, Listed::Help),
];

/// Keys of the list of accounts and aliases.
pub(super) static ACCOUNTS: [Binding; 6] = [
    bind(&[Key(Enter)], "Enter", "open", Action::Next, is_at_account, Listed::Left),
    bind(&[Char('n')], "n", "new account", Action::Add, always, Listed::Left),
    bind(&[Char('l')], "l", "new alias", Action::AddAlias, always, Listed::Left),
    bind(&[Char('/')], "/", "search", Action::Search, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "list all", Action::Close, is_narrowed, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, always, Listed::Help),
];

/// Keys of the list of domains.
pub(super) static DOMAINS: [Binding; 4] = [
    bind(&[Key(Enter)], "Enter", "open", Action::Next, always, Listed::Left),
    bind(&[Char('n')], "n", "new domain", Action::Add, always, Listed::Left),
    bind(&[Char('/')], "/", "search", Action::Search, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "list all", Action::Close, is_narrowed, Listed::Left),
];

/// Keys while a part of a name is typed.
pub(super) static FILTER: [Binding; 4] = [
    bind(&[Key(Enter)], "Enter", "choose", Action::Found, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "list all", Action::Close, always, Listed::Left),
    bind(&[Key(Down)], "Down", "next", Action::Move(1), always, Listed::Help),
    bind(&[Key(Up)], "Up", "before", Action::Move(-1), always, Listed::Help),
];

pub(super) fn filter(model: &Model) -> Option<&Filter> {
    match model.place {
        Place::Page(HubPage::Accounts) => Some(&model.hub.accounts.filter),
        Place::Page(HubPage::Domains) => Some(&model.hub.domains.filter),
        _ => None,
    }
}

fn is_narrowed(model: &Model) -> bool {
    filter(model).is_some_and(|filter| !filter.is_empty())
}

fn is_at_account(model: &Model) -> bool {
    !model.accounts_rows().is_empty()
}

/// Keys of the questions of one change.
pub(super) static ASK: [Binding; 8] = [
    bind(&[Key(Enter)], "Enter", "review", Action::Next, is_at_last_question, Listed::Left),
    bind(&[Key(Enter)], "Enter", "next", Action::Next, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, always, Listed::Left),
    bind(&[Char(' '), Key(Right)], "Space", "change", Action::Change(1), is_at_choice, Listed::Left),
    bind(&[Key(Left)], "Left", "previous choice", Action::Change(-1), is_at_choice, Listed::Help),
    bind(&[Key(F(2))], "F2", "show", Action::Reveal, asks_password, Listed::Left),
    bind(&[Key(Tab), Key(Down)], "Tab", "next field", Action::Move(1), always, Listed::Help),
    bind(&[Key(BackTab), Key(Up)], "Up", "field before", Action::Move(-1), always, Listed::Help),
];

fn is_at_last_question(model: &Model) -> bool {
    model.ask().is_some_and(Ask::is_at_last)
}

fn is_at_choice(model: &Model) -> bool {
    matches!(model.ask().and_then(Ask::focused), Some(Question { input: Reply::Choice(..), .. }))
}

fn asks_password(model: &Model) -> bool {
    let is_typed = |question: &Question| matches!(&question.input, Reply::Secret(input) if !input.is_empty());
    model.ask().is_some_and(|ask| ask.questions.iter().any(is_typed))
}

/// Keys of the certificate's page.
pub(super) static CERTIFICATE: [Binding; 2] = [
    bind(&[Char('i')], "i", "get a new one now", Action::Apply, can_issue, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, can_issue, Listed::Left),
];

fn can_issue(model: &Model) -> bool {
    !model.hub.certificate.is_at_work
}

/// Keys of a domain's DKIM keys.
pub(super) static DKIM: [Binding; 2] = [
    bind(&[Key(Enter)], "Enter", "choose", Action::Next, has_deeds_with_keys, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, is_not_looking_at_keys, Listed::Left),
];

fn has_deeds_with_keys(model: &Model) -> bool {
    !model.hub.dkim.deeds().is_empty()
}

fn is_not_looking_at_keys(model: &Model) -> bool {
    !model.hub.dkim.is_at_work
}

/// Keys of the list of applies.
pub(super) static HISTORY: [Binding; 3] = [
    bind(&[Key(Enter)], "Enter", "show", Action::Show, is_at_apply, Listed::Left),
    bind(&[Char('u')], "u", "undo it", Action::Undo, is_at_standing_apply, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, always, Listed::Help),
];

fn is_at_apply(model: &Model) -> bool {
    model.hub.history.row().is_some()
}

fn is_at_standing_apply(model: &Model) -> bool {
    model.hub.history.row().is_some_and(|past| past.is_in_effect)
}

/// Keys of the list of timers.
pub(super) static TIMERS: [Binding; 1] =
    [bind(&[Char(' '), Key(Left), Key(Right)], "Space", "switch", Action::Change(1), can_switch, Listed::Left)];

fn can_switch(model: &Model) -> bool {
    model.timer_rows().get(model.hub.timer).is_some_and(|row| row.switch.is_some())
}

/// Keys of a page that is only read.
pub(super) static TEXT: [Binding; 2] = [
    bind(&[Key(PageDown), Key(Down)], "PgDn", "further down", Action::Page(1), always, Listed::Help),
    bind(&[Key(PageUp), Key(Up)], "PgUp", "further up", Action::Page(-1), always, Listed::Help),
];

/// Keys of a menu.
pub(super) static ENTRIES: [Binding; 1] = [bind(&[Key(Enter)], "Enter", "open", Action::Next, always, Listed::Left)];
