//! Typing into fields, taking answers, and the checks that run beside them.

use std::path::Path;

use crossterm::event::{Event, KeyCode, KeyModifiers};
use tui_input::backend::crossterm::EventHandler;
use tui_input::{Input, InputRequest};

use super::walk::refresh_form;
use super::{Effect, Promptness, keep};
use crate::front::tui::model::{Editor, FieldEditor, Form, LiveState, Model, Part, PasswordInput};
use crate::front::tui::msg::Notice;
use crate::front::wizard::answer_with;
use crate::keys::csv_import::ImportedAccount;
use crate::printable::printable;
use crate::steps::{Draft, Kind, Page, Value};

/// The longest line that can be typed, in bytes: longer than any name, shorter than an attack.
const LONGEST_LINE: usize = 2000;

fn form(model: &mut Model) -> Option<&mut Form> {
    let id = model.step().id;
    model.forms.get_mut(id)
}

/// A key that is no command goes into the focused field.
pub(super) fn type_key(model: &mut Model, event: &Event) -> Vec<Effect> {
    let Some(form) = form(model) else { return Vec::new() };
    let part = form.focus.part;
    let Some(field) = form.focused_mut() else { return Vec::new() };
    let changed = match (&mut field.editor, part) {
        (Editor::Text(input), _) | (Editor::List { new: input, .. }, Part::New) => type_line(input, event),
        (Editor::Secret(input), _) => type_password(input, event),
        (Editor::Passwords(rows), Part::Password(i)) => {
            rows.get_mut(i).is_some_and(|row| type_password(&mut row.first, event))
        }
        (Editor::Passwords(rows), Part::Again(i)) => {
            rows.get_mut(i).is_some_and(|row| type_password(&mut row.again, event))
        }
        _ => false,
    };
    if changed { was_changed(model) } else { Vec::new() }
}

/// `true` when the text changed, not only the cursor.
fn type_line(input: &mut Input, event: &Event) -> bool {
    let longer = matches!(event, Event::Key(key) if matches!(key.code, KeyCode::Char(_)));
    if longer && input.value().len() >= LONGEST_LINE {
        return false;
    }
    input.handle_event(event).is_some_and(|change| change.value)
}

fn type_password(input: &mut PasswordInput, event: &Event) -> bool {
    let Event::Key(key) = event else { return false };
    match key.code {
        KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => input.clear(),
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => input.push(c),
        KeyCode::Backspace => input.pop(),
        _ => return false,
    }
    true
}

/// Pasted text: line breaks separate entries of a list and are spaces elsewhere; other control characters are left out,
/// except in passwords, where they are refused with a sentence.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    let Some(form) = form(model) else { return Vec::new() };
    let part = form.focus.part;
    let Some(field) = form.focused_mut() else { return Vec::new() };
    match (&mut field.editor, part) {
        (Editor::Text(input), _) => insert(input, &one_line(text)),
        (Editor::List { new, .. }, Part::New) => {
            let mut lines: Vec<String> =
                text.split(['\n', '\r']).map(|l| one_line(l).trim().to_owned()).filter(|l| !l.is_empty()).collect();
            let last = lines.pop().unwrap_or_default();
            if lines.is_empty() {
                insert(new, &last);
            } else {
                lines.push(last);
                return add_lines(model, lines);
            }
        }
        (Editor::Secret(input), _) => text.trim_end_matches(['\n', '\r']).chars().for_each(|c| input.push(c)),
        (Editor::Passwords(rows), Part::Password(i) | Part::Again(i)) => {
            let Some(row) = rows.get_mut(i) else { return Vec::new() };
            let input = if matches!(part, Part::Again(_)) { &mut row.again } else { &mut row.first };
            text.trim_end_matches(['\n', '\r']).chars().for_each(|c| input.push(c));
        }
        _ => return Vec::new(),
    }
    was_changed(model)
}

fn one_line(text: &str) -> String {
    let spaced = text.trim_end_matches(['\n', '\r']).replace("\r\n", " ").replace(['\n', '\r', '\t'], " ");
    spaced.chars().filter(|c| !c.is_control()).collect()
}

