//! The keys of each page: one table feeds the handler, the help line and the F1 overlay.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::{
    ApplyState, Ask, Editor, Filter, Form, HubPage, MendState, Model, Overlay, Part, Place, Question, Reply, Request,
    ReviewState, Stage, VerifyState, applies_the_wish, is_trouble,
};
use crate::finding::FixKind;
use crate::plan::Edited;
use crate::steps::Page;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Take the answer and go on: to the next field, after the last one to the next step.
    Next,
    /// Take all answers as they stand and go on to the next step.
    NextStep,
    /// Go to the step before.
    Back,
    /// Move the focus or the selection by so many places.
    Move(isize),
    /// Move the focus back, from the first field to the step before: inside tmux Esc takes half a second.
    FieldOrStepBefore,
    /// Move the selection or the text by so many pages.
    Page(isize),
    /// To the first or last line.
    Edge(Edge),
    /// Choose the next or the previous of a few, turn yes into no.
    Change(isize),
    /// Remove the entry that has the focus.
    Remove,
    /// Show or hide passwords.
    Reveal,
    /// Show what the keys and the fields are.
    Help,
    /// Show what was asked and answered.
    Transcript,
    /// Show the list of steps.
    Steps,
    /// Close what lies over the page.
    Close,
    /// Begin a search.
    Search,
    /// Search again.
    SearchAgain,
    /// Show the text outside the alternate screen.
    Plain,
    /// Copy to the terminal's clipboard.
    Copy,
    /// Look again now, or do it again.
    Refresh,
    /// Do all of it again.
    RefreshAll,
    /// Show all of the selected one.
    Show,
    /// Fold or unfold.
    Fold,
    /// Have the selected finding brought in order.
    Fix,
    /// Write to files.
    Write,
    /// Carry the plan out.
    Apply,
    /// Stop carrying it out after the present step.
    StopApply,
    /// Take the last apply back.
    Undo,
    /// Add an account, or a domain.
    Add,
    /// Add an alias.
    AddAlias,
    /// Keep what narrows a list down, and select in it.
    Found,
    /// Drop the changes that are not applied.
    Drop,
    /// Look for the cause of the selected result.
    Why,
    /// Look at DNS until the records are there, or no more.
    Wait,
    /// Choose what becomes of the selected file that was changed by hand.
    Edited(Edited),
    /// Give the terminal back for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Leave,
}

/// Either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The first line.
    First,
    /// The last line.
    Last,
}

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

use KeyCode::{BackTab, Delete, Down, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right, Tab, Up};
use Press::{Char, Ctrl, Key};

fn always(_: &Model) -> bool {
    true
}

fn has_step_before(model: &Model) -> bool {
    model.has_home() || model.engine.position().0 > 1
}

fn is_walking(model: &Model) -> bool {
    !model.has_home()
}

