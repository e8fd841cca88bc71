//! The fields of one step while they are filled in.

use tui_input::Input;

use super::PasswordInput;
use crate::spec::Secret;
use crate::steps::{Choice, Draft, Field, Kind, Step, Value};

/// The fields of one step, and which part of which has the focus.
///
/// It outlives the visit of its step: text that was typed but not accepted is there again when the operator comes back.
#[derive(Debug)]
pub struct Form {
    /// Every field of the step, shown or not.
    pub fields: Vec<FieldEditor>,
    /// What has the focus.
    pub focus: Slot,
}

/// A place that can have the focus: a part of a field, by the field's index in [`Form::fields`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Index of the field.
    pub field: usize,
    /// The part of it.
    pub part: Part,
}

/// The part of a field that has the focus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it: the field has one part only.
    Whole,
    /// An entry of a list, or one of several.
    Entry(usize),
    /// The line where a new entry is typed.
    New,
    /// The password of an item.
    Password(usize),
    /// The same password again.
    Again(usize),
}

/// A field with what is typed into it.
pub struct FieldEditor {
    /// The question.
    pub field: &'static Field,
    /// The answer in the making.
    pub editor: Editor,
    /// Whether the operator changed something since it was last filled from the draft.
    pub touched: bool,
    /// Where a suggested answer was found.
    pub source: Option<String>,
    /// Why the answer was refused.
    pub error: Option<String>,
}

impl std::fmt::Debug for FieldEditor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FieldEditor").field("field", &self.field.id).field("editor", &self.editor).finish()
    }
}

/// An answer in the making, by kind of question.
#[derive(Debug)]
pub enum Editor {
    /// [`Kind::Text`].
    Text(Input),
    /// [`Kind::Secret`].
    Secret(PasswordInput),
    /// [`Kind::YesNo`].
    YesNo(Option<bool>),
    /// [`Kind::Choice`].
    Choice {
        /// What can be chosen.
        choices: &'static [Choice],
        /// Index of what is chosen.
        chosen: Option<usize>,
    },
    /// [`Kind::List`].
    List {
        /// The entries that were accepted.
        entries: Vec<String>,
        /// What is typed into the line below them.
        new: Input,
        /// The entry that the line replaces, when one is being changed.
        changes: Option<usize>,
    },
    /// [`Kind::Several`].
    Several(Vec<(String, bool)>),
    /// [`Kind::Passwords`].
    Passwords(Vec<PasswordRow>),
}

impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.value)
    }
}

/// One item's password.
#[derive(Debug, Clone)]
pub struct PasswordRow {
    /// Whose it is.
    pub item: String,
    /// As it is in the draft; `None` asks for a generated one, or keeps the one it has.
    pub accepted: Option<Secret>,
    /// Whether it has one that stays.
    pub is_kept: bool,
    /// As it is typed.
    pub first: PasswordInput,
    /// As it is typed again.
    pub again: PasswordInput,
}

impl PasswordRow {
    fn new(item: String, accepted: Option<Secret>, is_kept: bool) -> Self {
        Self { item, accepted, is_kept, first: PasswordInput::default(), again: PasswordInput::default() }
    }

    /// What is wrong with what was typed.
    fn problem(&self) -> Option<String> {
        if self.first.is_empty() && self.again.is_empty() {
            return None;
        }
        if self.first != self.again {
            return Some(format!("The two passwords of {} differ: type the same one twice.", self.item));
        }
        Secret::parse_password(self.first.expose()).err().map(|e| e.to_string())
    }
}

impl Form {
    /// The form of a step, filled from the draft.
    pub fn new(step: &'static Step, draft: &Draft) -> Self {
        let fields = step.fields.iter().map(|field| FieldEditor::new(field, draft)).collect();
        let mut form = Self { fields, focus: Slot { field: 0, part: Part::Whole } };
        if let Some(first) = form.first_to_fill(draft) {
            form.focus = first;
        }
        form
    }

    /// Fills what the operator has not touched from the draft again, after it changed or more was found out.
    pub fn refresh(&mut self, draft: &Draft) {
        for field in &mut self.fields {
            field.refresh(draft);
        }
        if let Some(place) = self.nearest(draft) {
            self.focus = place;
        }
    }