fn insert(input: &mut Input, text: &str) {
    let room = LONGEST_LINE.saturating_sub(input.value().len());
    for c in text.chars().take(room) {
        input.handle(InputRequest::InsertChar(c));
    }
}

/// Adds each line to the list by itself, so that one wrong line does not refuse the others.
fn add_lines(model: &mut Model, lines: Vec<String>) -> Vec<Effect> {
    let mut refused = Vec::new();
    let (mut first_error, mut effects) = (None, Vec::new());
    for line in lines {
        set_new_line(model, &line);
        effects.extend(take_list_entry(model).unwrap_or_default());
        if let Some(error) = focused_error(model) {
            first_error.get_or_insert(error);
            refused.push(line);
        }
    }
    set_new_line(model, &refused.join(" "));
    if let Some(field) = form(model).and_then(Form::focused_mut) {
        field.error = first_error;
    }
    effects
}

fn set_new_line(model: &mut Model, line: &str) {
    if let Some(field) = form(model).and_then(Form::focused_mut) {
        set_line(field, line);
    }
}

fn set_line(field: &mut FieldEditor, line: &str) {
    if let Editor::List { new, .. } = &mut field.editor {
        *new = Input::new(line.to_owned());
    }
}

/// After the text of the focused field changed.
fn was_changed(model: &mut Model) -> Vec<Effect> {
    model.problems.clear();
    let draft = model.engine.draft.clone();
    if let Some(field) = form(model).and_then(Form::focused_mut) {
        field.touched = true;
        field.source = None;
        if field.error.is_some() {
            // Once a sentence is there it goes as soon as it is no longer true.
            field.error = refusal(field, &draft);
        }
    }
    check_live(model, Promptness::AfterPause)
}

/// Why the draft would not take the field's answer as it stands.
fn refusal(field: &FieldEditor, draft: &Draft) -> Option<String> {
    match field.value() {
        Err(sentence) => Some(sentence),
        Ok(None) => None,
        Ok(Some(value)) => (field.field.set)(&mut draft.clone(), value).err(),
    }
}

/// Chooses the next or the previous of a few; turns a yes into a no.
pub(super) fn change(model: &mut Model, by: isize) -> Vec<Effect> {
    let Some(form) = form(model) else { return Vec::new() };
    let part = form.focus.part;
    let Some(field) = form.focused_mut() else { return Vec::new() };
    match (&mut field.editor, part) {
        (Editor::YesNo(yes), _) => *yes = Some(!yes.unwrap_or(false)),
        (Editor::Choice { choices, chosen }, _) => {
            let count = choices.len() as isize;
            *chosen = match *chosen {
                Some(now) if count > 0 => usize::try_from((now as isize + by).rem_euclid(count)).ok(),
                _ => Some(0),
            };
        }
        (Editor::Several(items), Part::Entry(i)) => {
            if let Some((_, yes)) = items.get_mut(i) {
                *yes = !*yes;
            }
        }
        _ => return Vec::new(),
    }
    field.touched = true;
    field.source = None;
    model.problems.clear();
    accept_focused(model);
    check_live(model, Promptness::AtOnce)
}

/// Enter in a list: takes what was typed, or begins to change the entry that has the focus. `None` when Enter means to
/// go on.
pub(super) fn take_list_entry(model: &mut Model) -> Option<Vec<Effect>> {
    let form = form(model)?;
    let slot = form.focus;
    let FieldEditor { field, editor: Editor::List { entries, new, changes }, .. } = form.focused_mut()? else {
        return None;
    };
    let takes_files = matches!(field.kind, Kind::List { takes_files: true, .. });
    match slot.part {
        Part::Entry(i) => {
            *new = Input::new(entries.get(i)?.clone());
            *changes = Some(i);
            form.focus.part = Part::New;
            Some(Vec::new())
        }
        Part::New if takes_files && new.value().trim_start().starts_with('/') => {
            Some(vec![Effect::ReadAccounts(new.value().trim().into())])
        }
        Part::New if !new.value().trim().is_empty() => {
            accept_focused(model);
            model.problems.clear();
            // A line that was taken is kept at once: the terminal may be gone the next moment.
            let mut effects: Vec<Effect> = keep(model).into_iter().collect();
            effects.extend(check_live(model, Promptness::AtOnce));
            Some(effects)
        }
        _ => None,
    }
}

