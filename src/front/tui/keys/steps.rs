//! Keys of steps that show and do: records, review, apply, checks, client settings.

use crossterm::event::KeyCode::{Down, Enter, Esc, F, Left, PageDown, PageUp, Right, Up};

use super::Press::{Char, Key};
use super::questions::{CHOICES, QUESTIONS, STEPS_KEY, has_step_before, is_walking};
use super::{Action, Binding, EVERYWHERE, LIST, Listed, always, bind};
use crate::finding::FixKind;
use crate::front::tui::model::{ApplyState, Model, Request, ReviewState, VerifyState, is_trouble};
use crate::plan::Edited;
use crate::steps::Page;

pub(super) static DNS: [Binding; 7] = [
    bind(&[Key(Enter)], "Enter", "go on", Action::Next, is_walking, Listed::Left),
    bind(&[Char('c')], "c", "copy", Action::Copy, has_record, Listed::Left),
    bind(&[Char('s')], "s", "plain page", Action::Plain, has_record, Listed::Left),
    bind(&[Char('w')], "w", "write files", Action::Write, has_record, Listed::Left),
    bind(&[Char('t'), Key(F(3))], "t", "transcript", Action::Transcript, has_record, Listed::Left),
    bind(&[Char('r')], "r", "look now", Action::Refresh, always, Listed::Help),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, has_step_before, Listed::Help),
];

pub(super) static REVIEW: [Binding; 9] = [
    bind(&[Char('a')], "a", "apply", Action::Apply, can_apply, Listed::Left),
    bind(&[Char('k')], "k", "keep yours", Action::Edited(Edited::Keep), is_edited, Listed::Left),
    bind(&[Char('m')], "m", "merge", Action::Edited(Edited::Merge), can_merge, Listed::Left),
    bind(&[Char('o')], "o", "write ours", Action::Edited(Edited::Replace), is_edited, Listed::Left),
    bind(&[Key(Enter)], "Enter", "show", Action::Show, has_item, Listed::Left),
    bind(&[Key(F(2))], "F2", "passwords", Action::Reveal, has_made_passwords, Listed::Left),
    bind(&[Char('S')], "S", "save answers", Action::Write, always, Listed::Left),
    bind(&[Char('r')], "r", "compare again", Action::Refresh, always, Listed::Help),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, has_step_before, Listed::Left),
];

pub(super) static APPLY: [Binding; 6] = [
    bind(&[Key(Enter)], "Enter", "next", Action::Next, has_applied, Listed::Left),
    bind(&[Char('r')], "r", "continue", Action::Refresh, can_apply_again, Listed::Left),
    bind(&[Char('c')], "c", "stop after this step", Action::StopApply, can_stop, Listed::Left),
    bind(&[Char('u')], "u", "undo", Action::Undo, can_undo, Listed::Left),
    bind(&[Char('t'), Key(F(3))], "t", "transcript", Action::Transcript, has_lines, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, is_not_applying, Listed::Left),
];

pub(super) static VERIFY: [Binding; 8] = [
    bind(&[Char('n')], "n", "next step", Action::Next, is_walking, Listed::Left),
    bind(&[Char('f')], "f", "fix it", Action::Fix, has_automatic_fix, Listed::Left),
    bind(&[Char('w')], "w", "why?", Action::Why, is_trouble_selected, Listed::Left),
    bind(&[Key(Enter)], "Enter", "transcript", Action::Show, has_result, Listed::Left),
    bind(&[Char(' '), Key(Left), Key(Right)], "Space", "fold", Action::Fold, has_result, Listed::Left),
    bind(&[Char('r')], "r", "again", Action::Refresh, has_result, Listed::Left),
    bind(&[Char('R')], "R", "all again", Action::RefreshAll, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, has_step_before, Listed::Help),
];

