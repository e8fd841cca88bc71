//! Keys of what lies over a page.

use crossterm::event::KeyCode::{BackTab, Down, End, Enter, Esc, F, Home, PageDown, PageUp, Tab, Up};

use super::Press::{Char, Key};
use super::{Action, Binding, Edge, Listed, always, bind};
use crate::front::tui::model::{Model, Overlay};

/// Keys of the F1 overlay.
pub(super) static HELP: [Binding; 3] = [
    bind(&[Key(Esc), Key(Enter), Key(F(1)), Char('q')], "Esc", "close", Action::Close, always, Listed::Left),
    bind(&[Key(Down), Key(PageDown)], "Down", "further", Action::Page(1), always, Listed::Left),
    bind(&[Key(Up), Key(PageUp)], "Up", "back", Action::Page(-1), always, Listed::Left),
];

/// Keys of the list of made passwords.
pub(super) static PASSWORDS: [Binding; 4] = [
    bind(&[Key(Esc), Key(Enter), Key(F(2)), Char('q')], "Esc", "close", Action::Close, always, Listed::Left),
    bind(&[Char('s')], "s", "plain page", Action::Plain, always, Listed::Left),
    bind(&[Key(Down), Key(PageDown)], "Down", "further", Action::Page(1), always, Listed::Left),
    bind(&[Key(Up), Key(PageUp)], "Up", "back", Action::Page(-1), always, Listed::Left),
];

/// Keys of the list of steps.
pub(super) static STEP_LIST: [Binding; 4] = [
    bind(&[Key(Enter)], "Enter", "go there", Action::Next, always, Listed::Left),
    bind(&[Key(Esc), Key(F(4)), Char('q')], "Esc", "close", Action::Close, always, Listed::Left),
    bind(&[Key(Down), Key(Tab)], "Down", "next", Action::Move(1), always, Listed::Help),
    bind(&[Key(Up), Key(BackTab)], "Up", "before", Action::Move(-1), always, Listed::Help),
];

/// Keys of text to read.
pub(super) static VIEWER: [Binding; 10] = [
    bind(&[Key(Esc), Key(Enter), Char('q')], "Esc", "close", Action::Close, always, Listed::Left),
    bind(&[Key(Down), Char('j')], "Down", "one line", Action::Move(1), always, Listed::Help),
    bind(&[Key(Up), Char('k')], "Up", "one line back", Action::Move(-1), always, Listed::Help),
    bind(&[Key(PageDown), Char(' ')], "PgDn", "page", Action::Page(1), always, Listed::Left),
    bind(&[Key(PageUp), Char('b')], "PgUp", "page back", Action::Page(-1), always, Listed::Help),
    bind(&[Key(Home), Char('g')], "Home", "first line", Action::Edge(Edge::First), always, Listed::Help),
    bind(&[Key(End), Char('G')], "End", "last line", Action::Edge(Edge::Last), always, Listed::Help),
    bind(&[Char('/')], "/", "search", Action::Search, always, Listed::Left),
    bind(&[Char('n')], "n", "search again", Action::SearchAgain, has_search, Listed::Left),
    bind(&[Char('s')], "s", "plain page", Action::Plain, always, Listed::Left),
];

/// Keys while a search is typed.
pub(super) static SEARCH: [Binding; 2] = [
    bind(&[Key(Enter)], "Enter", "search", Action::Next, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "close", Action::Close, always, Listed::Left),
];

/// Keys of the plain page.
pub(super) static PLAIN: [Binding; 1] =
    [bind(&[Key(Enter), Key(Esc), Char('q')], "Enter", "return", Action::Close, always, Listed::Left)];

fn has_search(model: &Model) -> bool {
    matches!(&model.overlay, Some(Overlay::Viewer(viewer)) if viewer.found.is_some())
}