    /// Where the focus belongs: where it is, or beside it when that place is gone.
    fn nearest(&self, draft: &Draft) -> Option<Slot> {
        let slots = self.slots(draft);
        if slots.contains(&self.focus) {
            return Some(self.focus);
        }
        let beside = match self.focus.part {
            Part::Again(i) => Part::Password(i),
            Part::Entry(i) if i > 0 => Part::Entry(i - 1),
            _ => Part::New,
        };
        let same_field = || slots.iter().filter(|s| s.field == self.focus.field);
        let place = same_field().find(|s| s.part == beside).or_else(|| same_field().next()).copied();
        place.or_else(|| self.first_to_fill(draft))
    }

    /// Every place that can have the focus, in order.
    pub fn slots(&self, draft: &Draft) -> Vec<Slot> {
        let mut slots = Vec::new();
        for (field, editor) in self.fields.iter().enumerate().filter(|(_, f)| (f.field.shown)(draft)) {
            slots.extend(editor.editor.parts().into_iter().map(|part| Slot { field, part }));
        }
        slots
    }

    /// The field that has the focus; `None` when the step asks nothing.
    pub fn focused(&self) -> Option<&FieldEditor> {
        self.fields.get(self.focus.field)
    }

    /// The same, to change it.
    pub fn focused_mut(&mut self) -> Option<&mut FieldEditor> {
        self.fields.get_mut(self.focus.field)
    }

    /// Moves the focus by `steps` places; `false` when there is none there.
    pub fn move_focus(&mut self, draft: &Draft, steps: isize) -> bool {
        let slots = self.slots(draft);
        let Some(now) = slots.iter().position(|s| *s == self.focus) else {
            if let Some(first) = slots.first() {
                self.focus = *first;
            }
            return !slots.is_empty();
        };
        match now.checked_add_signed(steps).and_then(|i| slots.get(i)) {
            Some(slot) => {
                self.focus = *slot;
                true
            }
            None => false,
        }
    }

    /// The first part of the first field that is still to be filled: for a list the line where a new entry is typed.
    fn first_to_fill(&self, draft: &Draft) -> Option<Slot> {
        let slots = self.slots(draft);
        let first = *slots.first()?;
        Some(slots.into_iter().find(|s| s.field == first.field && s.part == Part::New).unwrap_or(first))
    }
}

impl FieldEditor {
    fn new(field: &'static Field, draft: &Draft) -> Self {
        let (value, source) = field.answer_or_suggestion(draft);
        Self { field, editor: Editor::new(field.kind, value, draft), touched: false, source, error: None }
    }

    fn refresh(&mut self, draft: &Draft) {
        if let (Editor::Passwords(rows), Kind::Passwords { items, keeps }) = (&mut self.editor, self.field.kind) {
            refresh_rows(rows, items(draft), |item| keeps(draft, item), (self.field.get)(draft));
        } else if let (Editor::Several(old), Kind::Several { items }, true) =
            (&mut self.editor, self.field.kind, self.touched)
        {
            let chosen = |item: &String| old.iter().any(|(o, yes)| o == item && *yes);
            *old = items(draft).into_iter().map(|item| (item.clone(), chosen(&item))).collect();
        } else if !self.touched {
            let fresh = Self::new(self.field, draft);
            self.source = fresh.source;
            // The same answer keeps its cursor.
            if fresh.editor.answers() != self.editor.answers() {
                self.editor = fresh.editor;
            }
        }
    }

    /// The answer as it stands, or `None` when there is nothing to take: neither typed nor suggested.
    pub fn value(&self) -> Result<Option<Value>, String> {
        self.editor.answers()
    }
}

impl Editor {
    fn answers(&self) -> Result<Option<Value>, String> {
        Ok(match self {
            Self::Text(input) => Some(Value::Text(input.value().to_owned())),
            Self::Secret(input) if input.is_empty() => None,
            Self::Secret(input) => Some(Value::Secret(input.secret())),
            Self::YesNo(yes) => yes.map(Value::YesNo),
            Self::Choice { choices, chosen } => {
                chosen.and_then(|i| choices.get(i)).map(|c| Value::Choice(c.value.to_owned()))
            }
            Self::List { .. } => Some(Value::List(self.lines())),
            Self::Several(items) => {
                Some(Value::List(items.iter().filter(|(_, yes)| *yes).map(|(item, _)| item.clone()).collect()))
            }
            Self::Passwords(rows) => {
                if let Some(problem) = rows.iter().find_map(PasswordRow::problem) {
                    return Err(problem);
                }
                let secret = |row: &PasswordRow| {
                    if row.first.is_empty() { row.accepted.clone() } else { Some(row.first.secret()) }
                };
                Some(Value::Passwords(rows.iter().map(|row| (row.item.clone(), secret(row))).collect()))
            }
        })
    }
}