/// Accounts that were read from the file which stands in the line of a list.
pub(super) fn take_accounts(model: &mut Model, path: &Path, accounts: Result<Vec<ImportedAccount>, String>) {
    let takes_files = |field: &&mut FieldEditor| matches!(field.field.kind, Kind::List { takes_files: true, .. });
    let Some(field) = form(model).and_then(|form| form.fields.iter_mut().find(takes_files)) else { return };
    let question = field.field;
    let taken = accounts.and_then(|accounts| {
        let count = accounts.len();
        answer_with(&mut model.engine.draft, question, accounts).map(|()| count)
    });
    let Some(field) = form(model).and_then(|form| form.fields.iter_mut().find(takes_files)) else { return };
    match taken {
        Ok(count) => {
            set_line(field, "");
            (field.error, field.touched) = (None, false);
            let accounts = if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
            model.problems.clear();
            model.hub.has_new_passwords = true;
            model.notice =
                Some(Notice::info(format!("{accounts} taken from '{}'.", printable(&path.display().to_string()))));
            refresh_form(model);
        }
        Err(sentence) => field.error = Some(sentence),
    }
}

/// Esc while an entry is changed: leaves it as it was.
pub(super) fn cancel_change(model: &mut Model) -> Option<Vec<Effect>> {
    let FieldEditor { editor: Editor::List { new, changes, .. }, error, .. } = form(model)?.focused_mut()? else {
        return None;
    };
    changes.take()?;
    new.reset();
    *error = None;
    Some(Vec::new())
}

/// Takes the entry that has the focus off its list.
pub(super) fn remove(model: &mut Model) -> Vec<Effect> {
    let Some(form) = form(model) else { return Vec::new() };
    let part = form.focus.part;
    let Some(field) = form.focused_mut() else { return Vec::new() };
    if let (Editor::Passwords(rows), Part::Password(i) | Part::Again(i)) = (&mut field.editor, part) {
        if let Some(row) = rows.get_mut(i) {
            row.accepted = None;
            row.first.clear();
            row.again.clear();
        }
        return accept_focused(model);
    }
    let Part::Entry(i) = part else { return Vec::new() };
    let Editor::List { entries, changes, .. } = &mut field.editor else { return Vec::new() };
    if i >= entries.len() {
        return Vec::new();
    }
    let before = entries.clone();
    entries.remove(i);
    *changes = None;
    field.touched = true;
    field.source = None;
    let lines = Value::List(entries.clone());
    let question = field.field;
    if let Err(sentence) = model.engine.answer(question, lines)
        && let Some(field) = self::form(model).and_then(Form::focused_mut)
    {
        field.error = Some(sentence);
        if let Editor::List { entries, .. } = &mut field.editor {
            *entries = before;
        }
    }
    refresh_form(model);
    check_live(model, Promptness::AtOnce)
}

/// The sentence about the focused field.
pub(super) fn focused_error(model: &Model) -> Option<String> {
    model.form()?.focused()?.error.clone()
}

/// Takes the focused field's answer, or notes why not.
pub(super) fn accept_focused(model: &mut Model) -> Vec<Effect> {
    if is_decided_by_leaving(model) {
        return Vec::new();
    }
    if let Some(index) = model.form().filter(|f| !is_half_typed(f)).map(|f| f.focus.field) {
        accept(model, index);
    }
    Vec::new()
}

/// A cut-over is done and cannot be unchosen: what is marked counts once the operator goes on with it.
fn is_decided_by_leaving(model: &Model) -> bool {
    model.step().page == Page::CutOver
}

/// Whether a password was typed once and not yet again: no answer to be judged.
fn is_half_typed(form: &Form) -> bool {
    let (Part::Password(i), Some(FieldEditor { editor: Editor::Passwords(rows), .. })) =
        (form.focus.part, form.focused())
    else {
        return false;
    };
    rows.get(i).is_some_and(|row| !row.first.is_empty() && row.again.is_empty())
}

