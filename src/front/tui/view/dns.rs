//! Wanted records against what is published.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::body::{Body, column, fit, labelled};
use super::{chrome, states};
use crate::front::tui::model::{DnsRow, DnsState, Model, Need};
use crate::front::tui::theme::Theme;
use crate::printable::printable;
use crate::records::{RecordKind, RecordState, text};

/// Rows of the pane about the selected record, its rule included.
fn pane_height(model: &Model) -> usize {
    if chrome::body_height(model) >= 18 { 9 } else { 5 }
}

/// Rows of the list.
pub fn list_height(model: &Model) -> usize {
    chrome::body_height(model).saturating_sub(pane_height(model)).max(1)
}

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let page = &model.dns;
    let mut body = Body::default();
    match &page.state {
        DnsState::Idle | DnsState::Preparing if page.rows.is_empty() => {
            body.text(model.step().intro, width, 0, Style::new());
            body.gap();
            let mut line = vec![Span::raw("  ")];
            line.extend(states::running(theme));
            line.push(Span::raw("making DKIM keys and asking what is published already"));
            body.push(Line::from(line));
            return body;
        }
        DnsState::Failed(sentence) => {
            body.text(model.step().intro, width, 0, Style::new());
            body.gap();
            body.text(sentence, width, 2, theme.error());
            body.text("r tries again.", width, 2, Style::new());
            return body;
        }
        _ => {}
    }
    let (there, needed) = page.progress();
    let looked = page.looked_at.as_ref().map_or("looking now".to_owned(), |time| format!("looked at {time}"));
    body.text(
        &format!("Publish these at your DNS provider. {there} of {needed} are there; {looked}."),
        width,
        0,
        Style::new(),
    );
    body.gap();
    rows(&mut body, model, width);
    body.pane = pane(model, width);
    body
}

fn rows(body: &mut Body, model: &Model, width: usize) {
    let page = &model.dns;
    let several = several_domains(model);
    let names: Vec<String> = page.rows.iter().map(|row| name(row, several)).collect();
    let name_width =
        names.iter().map(|n| n.width()).max().unwrap_or(0).clamp(8, if width >= 100 { 40 } else { 26 }) + 2;
    let mut last = None;
    for (i, (row, name)) in page.rows.iter().zip(names).enumerate() {
        let need = Need::of(&row.wanted);
        if last != Some(need) {
            if last.is_some() {
                body.gap();
            }
            if need != Need::Now {
                body.push(Line::styled(heading(need), model.theme.aside()));
            }
            last = Some(need);
        }
        let focused = i == page.selected;
        if focused {
            body.focus = Some(body.lines.len()..body.lines.len() + 1);
        }
        let mut spans = vec![Span::styled(if focused { "> " } else { "  " }, model.theme.focus())];
        spans.extend(state(model.theme, row));
        spans.push(Span::raw(column(row.wanted.kind.as_str(), 6)));
        spans.push(Span::raw(column(&fit(&name, name_width - 2), name_width)));
        let room = width.saturating_sub(2 + states::TAG + 6 + name_width);
        spans.push(Span::raw(fit(&printable(&row.wanted.data), room)));
        body.push(Line::from(spans));
    }
}

fn heading(need: Need) -> &'static str {
    match need {
        Need::Now => "  Needed now",
        Need::Last => "  Last, when Verify is green:",
        Need::Optional => "  Useful, but mail works without them:",
    }
}

/// Whether records of more than one zone are wanted, the hoster's reverse zones aside.
fn several_domains(model: &Model) -> bool {
    let mut zones = model.dns.rows.iter().filter(|r| r.wanted.kind != RecordKind::Ptr).map(|r| &r.wanted.zone);
    let first = zones.next();
    zones.any(|zone| Some(zone) != first)
}

fn name(row: &DnsRow, several: bool) -> String {
    let record = &row.wanted;
    if record.kind == RecordKind::Ptr {
        return "at your hoster".into();
    }
    if several {
        return printable(record.name.trim_end_matches('.'));
    }
    printable(text::relative_name(record))
}

/// The state's word: a record that is needed and not there is no failure yet.
fn state(theme: Theme, row: &DnsRow) -> Vec<Span<'static>> {
    let Some(compared) = &row.compared else { return states::running(theme) };
    use crate::finding::Outcome;
    match compared.state {
        RecordState::Ok => states::tag(theme, Outcome::Pass),
        RecordState::Stale { .. } | RecordState::Disagree => states::word("wait", theme.running()),
        RecordState::Missing => states::word("    ", Style::new()),
        RecordState::Wrong => states::tag(theme, Outcome::Fail),
        RecordState::Unknown => states::tag(theme, Outcome::Unknown),
    }
}

/// Everything about the selected record.
fn pane(model: &Model, width: usize) -> Vec<Line<'static>> {
    let height = pane_height(model);
    let mut lines = vec![Line::styled(model.theme.rule().repeat(width), model.theme.aside())];
    let Some(row) = model.dns.row() else { return lines };
    let mut add = |label: &str, text: &str, most: usize, style: Style| {
        lines.extend(labelled(label, text, width, most, style));
    };
    let wanted = &row.wanted;
    add("wanted", &format!("{} {}", printable(&wanted.name), wanted.kind.as_str()), 1, Style::new());
    add("", &printable(&wanted.data), if height > 5 { 2 } else { 1 }, model.theme.heading());
    match &row.compared {
        None => add("", "not looked at yet", 1, model.theme.aside()),
        Some(compared) => {
            let found: Vec<String> = compared.found.iter().map(|f| printable(f)).collect();
            if !found.is_empty() && !compared.state.is_published() {
                add("found", &found.join("   "), 1, Style::new());
            }
            add("state", &printable(&compared.why), if compared.advice.is_some() { 1 } else { 2 }, Style::new());
            if let Some(advice) = &compared.advice {
                add("fix", &printable(advice), 2, Style::new());
            }
        }
    }
    add("why", &printable(&wanted.why), 2, model.theme.aside());
    lines.truncate(height);
    lines.resize(height, Line::default());
    lines
}