/// Rows for exactly these items: what is typed for an item stays, whatever else changes.
fn refresh_rows(rows: &mut Vec<PasswordRow>, items: Vec<String>, keeps: impl Fn(&str) -> bool, accepted: Value) {
    let mut accepted = match accepted {
        Value::Passwords(passwords) => passwords,
        _ => Vec::new(),
    };
    let mut before = std::mem::take(rows);
    for item in items {
        let known = accepted.iter().position(|(i, _)| *i == item).and_then(|i| accepted.swap_remove(i).1);
        let is_kept = keeps(&item);
        match before.iter().position(|row| row.item == item) {
            Some(i) => rows.push(PasswordRow { accepted: known, is_kept, ..before.swap_remove(i) }),
            None => rows.push(PasswordRow::new(item, known, is_kept)),
        }
    }
}

impl Editor {
    fn new(kind: Kind, value: Value, draft: &Draft) -> Self {
        match (kind, value) {
            (Kind::Text, Value::Text(text)) => Self::Text(Input::new(text)),
            (Kind::Text, _) => Self::Text(Input::default()),
            (Kind::Secret, _) => Self::Secret(PasswordInput::default()),
            (Kind::YesNo, Value::YesNo(yes)) => Self::YesNo(Some(yes)),
            (Kind::YesNo, _) => Self::YesNo(None),
            (Kind::Choice(choices), value) => {
                let chosen = match value {
                    Value::Choice(name) => choices.iter().position(|c| c.value == name),
                    _ => None,
                };
                Self::Choice { choices, chosen }
            }
            (Kind::List { .. }, value) => Self::List { entries: lines(value), new: Input::default(), changes: None },
            (Kind::Several { items }, value) => {
                let chosen = lines(value);
                Self::Several(items(draft).into_iter().map(|item| (item.clone(), chosen.contains(&item))).collect())
            }
            (Kind::Passwords { items, keeps }, value) => {
                let mut rows = Vec::new();
                refresh_rows(&mut rows, items(draft), |item| keeps(draft, item), value);
                Self::Passwords(rows)
            }
        }
    }

    /// Whether a plain letter is text when this part has the focus.
    pub fn takes_text(&self, part: Option<Part>) -> bool {
        match self {
            Self::Text(_) | Self::Secret(_) | Self::Passwords(_) => true,
            Self::List { .. } => part == Some(Part::New),
            Self::YesNo(_) | Self::Choice { .. } | Self::Several(_) => false,
        }
    }

    fn parts(&self) -> Vec<Part> {
        match self {
            Self::Text(_) | Self::Secret(_) | Self::YesNo(_) | Self::Choice { .. } => vec![Part::Whole],
            Self::List { entries, .. } => (0..entries.len()).map(Part::Entry).chain([Part::New]).collect(),
            Self::Several(items) => (0..items.len()).map(Part::Entry).collect(),
            Self::Passwords(rows) => {
                let parts = rows
                    .iter()
                    .enumerate()
                    .flat_map(|(i, row)| [Some(Part::Password(i)), (!row.first.is_empty()).then_some(Part::Again(i))]);
                parts.flatten().collect()
            }
        }
    }

    /// The lines of a list with what is being typed, as they would be accepted.
    fn lines(&self) -> Vec<String> {
        let Self::List { entries, new, changes } = self else { return Vec::new() };
        let mut lines = entries.clone();
        let typed = new.value().trim();
        if !typed.is_empty() {
            match changes.and_then(|i| lines.get_mut(i)) {
                Some(line) => *line = typed.to_owned(),
                None => lines.push(typed.to_owned()),
            }
        }
        lines
    }
}

fn lines(value: Value) -> Vec<String> {
    match value {
        Value::List(lines) => lines,
        _ => Vec::new(),
    }
}