pub(super) static CLIENTS: [Binding; 7] = [
    bind(&[Key(Enter)], "Enter", "finish", Action::Next, is_walking, Listed::Left),
    bind(&[Key(Right), Char(' ')], "Right", "next account", Action::Change(1), has_sheets, Listed::Left),
    bind(&[Key(Left)], "Left", "account before", Action::Change(-1), has_sheets, Listed::Help),
    bind(&[Key(F(2))], "F2", "password", Action::Reveal, has_made_password, Listed::Left),
    bind(&[Char('c')], "c", "copy it", Action::Copy, has_made_password, Listed::Left),
    bind(&[Char('w')], "w", "write profile", Action::Write, has_sheet, Listed::Left),
    bind(&[Char('s')], "s", "plain page", Action::Plain, has_sheet, Listed::Left),
];

pub(super) static CLIENTS_BACK: [Binding; 3] = [
    bind(&[Key(Esc)], "Esc", "back", Action::Back, has_step_before, Listed::Help),
    bind(&[Key(PageDown), Key(Down)], "PgDn", "further down", Action::Page(1), always, Listed::Help),
    bind(&[Key(PageUp), Key(Up)], "PgUp", "further up", Action::Page(-1), always, Listed::Help),
];

fn has_record(model: &Model) -> bool {
    model.dns.row().is_some()
}

fn has_item(model: &Model) -> bool {
    matches!(&model.review.state, ReviewState::Ready(review) if !review.items.is_empty())
}

fn has_made_passwords(model: &Model) -> bool {
    model.made_passwords().next().is_some()
}

/// Whether a file that was edited by hand is selected.
fn is_edited(model: &Model) -> bool {
    model.review.edit().is_some()
}

fn can_merge(model: &Model) -> bool {
    model.review.edit().is_some_and(|edit| edit.can_be_merged)
}

fn can_apply(model: &Model) -> bool {
    matches!(&model.review.state, ReviewState::Ready(review) if review.open_edits() == 0)
}

fn has_applied(model: &Model) -> bool {
    matches!(model.apply.state, ApplyState::Ended { well: true, .. })
}

fn can_apply_again(model: &Model) -> bool {
    matches!(model.apply.state, ApplyState::Ended { well: false, .. }) && !model.apply.undoes
}

fn can_stop(model: &Model) -> bool {
    model.apply.state == ApplyState::Running && !model.apply.undoes && model.apply.request != Request::Stop
}

fn can_undo(model: &Model) -> bool {
    match model.apply.state {
        ApplyState::Ended { well, .. } => !(well && model.apply.undoes),
        ApplyState::Idle | ApplyState::Running => false,
    }
}

pub(super) fn is_not_applying(model: &Model) -> bool {
    model.apply.state != ApplyState::Running
}

fn has_lines(model: &Model) -> bool {
    !model.apply.lines.is_empty()
}

fn has_result(model: &Model) -> bool {
    model.verify.row().is_some()
}

fn has_automatic_fix(model: &Model) -> bool {
    let fix = model.verify.result().and_then(|r| r.finding.fix.as_ref());
    model.verify.state != VerifyState::Running && fix.is_some_and(|fix| fix.kind == FixKind::Automatic)
}

fn is_trouble_selected(model: &Model) -> bool {
    model.verify.state != VerifyState::Running && model.verify.result().is_some_and(is_trouble)
}

fn has_sheet(model: &Model) -> bool {
    model.clients.sheet().is_some()
}

fn has_sheets(model: &Model) -> bool {
    model.clients.sheets.as_ref().is_some_and(|s| s.len() > 1)
}

fn has_made_password(model: &Model) -> bool {
    model.clients.sheet().is_some_and(|s| s.made_password().is_some())
}

pub(super) fn step_tables(page: Page) -> Vec<&'static [Binding]> {
    match page {
        Page::Questions | Page::Preflight | Page::CutOver => vec![&QUESTIONS, &STEPS_KEY, &CHOICES, &EVERYWHERE],
        Page::Dns => vec![&DNS, &LIST, &STEPS_KEY, &EVERYWHERE],
        Page::Review => vec![&REVIEW, &LIST, &STEPS_KEY, &EVERYWHERE],
        Page::Apply => vec![&APPLY, &LIST, &STEPS_KEY, &EVERYWHERE],
        Page::Verify => vec![&VERIFY, &LIST, &STEPS_KEY, &EVERYWHERE],
        Page::Clients => vec![&CLIENTS, &CLIENTS_BACK, &STEPS_KEY, &EVERYWHERE],
    }
}