/// Takes every answer; `false` and the focus on the first that is refused, or on one that contradicts another.
pub(super) fn accept_all(model: &mut Model) -> bool {
    let count = model.form().map_or(0, |f| f.fields.len());
    for index in 0..count {
        let asked = |f: &Form| f.fields.get(index).is_some_and(|f| (f.field.shown)(model.draft()));
        if model.form().is_some_and(asked) && !accept(model, index) {
            let slots = model.form().map(|f| f.slots(model.draft())).unwrap_or_default();
            // The line where a wrong entry stands, else the first part.
            let of_field = || slots.iter().filter(|s| s.field == index);
            let refused = of_field().find(|s| s.part == Part::New).or_else(|| of_field().next()).copied();
            if let (Some(form), Some(slot)) = (form(model), refused) {
                form.focus = slot;
            }
            return false;
        }
    }
    true
}

/// Takes the answers that hold and leaves the others in their fields.
pub(super) fn accept_what_holds(model: &mut Model) {
    if is_decided_by_leaving(model) {
        return;
    }
    let touched: Vec<usize> = model
        .form()
        .map(|f| f.fields.iter().enumerate().filter(|(_, f)| f.touched).map(|(i, _)| i).collect())
        .unwrap_or_default();
    for index in touched {
        accept(model, index);
    }
}

fn accept(model: &mut Model, index: usize) -> bool {
    let Some(field) = model.form().and_then(|f| f.fields.get(index)) else { return true };
    let question = field.field;
    let result = match field.value() {
        Err(sentence) => Err(sentence),
        Ok(None) => Ok(()),
        Ok(Some(value)) => model.engine.answer(question, value),
    };
    let Some(field) = form(model).and_then(|f| f.fields.get_mut(index)) else { return true };
    let holds = result.is_ok();
    field.error = result.err();
    if holds {
        field.touched = false;
        if let Editor::List { new, changes, .. } = &mut field.editor {
            new.reset();
            *changes = None;
        }
        if let Editor::Passwords(rows) = &mut field.editor {
            for row in rows {
                row.first.clear();
                row.again.clear();
            }
        }
        if let Editor::Secret(input) = &mut field.editor {
            input.clear();
        }
    }
    refresh_form(model);
    holds
}

/// Starts the step's live checks anew: what is known about the old answer goes.
pub(super) fn check_live(model: &mut Model, promptness: Promptness) -> Vec<Effect> {
    let ids = model.step().live_checks;
    let looks = promptness == Promptness::AtOnce || !ids.is_empty();
    if !looks || !model.facts_are_known || !matches!(model.step().page, Page::Questions | Page::Preflight) {
        return Vec::new();
    }
    model.live.generation += 1;
    model.live.state = LiveState::Waiting;
    model.engine.draft.seen.checks.retain(|result| !ids.contains(&result.id.as_str()));
    if promptness == Promptness::AfterPause {
        return vec![Effect::AwaitPause(model.live.generation)];
    }
    typing_paused(model, model.live.generation)
}

/// Checks what stands in the fields now, accepted or not; says what is wrong with it where it cannot be checked.
pub(super) fn typing_paused(model: &mut Model, generation: u64) -> Vec<Effect> {
    if generation != model.live.generation {
        return Vec::new();
    }
    let mut draft = model.engine.draft.clone();
    let Some(form) = form(model) else { return Vec::new() };
    for field in &mut form.fields {
        if !(field.field.shown)(&draft) {
            continue;
        }
        let Ok(Some(value)) = field.value() else { continue };
        if value == Value::Text(String::new()) {
            return Vec::new();
        }
        if let Err(sentence) = draft.answer(field.field, value) {
            if field.touched {
                field.error = Some(sentence);
            }
            return Vec::new();
        }
    }
    model.live.state = LiveState::Running;
    vec![Effect::LiveChecks { generation, step: model.step(), draft: Box::new(draft) }]
}
