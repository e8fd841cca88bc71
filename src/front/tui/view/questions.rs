//! Fields, their help, and the checks that run beside them.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::body::{Body, column, fit};
use super::{chrome, states};
use crate::front::tui::model::{Editor, FieldEditor, Form, LiveState, Model, Part, PasswordInput, PasswordRow, Slot};
use crate::steps::Kind;

/// Columns before a field: the marker of the focus and a space.
const MARKER: usize = 2;

/// How much is said about each field. The most that fits is said; F1 always says all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Density {
    /// Help below each field, and empty lines between them.
    Roomy,
    /// Help below each field.
    Close,
    /// Help only where entries have a form of their own; choices on one line.
    Terse,
}

pub(super) fn body(model: &Model) -> Body {
    let height = chrome::body_height(model);
    let roomy = dense_body(model, Density::Roomy);
    if roomy.lines.len() <= height {
        return roomy;
    }
    let close = dense_body(model, Density::Close);
    if close.lines.len() <= height {
        return close;
    }
    dense_body(model, Density::Terse)
}

fn dense_body(model: &Model, density: Density) -> Body {
    let width = chrome::width(model);
    let mut body = Body { scroll: model.scroll, ..Body::default() };
    body.text(model.step().intro, width, 0, Style::new());
    body.gap();
    if let Some(form) = model.form() {
        let page = Page { model, form, width, label: label_width(model, form), density };
        page.fields(&mut body);
        if density == Density::Terse && !model.step().fields.is_empty() {
            body.gap();
            body.push(Line::styled("  F1 explains each of them.", model.theme.aside()));
        }
    }
    below_fields(&mut body, model, width);
    body
}

/// Problems, notes and live checks.
fn below_fields(body: &mut Body, model: &Model, width: usize) {
    let theme = model.theme;
    for problem in &model.problems {
        body.gap();
        body.text(problem, width, MARKER, theme.error());
    }
    live(body, model, width);
    let notes = (model.step().notes)(model.draft());
    for note in notes {
        body.gap();
        body.hanging(
            [vec![Span::raw("  ")], states::word("note", theme.running())].concat(),
            &note,
            width,
            MARKER + states::TAG,
            Style::new(),
        );
    }
}

fn live(body: &mut Body, model: &Model, width: usize) {
    let ids = model.step().live_checks;
    if ids.is_empty() {
        return;
    }
    body.gap();
    // In the order the step names them, so that nothing jumps as results come in.
    for id in ids {
        for result in model.draft().seen.checks.iter().filter(|r| r.id == *id) {
            states::finding(body, model.theme, width, "", 0, &result.finding);
        }
    }
    if model.live.state == LiveState::Running {
        let mut line = vec![Span::raw("  ")];
        line.extend(states::running(model.theme));
        line.push(Span::raw("asking the name servers"));
        body.push(Line::from(line));
    }
}

fn label_width(model: &Model, form: &Form) -> usize {
    let shown = form.fields.iter().filter(|f| (f.field.shown)(model.draft()));
    let one_line =
        shown.filter(|f| !matches!(f.field.kind, Kind::List { .. } | Kind::Several { .. } | Kind::Passwords { .. }));
    one_line.map(|f| f.field.label.width()).max().unwrap_or(0).min(26) + 3
}

/// As much of a typed line as fits around its cursor, and where that stands.
pub(super) fn typed(input: &Input, room: usize, focused: bool) -> (String, Option<usize>) {
    if !focused {
        return (fit(input.value(), room), None);
    }
    let scroll = input.visual_scroll(room.saturating_sub(1));
    let mut skipped = 0;
    let shown: String = input
        .value()
        .chars()
        .skip_while(|c| {
            let hidden = skipped < scroll;
            skipped += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
            hidden
        })
        .collect();
    (shown, Some(input.visual_cursor().saturating_sub(scroll)))
}

struct Page<'a> {
    model: &'a Model,
    form: &'a Form,
    width: usize,
    label: usize,
    density: Density,
}