fn has_unapplied_changes(model: &Model) -> bool {
    model.hub.is_changed
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

/// Keys of every page.
static EVERYWHERE: [Binding; 4] = [
    bind(&[Key(F(1))], "F1", "help", Action::Help, always, Listed::Right),
    bind(&[Ctrl('z')], "Ctrl-Z", "suspend", Action::Suspend, always, Listed::Help),
    bind(&[Ctrl('l')], "Ctrl-L", "draw again", Action::Redraw, always, Listed::Help),
    bind(&[Ctrl('c')], "Ctrl-C", "quit", Action::Leave, always, Listed::Right),
];

/// Keys of pages that ask or show.
static QUESTIONS: [Binding; 15] = [
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
static CHOICES: [Binding; 2] = [
    bind(&[Key(Left)], "Left", "previous choice", Action::Change(-1), can_change, Listed::Help),
    bind(&[Char(' '), Key(Right)], "Space", "change", Action::Change(1), can_change, Listed::Left),
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

static DNS: [Binding; 7] = [
    bind(&[Key(Enter)], "Enter", "go on", Action::Next, is_walking, Listed::Left),
    bind(&[Char('c')], "c", "copy", Action::Copy, has_record, Listed::Left),
    bind(&[Char('s')], "s", "plain page", Action::Plain, has_record, Listed::Left),
    bind(&[Char('w')], "w", "write files", Action::Write, has_record, Listed::Left),
    bind(&[Char('t'), Key(F(3))], "t", "transcript", Action::Transcript, has_record, Listed::Left),
    bind(&[Char('r')], "r", "look now", Action::Refresh, always, Listed::Help),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, has_step_before, Listed::Help),
];

static REVIEW: [Binding; 9] = [
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

static APPLY: [Binding; 6] = [
    bind(&[Key(Enter)], "Enter", "next", Action::Next, has_applied, Listed::Left),
    bind(&[Char('r')], "r", "continue", Action::Refresh, can_apply_again, Listed::Left),
    bind(&[Char('c')], "c", "stop after this step", Action::StopApply, can_stop, Listed::Left),
    bind(&[Char('u')], "u", "undo", Action::Undo, can_undo, Listed::Left),
    bind(&[Char('t'), Key(F(3))], "t", "transcript", Action::Transcript, has_lines, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, is_not_applying, Listed::Left),
];

static VERIFY: [Binding; 8] = [
    bind(&[Char('n')], "n", "next step", Action::Next, is_walking, Listed::Left),
    bind(&[Char('f')], "f", "fix it", Action::Fix, has_automatic_fix, Listed::Left),
    bind(&[Char('w')], "w", "why?", Action::Why, is_trouble_selected, Listed::Left),
    bind(&[Key(Enter)], "Enter", "transcript", Action::Show, has_result, Listed::Left),
    bind(&[Char(' '), Key(Left), Key(Right)], "Space", "fold", Action::Fold, has_result, Listed::Left),
    bind(&[Char('r')], "r", "again", Action::Refresh, has_result, Listed::Left),
    bind(&[Char('R')], "R", "all again", Action::RefreshAll, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, has_step_before, Listed::Help),
];

static CLIENTS: [Binding; 7] = [
    bind(&[Key(Enter)], "Enter", "finish", Action::Next, is_walking, Listed::Left),
    bind(&[Key(Right), Char(' ')], "Right", "next account", Action::Change(1), has_sheets, Listed::Left),
    bind(&[Key(Left)], "Left", "account before", Action::Change(-1), has_sheets, Listed::Help),
    bind(&[Key(F(2))], "F2", "password", Action::Reveal, has_made_password, Listed::Left),
    bind(&[Char('c')], "c", "copy it", Action::Copy, has_made_password, Listed::Left),
    bind(&[Char('w')], "w", "write profile", Action::Write, has_sheet, Listed::Left),
    bind(&[Char('s')], "s", "plain page", Action::Plain, has_sheet, Listed::Left),
];

static CLIENTS_BACK: [Binding; 3] = [
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

fn is_not_applying(model: &Model) -> bool {
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

/// Keys of every page that was opened from home.
static WAY_BACK: [Binding; 1] = [bind(&[Key(Esc)], "Esc", "back", Action::Back, leads_home, Listed::Left)];

fn leads_home(model: &Model) -> bool {
    model.has_home() && model.place != Place::Hub && is_not_applying(model)
}

/// Keys of the hub.
static HUB: [Binding; 6] = [
    bind(&[Key(Enter)], "Enter", "open", Action::Next, always, Listed::Left),
    bind(&[Char('x')], "x", "drop what is not applied", Action::Drop, has_unapplied_changes, Listed::Left),
    bind(&[Char('/')], "/", "search", Action::Search, always, Listed::Left),
    bind(&[Char('u')], "u", "undo last change", Action::Undo, always, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, always, Listed::Left),
    bind(&[Char('q')], "q", "quit", Action::Leave, always, Listed::Help),
];

/// Keys of the list of accounts and aliases.
static ACCOUNTS: [Binding; 6] = [
    bind(&[Key(Enter)], "Enter", "open", Action::Next, is_at_account, Listed::Left),
    bind(&[Char('n')], "n", "new account", Action::Add, always, Listed::Left),
    bind(&[Char('l')], "l", "new alias", Action::AddAlias, always, Listed::Left),
    bind(&[Char('/')], "/", "search", Action::Search, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "list all", Action::Close, is_narrowed, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, always, Listed::Help),
];

/// Keys of the list of domains.
static DOMAINS: [Binding; 4] = [
    bind(&[Key(Enter)], "Enter", "open", Action::Next, always, Listed::Left),
    bind(&[Char('n')], "n", "new domain", Action::Add, always, Listed::Left),
    bind(&[Char('/')], "/", "search", Action::Search, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "list all", Action::Close, is_narrowed, Listed::Left),
];

/// Keys while a part of a name is typed.
static FILTER: [Binding; 4] = [
    bind(&[Key(Enter)], "Enter", "choose", Action::Found, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "list all", Action::Close, always, Listed::Left),
    bind(&[Key(Down)], "Down", "next", Action::Move(1), always, Listed::Help),
    bind(&[Key(Up)], "Up", "before", Action::Move(-1), always, Listed::Help),
];

fn filter(model: &Model) -> Option<&Filter> {
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
static ASK: [Binding; 8] = [
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
static CERTIFICATE: [Binding; 2] = [
    bind(&[Char('i')], "i", "get a new one now", Action::Apply, can_issue, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, can_issue, Listed::Left),
];

fn can_issue(model: &Model) -> bool {
    !model.hub.certificate.is_at_work
}

/// Keys of a domain's DKIM keys.
static DKIM: [Binding; 2] = [
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
static HISTORY: [Binding; 3] = [
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
static TIMERS: [Binding; 1] =
    [bind(&[Char(' '), Key(Left), Key(Right)], "Space", "switch", Action::Change(1), can_switch, Listed::Left)];

fn can_switch(model: &Model) -> bool {
    model.timer_rows().get(model.hub.timer).is_some_and(|row| row.switch.is_some())
}

/// Keys of a page that is only read.
static TEXT: [Binding; 2] = [
    bind(&[Key(PageDown), Key(Down)], "PgDn", "further down", Action::Page(1), always, Listed::Help),
    bind(&[Key(PageUp), Key(Up)], "PgUp", "further up", Action::Page(-1), always, Listed::Help),
];

/// Keys of a menu.
static ENTRIES: [Binding; 1] = [bind(&[Key(Enter)], "Enter", "open", Action::Next, always, Listed::Left)];

/// Keys while the operator says what hurts.
static TROUBLE_WORDS: [Binding; 6] = [
    bind(&[Key(Enter)], "Enter", "look", Action::Next, always, Listed::Left),
    bind(&[Key(Down), Key(Tab)], "Down", "choose", Action::Move(1), fits_something, Listed::Left),
    bind(&[Key(Up), Key(BackTab)], "Up", "before", Action::Move(-1), fits_something, Listed::Help),
    bind(&[Key(F(2))], "F2", "list all", Action::Show, always, Listed::Left),
    bind(&[Key(Delete)], "Del", "drop what was pasted", Action::Remove, has_pasted, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, always, Listed::Left),
];

/// Keys of the list of symptoms, and of a question.
static TROUBLE_CHOICE: [Binding; 2] = [
    bind(&[Key(Enter)], "Enter", "go on", Action::Next, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, always, Listed::Left),
];

/// Keys while it is looked, and where that failed.
static TROUBLE_LOOKS: [Binding; 2] = [
    bind(&[Char('r')], "r", "again", Action::Refresh, has_failed_to_look, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, always, Listed::Left),
];

/// Keys of the verdict.
static TROUBLE_VERDICT: [Binding; 9] = [
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
static TROUBLE_FIX: [Binding; 4] = [
    bind(&[Char('a')], "a", "apply", Action::Apply, can_apply_fix, Listed::Left),
    bind(&[Char('u')], "u", "take it back", Action::Undo, can_undo_fix, Listed::Left),
    bind(&[Char('r')], "r", "look again", Action::Refresh, is_fix_over, Listed::Left),
    bind(&[Key(Esc)], "Esc", "back", Action::Back, is_not_mending, Listed::Left),
];

/// Keys that scroll.
static SCROLL: [Binding; 6] = [
    bind(&[Key(Down)], "Down", "one line", Action::Move(1), always, Listed::Help),
    bind(&[Key(Up)], "Up", "one line back", Action::Move(-1), always, Listed::Help),
    bind(&[Key(PageDown), Char(' ')], "PgDn", "a page on", Action::Page(1), always, Listed::Help),
    bind(&[Key(PageUp)], "PgUp", "a page back", Action::Page(-1), always, Listed::Help),
    bind(&[Key(Home)], "Home", "first", Action::Edge(Edge::First), always, Listed::Help),
    bind(&[Key(End)], "End", "last", Action::Edge(Edge::Last), always, Listed::Help),
];

fn trouble_tables(stage: &Stage) -> Vec<&'static [Binding]> {
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

static STEPS_KEY: [Binding; 1] = [bind(&[Key(F(4))], "F4", "steps", Action::Steps, may_wander, Listed::Left)];

/// While a plan is carried out its page stays, so that nothing it is made of changes.
fn may_wander(model: &Model) -> bool {
    !model.has_home() && model.facts_are_known && is_not_applying(model)
}

/// Keys of the F1 overlay.
static HELP: [Binding; 3] = [
    bind(&[Key(Esc), Key(Enter), Key(F(1)), Char('q')], "Esc", "close", Action::Close, always, Listed::Left),
    bind(&[Key(Down), Key(PageDown)], "Down", "further", Action::Page(1), always, Listed::Left),
    bind(&[Key(Up), Key(PageUp)], "Up", "back", Action::Page(-1), always, Listed::Left),
];

/// Keys of the list of made passwords.
static PASSWORDS: [Binding; 4] = [
    bind(&[Key(Esc), Key(Enter), Key(F(2)), Char('q')], "Esc", "close", Action::Close, always, Listed::Left),
    bind(&[Char('s')], "s", "plain page", Action::Plain, always, Listed::Left),
    bind(&[Key(Down), Key(PageDown)], "Down", "further", Action::Page(1), always, Listed::Left),
    bind(&[Key(Up), Key(PageUp)], "Up", "back", Action::Page(-1), always, Listed::Left),
];

/// Keys of the list of steps.
static STEP_LIST: [Binding; 4] = [
    bind(&[Key(Enter)], "Enter", "go there", Action::Next, always, Listed::Left),
    bind(&[Key(Esc), Key(F(4)), Char('q')], "Esc", "close", Action::Close, always, Listed::Left),
    bind(&[Key(Down), Key(Tab)], "Down", "next", Action::Move(1), always, Listed::Help),
    bind(&[Key(Up), Key(BackTab)], "Up", "before", Action::Move(-1), always, Listed::Help),
];

/// Keys of text to read.
static VIEWER: [Binding; 10] = [
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
static SEARCH: [Binding; 2] = [
    bind(&[Key(Enter)], "Enter", "search", Action::Next, always, Listed::Left),
    bind(&[Key(Esc)], "Esc", "close", Action::Close, always, Listed::Left),
];

/// Keys of the plain page.
static PLAIN: [Binding; 1] =
    [bind(&[Key(Enter), Key(Esc), Char('q')], "Enter", "return", Action::Close, always, Listed::Left)];

fn has_search(model: &Model) -> bool {
    matches!(&model.overlay, Some(Overlay::Viewer(viewer)) if viewer.found.is_some())
}

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

fn step_tables(page: Page) -> Vec<&'static [Binding]> {
    match page {
        Page::Questions | Page::Preflight | Page::CutOver => vec![&QUESTIONS, &STEPS_KEY, &CHOICES, &EVERYWHERE],
        Page::Dns => vec![&DNS, &LIST, &STEPS_KEY, &EVERYWHERE],
        Page::Review => vec![&REVIEW, &LIST, &STEPS_KEY, &EVERYWHERE],
        Page::Apply => vec![&APPLY, &LIST, &STEPS_KEY, &EVERYWHERE],
        Page::Verify => vec![&VERIFY, &LIST, &STEPS_KEY, &EVERYWHERE],
        Page::Clients => vec![&CLIENTS, &CLIENTS_BACK, &STEPS_KEY, &EVERYWHERE],
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

/// Whether the focus stands on a form's last place, where Enter leaves the step.
pub fn at_last_slot(model: &Model) -> bool {
    let slots = |form: &Form| form.slots(model.draft()).last().is_none_or(|last| *last == form.focus);
    model.form().is_none_or(slots)
}
