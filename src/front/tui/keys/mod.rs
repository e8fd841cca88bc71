//! The keys of each page: one table feeds the handler, the help line and the F1 overlay.

mod action;
mod home;
mod overlay;
mod questions;
mod steps;
mod trouble;

use KeyCode::{BackTab, Down, End, F, Home, PageDown, PageUp, Tab, Up};
use Press::{Char, Ctrl, Key};
pub use action::{Action, Edge};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use home::{ACCOUNTS, ASK, CERTIFICATE, DKIM, DOMAINS, ENTRIES, FILTER, HISTORY, HUB, TEXT, TIMERS, WAY_BACK, filter};
use overlay::{HELP, PASSWORDS, PLAIN, SEARCH, STEP_LIST, VIEWER};
pub use questions::at_last_slot;
use steps::step_tables;
use trouble::trouble_tables;

use super::model::{HubPage, Model, Overlay, Place};

/// One line of a table of keys.
pub struct Binding {
    /// The keys.
    pub keys: &'static [Press],
    /// How they are written.
    pub label: &'static str,
    /// What they do, a word or two.
    pub does: &'static str,
    /// What they mean.
    pub action: Action,
    /// Whether they work now.
    pub works: fn(&Model) -> bool,
    /// Where they are listed.
    pub listed: Listed,
}

/// A key as it is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Press {
    /// A key that is not a character.
    Key(KeyCode),
    /// A character; a command only while no text is typed.
    Char(char),
    /// A character with Ctrl.
    Ctrl(char),
}

/// Where a key is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// On the help line, from the left.
    Left,
    /// On the help line, at the right.
    Right,
    /// Only in the F1 overlay.
    Help,
}

const fn bind(
    keys: &'static [Press],
    label: &'static str,
    does: &'static str,
    action: Action,
    works: fn(&Model) -> bool,
    listed: Listed,
) -> Binding {
    Binding { keys, label, does, action, works, listed }
}

fn always(_: &Model) -> bool {
    true
}

/// Keys of every page.
static EVERYWHERE: [Binding; 4] = [
    bind(&[Key(F(1))], "F1", "help", Action::Help, always, Listed::Right),
    bind(&[Ctrl('z')], "Ctrl-Z", "suspend", Action::Suspend, always, Listed::Help),
    bind(&[Ctrl('l')], "Ctrl-L", "draw again", Action::Redraw, always, Listed::Help),
    bind(&[Ctrl('c')], "Ctrl-C", "quit", Action::Leave, always, Listed::Right),
];

/// Keys of every list.
static LIST: [Binding; 6] = [
    bind(&[Key(Down), Key(Tab)], "Down", "next", Action::Move(1), always, Listed::Help),
    bind(&[Key(Up), Key(BackTab)], "Up", "before", Action::Move(-1), always, Listed::Help),
    bind(&[Key(PageDown)], "PgDn", "a page on", Action::Page(1), always, Listed::Help),
    bind(&[Key(PageUp)], "PgUp", "a page back", Action::Page(-1), always, Listed::Help),
    bind(&[Key(Home)], "Home", "first", Action::Edge(Edge::First), always, Listed::Help),
    bind(&[Key(End)], "End", "last", Action::Edge(Edge::Last), always, Listed::Help),
];

/// The tables that are in force, the first one winning.
pub fn tables(model: &Model) -> Vec<&'static [Binding]> {
    if model.plain_page {
        return vec![&PLAIN, &EVERYWHERE];
    }
    match &model.overlay {
        Some(Overlay::Help { .. }) => vec![&HELP, &EVERYWHERE],
        Some(Overlay::Passwords { .. }) => vec![&PASSWORDS, &EVERYWHERE],
        Some(Overlay::Steps { .. }) => vec![&STEP_LIST, &EVERYWHERE],
        Some(Overlay::Viewer(viewer)) if viewer.search.is_some() => vec![&SEARCH, &EVERYWHERE],
        Some(Overlay::Viewer(_)) => vec![&VIEWER, &EVERYWHERE],
        None => page_tables(model),
    }
}

/// The tables of the page when nothing lies over it.
pub fn page_tables(model: &Model) -> Vec<&'static [Binding]> {
    match model.place {
        Place::Walk => step_tables(model.step().page),
        Place::Hub => vec![&HUB, &LIST, &EVERYWHERE],
        Place::Page(HubPage::Accounts | HubPage::Domains) if filter(model).is_some_and(|f| f.is_typed) => {
            vec![&FILTER, &EVERYWHERE]
        }
        Place::Page(HubPage::Accounts) => vec![&ACCOUNTS, &WAY_BACK, &LIST, &EVERYWHERE],
        Place::Page(HubPage::Domains) => vec![&DOMAINS, &WAY_BACK, &LIST, &EVERYWHERE],
        Place::Page(HubPage::Served) => vec![&ENTRIES, &WAY_BACK, &LIST, &EVERYWHERE],
        Place::Page(HubPage::Ask) => vec![&ASK, &EVERYWHERE],
        Place::Page(HubPage::Settings) => vec![&ENTRIES, &WAY_BACK, &LIST, &EVERYWHERE],
        Place::Page(HubPage::History) => vec![&HISTORY, &WAY_BACK, &LIST, &EVERYWHERE],
        Place::Page(HubPage::Timers) => vec![&TIMERS, &WAY_BACK, &LIST, &EVERYWHERE],
        Place::Page(HubPage::Dkim) => vec![&DKIM, &WAY_BACK, &LIST, &EVERYWHERE],
        Place::Page(HubPage::Certificate) => vec![&CERTIFICATE, &WAY_BACK, &TEXT, &EVERYWHERE],
        Place::Page(HubPage::Trouble) => trouble_tables(&model.trouble.stage),
        Place::Step(_) => {
            let mut tables: Vec<&'static [Binding]> = vec![&WAY_BACK];
            tables.extend(step_tables(model.step().page));
            tables
        }
    }
}

/// The bindings that work now, in order, without those that text input hides.
pub fn working(model: &Model) -> impl Iterator<Item = &'static Binding> {
    let takes_text = model.takes_text();
    tables(model)
        .into_iter()
        .flatten()
        .filter(move |b| (b.works)(model) && !(takes_text && b.keys.iter().all(|k| matches!(k, Char(_)))))
}

/// What this key means now; `None`: nothing, or it is text.
pub fn action(model: &Model, key: KeyEvent) -> Option<Action> {
    let takes_text = model.takes_text();
    let pressed = |press: &Press| match *press {
        Key(code) => key.code == code,
        Char(c) => !takes_text && key.code == KeyCode::Char(c) && !is_chord(key),
        Ctrl(c) => key.code == KeyCode::Char(c) && key.modifiers.contains(KeyModifiers::CONTROL),
    };
    tables(model).into_iter().flatten().find(|b| (b.works)(model) && b.keys.iter().any(pressed)).map(|b| b.action)
}

/// Whether Ctrl or Alt is held.
fn is_chord(key: KeyEvent) -> bool {
    key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}