impl Page<'_> {
    fn fields(&self, body: &mut Body) {
        for (index, field) in self.form.fields.iter().enumerate() {
            if (field.field.shown)(self.model.draft()) {
                self.field(body, index, field);
            }
        }
    }

    fn field(&self, body: &mut Body, index: usize, field: &FieldEditor) {
        let first = body.lines.len();
        match &field.editor {
            Editor::Text(input) => self.line(body, index, field, |_, room, focused| typed(input, room, focused)),
            Editor::Secret(input) => {
                self.line(body, index, field, |page, room, focused| page.password(input, room, focused));
            }
            Editor::YesNo(yes) => {
                let shown = yes.map_or("< choose >", |yes| if yes { "< yes >" } else { "< no >" });
                self.line(body, index, field, |_, _, focused| (shown.to_owned(), focused.then_some(2)));
            }
            Editor::Choice { choices, chosen } if self.density == Density::Terse => {
                let shown =
                    chosen.and_then(|i| choices.get(i)).map_or("< choose >".to_owned(), |c| format!("< {} >", c.label));
                self.line(body, index, field, |_, room, focused| (fit(&shown, room), focused.then_some(2)));
            }
            Editor::Choice { choices, chosen } => {
                self.line(body, index, field, |_, _, _| (String::new(), None));
                for (i, choice) in choices.iter().enumerate() {
                    let mark = if *chosen == Some(i) { "(x) " } else { "( ) " };
                    let lead = vec![
                        Span::raw(" ".repeat(MARKER + 2)),
                        Span::raw(mark),
                        Span::raw(format!("{}  ", choice.label)),
                    ];
                    let indent =
                        MARKER + 2 + 4 + choices.iter().map(|c| c.label.width()).max().unwrap_or(0).min(42) + 2;
                    body.hanging(lead, choice.meaning, self.width, indent, self.model.theme.aside());
                }
            }
            Editor::List { entries, new, changes } => self.list(body, index, field, entries, new, *changes),
            Editor::Several(items) => self.several(body, index, field, items),
            Editor::Passwords(rows) => self.passwords(body, index, field, rows),
        }
        self.below(body, field);
        if self.form.focus.field == index && body.focus.is_none() {
            body.focus = Some(first..body.lines.len());
        }
        let is_list = matches!(field.field.kind, Kind::List { .. } | Kind::Several { .. } | Kind::Passwords { .. });
        if self.density == Density::Roomy || is_list {
            body.gap();
        }
    }

    fn is_focused(&self, field: usize, part: Part) -> bool {
        self.form.focus == Slot { field, part }
    }

    fn marker(&self, focused: bool) -> Span<'static> {
        if focused { Span::styled("> ", self.model.theme.focus()) } else { Span::raw("  ") }
    }

    /// A field of one line: its label, then its value and where the cursor stands in it.
    fn line(
        &self,
        body: &mut Body,
        index: usize,
        field: &FieldEditor,
        value: impl Fn(&Self, usize, bool) -> (String, Option<usize>),
    ) {
        let focused = self.is_focused(index, Part::Whole);
        let room = self.width.saturating_sub(MARKER + self.label);
        let (shown, cursor) = value(self, room, focused);
        if let Some(column) = cursor {
            body.cursor = Some((body.lines.len(), MARKER + self.label + column));
        }
        let label = fit(field.field.label, self.label.saturating_sub(1));
        let gap = " ".repeat(self.label.saturating_sub(label.width()));
        body.push(Line::from(vec![self.marker(focused), Span::raw(label), Span::raw(gap), Span::raw(shown)]));
    }

    fn password(&self, input: &PasswordInput, room: usize, focused: bool) -> (String, Option<usize>) {
        let shown = if self.model.reveals {
            crate::printable::printable(input.expose())
        } else {
            self.model.theme.mask().repeat(input.chars())
        };
        let shown = fit(&shown, room.saturating_sub(1));
        let end = shown.width();
        (shown, focused.then_some(end))
    }

    fn list(
        &self,
        body: &mut Body,
        index: usize,
        field: &FieldEditor,
        entries: &[String],
        new: &Input,
        changes: Option<usize>,
    ) {
        body.push(Line::raw(format!("  {}", field.field.label)));
        for (i, entry) in entries.iter().enumerate() {
            let focused = self.is_focused(index, Part::Entry(i));
            if focused {
                body.focus = Some(body.lines.len()..body.lines.len() + 1);
            }
            let shown = fit(entry, self.width.saturating_sub(MARKER + 2));
            body.push(Line::from(vec![Span::raw("  "), self.marker(focused), Span::raw(shown)]));
        }
        let focused = self.is_focused(index, Part::New);
        let entry = match field.field.kind {
            Kind::List { entry, .. } => entry,
            _ => "line",
        };
        let lead = if changes.is_some() { format!("change {entry}: ") } else { format!("add {entry}: ") };
        let room = self.width.saturating_sub(MARKER + 2 + lead.width());
        let (shown, cursor) = typed(new, room, focused);
        if focused {
            body.focus = Some(body.lines.len()..body.lines.len() + 1);
            body.cursor = cursor.map(|column| (body.lines.len(), MARKER + 2 + lead.width() + column));
        }
        body.push(Line::from(vec![Span::raw("  "), self.marker(focused), Span::raw(lead), Span::raw(shown)]));
    }

    fn several(&self, body: &mut Body, index: usize, field: &FieldEditor, items: &[(String, bool)]) {
        body.push(Line::raw(format!("  {}", field.field.label)));
        for (i, (item, chosen)) in items.iter().enumerate() {
            let focused = self.is_focused(index, Part::Entry(i));
            if focused {
                body.focus = Some(body.lines.len()..body.lines.len() + 1);
                body.cursor = Some((body.lines.len(), MARKER + 3));
            }
            let mark = if *chosen { "[x] " } else { "[ ] " };
            let shown = fit(item, self.width.saturating_sub(MARKER + 6));
            body.push(Line::from(vec![Span::raw("  "), self.marker(focused), Span::raw(mark), Span::raw(shown)]));
        }
    }

    fn passwords(&self, body: &mut Body, index: usize, field: &FieldEditor, rows: &[PasswordRow]) {
        body.push(Line::raw(format!("  {}", field.field.label)));
        let label = rows.iter().map(|r| r.item.width()).max().unwrap_or(0).clamp(12, 34) + 2;
        for (i, row) in rows.iter().enumerate() {
            let focused = self.is_focused(index, Part::Password(i));
            let room = self.width.saturating_sub(MARKER * 2 + label);
            if focused {
                body.focus = Some(body.lines.len()..body.lines.len() + 1);
                body.cursor = Some((body.lines.len(), MARKER * 2 + label));
            }
            let mut spans = vec![Span::raw("  "), self.marker(focused), Span::raw(column(&row.item, label))];
            if row.first.is_empty() {
                let state = match (&row.accepted, row.is_kept) {
                    (Some(_), _) => "given",
                    (None, true) => "stays as it is",
                    (None, false) => "will be made",
                };
                spans.push(Span::styled(state, self.model.theme.aside()));
                body.push(Line::from(spans));
                continue;
            }
            let (shown, cursor) = self.password(&row.first, room, focused);
            if let Some(at) = cursor {
                body.cursor = Some((body.lines.len(), MARKER * 2 + label + at));
            }
            spans.push(Span::raw(shown));
            body.push(Line::from(spans));

            let focused = self.is_focused(index, Part::Again(i));
            let (shown, cursor) = self.password(&row.again, room, focused);
            if focused {
                body.focus = Some(body.lines.len() - 1..body.lines.len() + 1);
                body.cursor = cursor.map(|at| (body.lines.len(), MARKER * 2 + label + at));
            }
            body.push(Line::from(vec![
                Span::raw("  "),
                self.marker(focused),
                Span::raw(column("  again", label)),
                Span::raw(shown),
            ]));
        }
    }

    /// What stands below a field: why it was refused, else where it was found, and what it is about.
    fn below(&self, body: &mut Body, field: &FieldEditor) {
        let theme = self.model.theme;
        let indent = MARKER + 2;
        if let Some(error) = &field.error {
            body.text(error, self.width, indent, theme.error());
        } else if let Some(source) = &field.source {
            body.text(&format!("Found: {source}."), self.width, indent, theme.running());
        }
        let has_form = matches!(field.field.kind, Kind::List { .. } | Kind::Passwords { .. });
        if !field.field.help.is_empty() && (self.density != Density::Terse || has_form) {
            body.text(field.field.help, self.width, indent, theme.aside());
        }
    }
}
