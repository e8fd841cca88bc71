//! Keys of the search for a cause.

use crossterm::event::KeyCode::{
    BackTab, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up,
};

use super::Press::{Char, Key};
use super::{Action, Binding, EVERYWHERE, Edge, LIST, Listed, always, bind};
use crate::front::tui::model::{MendState, Model, Stage, applies_the_wish};

/// Keys while the operator says what hurts.
pub(super) static TROUBLE_WORDS: [Binding; 6] = [
    bind(&[Key(Enter)], "Enter", "look", Action::Next, always, Listed::Left),
    bind(&[Key(Down), Key(Tab)], "Down", "choose", Action::Move(1), fits_something, Listed::Left),
    bind(&[Key(Up), Key(BackTab)], "Up", "before", Action::Move(-1), fits_something, Listed::Help),
    bind(&[Key(F(2))], "F2", "list all", Action::Show, always, Listed::Left),
    bind(&[Key(Delete)], "Del", "drop what was pasted", Action::Remove, has_pasted, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, always, Listed::Left),
];

/// Keys of the list of symptoms, and of a question.
pub(super) static TROUBLE_CHOICE: [Binding; 2] = [
    bind(&[Key(Enter)], "Enter", "go on", Action::Next, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, always, Listed::Left),
];

/// Keys while it is looked, and where that failed.
pub(super) static TROUBLE_LOOKS: [Binding; 2] = [
    bind(&[Char('r')], "r", "again", Action::Refresh, has_failed_to_look, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, always, Listed::Left),
];

/// Keys of the verdict.
pub(super) static TROUBLE_VERDICT: [Binding; 9] = [
    bind(&[Char('f')], "f", "fix it", Action::Fix, can_mend, Listed::Left),
    bind(&[Char('c')], "c", "copy", Action::Copy, has_cause, Listed::Left),
    bind(&[Char('w')], "w", "wait no more", Action::Wait, is_waiting, Listed::Left),
    bind(&[Char('w')], "w", "wait for DNS", Action::Wait, can_wait, Listed::Left),
    bind(&[Key(Right), Key(Tab)], "Right", "next cause", Action::Change(1), has_causes, Listed::Left),
    bind(&[Key(Left), Key(BackTab)], "Left", "cause before", Action::Change(-1), has_causes, Listed::Help),
    bind(&[Char('t'), Key(F(3))], "t", "transcripts", Action::Transcript, always, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, always, Listed::Left),
];

/// Keys of a fix.
pub(super) static TROUBLE_FIX: [Binding; 4] = [
    bind(&[Char('a')], "a", "apply", Action::Apply, can_apply_fix, Listed::Left),
    bind(&[Char('u')], "u", "take it back", Action::Undo, can_undo_fix, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, is_fix_over, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, is_not_mending, Listed::Left),
];

/// Keys that scroll.
pub(super) static SCROLL: [Binding; 6] = [
    bind(&[Key(Down)], "Down", "one line", Action::Move(1), always, Listed::Help),
    bind(&[Key(Up)], "Up", "one line back", Action::Move(-1), always, Listed::Help),
    bind(&[Key(PageDown), Char(' ')], "PgDn", "a page on", Action::Page(1), always, Listed::Help),
    bind(&[Key(PageUp)], "PgUp", "a page back", Action::Page(-1), always, Listed::Help),
    bind(&[Key(Home)], "Home", "first", Action::Edge(Edge::First), always, Listed::Help),
    bind(&[Key(End)], "End", "last", Action::Edge(Edge::Last), always, Listed::Help),
];

pub(super) fn trouble_tables(stage: &Stage) -> Vec<&'static [Binding]> {
    match stage {
        Stage::Words => vec![&TROUBLE_WORDS, &EVERYWHERE],
        Stage::List | Stage::Asking(_) => vec![&TROUBLE_CHOICE, &LIST, &EVERYWHERE],
        Stage::Looking | Stage::Checking | Stage::Failed(_) => vec![&TROUBLE_LOOKS, &EVERYWHERE],
        Stage::Verdict => vec![&TROUBLE_VERDICT, &SCROLL, &EVERYWHERE],
        Stage::Mending => vec![&TROUBLE_FIX, &SCROLL, &EVERYWHERE],
    }
}

fn fits_something(model: &Model) -> bool {
    !model.trouble.matches().is_empty()
}

fn has_pasted(model: &Model) -> bool {
    model.trouble.pasted.is_some()
}

fn has_failed_to_look(model: &Model) -> bool {
    matches!(model.trouble.stage, Stage::Failed(_))
}

fn can_mend(model: &Model) -> bool {
    model.trouble.can_mend()
}

fn can_wait(model: &Model) -> bool {
    !is_waiting(model) && model.trouble.can_wait()
}

fn is_waiting(model: &Model) -> bool {
    model.trouble.waiting.is_some()
}

fn has_cause(model: &Model) -> bool {
    model.trouble.concluded().is_some()
}

fn has_causes(model: &Model) -> bool {
    model.trouble.found.as_ref().is_some_and(|found| found.diagnosis.causes.len() > 1)
}

fn can_apply_fix(model: &Model) -> bool {
    model.trouble.mending.state == MendState::Shown
}

fn can_undo_fix(model: &Model) -> bool {
    matches!(model.trouble.mending.state, MendState::Done { applied: true, .. })
        && model.trouble.concluded().is_some_and(applies_the_wish)
}

fn is_fix_over(model: &Model) -> bool {
    is_not_mending(model) && model.trouble.mending.state != MendState::Shown
}

fn is_not_mending(model: &Model) -> bool {
    !matches!(model.trouble.mending.state, MendState::Running | MendState::Undoing)
}
