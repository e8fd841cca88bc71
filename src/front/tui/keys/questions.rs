//! Keys of pages that ask.

use crossterm::event::KeyCode::{BackTab, Delete, Down, Enter, Esc, F, Left, PageDown, PageUp, Right, Tab, Up};

use super::Press::{Char, Ctrl, Key};
use super::steps::is_not_applying;
use super::{Action, Binding, Listed, always, bind};
use crate::front::tui::model::{Editor, Form, Model, Part};

pub(super) fn has_step_before(model: &Model) -> bool {
    model.has_home() || model.engine.position().0 > 1
}

pub(super) fn is_walking(model: &Model) -> bool {
    !model.has_home()
}

fn has_slots(model: &Model) -> bool {
    model.form().is_some_and(|f| f.slots(model.draft()).len() > 1)
}

fn is_before_last(model: &Model) -> bool {
    has_slots(model) && !at_last_slot(model)
}

fn can_change(model: &Model) -> bool {
    matches!(focused(model), Some((Editor::YesNo(_) | Editor::Choice { .. } | Editor::Several(_), _)))
}

fn types_entry(model: &Model) -> bool {
    matches!(focused(model), Some((Editor::List { new, .. }, Part::New)) if !new.value().trim().is_empty())
}

fn is_at_entry(model: &Model) -> bool {
    matches!(focused(model), Some((Editor::List { .. }, Part::Entry(_))))
}

fn goes_on(model: &Model) -> bool {
    !types_entry(model) && !is_at_entry(model)
}

fn goes_to_review(model: &Model) -> bool {
    model.has_home() && goes_on(model) && at_last_slot(model)
}

fn can_remove(model: &Model) -> bool {
    matches!(focused(model), Some((Editor::List { .. }, Part::Entry(_))))
}

fn has_typed_password(model: &Model) -> bool {
    let Some((Editor::Passwords(rows), Part::Password(i) | Part::Again(i))) = focused(model) else { return false };
    rows.get(i).is_some_and(|row| row.accepted.is_some() || !row.first.is_empty())
}

fn has_passwords(model: &Model) -> bool {
    matches!(focused(model), Some((Editor::Passwords(_) | Editor::Secret(_), _)))
}

fn has_transcript(model: &Model) -> bool {
    !model.step().live_checks.is_empty()
}

fn focused(model: &Model) -> Option<(&Editor, Part)> {
    let form = model.form()?;
    form.focused().map(|f| (&f.editor, form.focus.part))
}

/// Keys of pages that ask or show.
pub(super) static QUESTIONS: [Binding; 15] = [
    bind(&[Key(Enter)], "Enter", "add", Action::Next, types_entry, Listed::Left),
    bind(&[Key(Enter)], "Enter", "change", Action::Next, is_at_entry, Listed::Left),
    bind(&[Key(Enter)], "Enter", "review", Action::Next, goes_to_review, Listed::Left),
    bind(&[Key(Enter)], "Enter", "next", Action::Next, goes_on, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, has_step_before, Listed::Left),
    bind(&[Ctrl('n')], "Ctrl-N", "next step", Action::NextStep, is_before_last, Listed::Left),
    bind(&[Key(Delete)], "Del", "remove", Action::Remove, can_remove, Listed::Left),
    bind(&[Key(Delete)], "Del", "make one instead", Action::Remove, has_typed_password, Listed::Left),
    bind(&[Key(F(2))], "F2", "show", Action::Reveal, has_passwords, Listed::Left),
    bind(&[Key(Tab), Key(Down)], "Tab", "next field", Action::Move(1), has_slots, Listed::Help),
    bind(&[Key(Up)], "Up", "field before", Action::Move(-1), has_slots, Listed::Help),
    bind(&[Key(BackTab)], "Shift-Tab", "field or step before", Action::FieldOrStepBefore, always, Listed::Help),
    bind(&[Key(PageDown)], "PgDn", "further down", Action::Page(1), always, Listed::Help),
    bind(&[Key(PageUp)], "PgUp", "further up", Action::Page(-1), always, Listed::Help),
    bind(&[Key(F(3))], "F3", "transcript", Action::Transcript, has_transcript, Listed::Left),
];

/// Keys of fields that are chosen; last on the help line, so that the others keep their places as the focus moves.
pub(super) static CHOICES: [Binding; 2] = [
    bind(&[Key(Left)], "Left", "previous choice", Action::Change(-1), can_change, Listed::Help),
    bind(&[Char(' '), Key(Right)], "Space", "change", Action::Change(1), can_change, Listed::Left),
];

pub(super) static STEPS_KEY: [Binding; 1] =
    [bind(&[Key(F(4))], "F4", "steps", Action::Steps, may_wander, Listed::Left)];

/// While a plan is carried out its page stays, so that nothing it is made of changes.
fn may_wander(model: &Model) -> bool {
    !model.has_home() && model.facts_are_known && is_not_applying(model)
}

/// Whether the focus stands on a form's last place, where Enter leaves the step.
pub fn at_last_slot(model: &Model) -> bool {
    let slots = |form: &Form| form.slots(model.draft()).last().is_none_or(|last| *last == form.focus);
    model.form().is_none_or(slots)
}
