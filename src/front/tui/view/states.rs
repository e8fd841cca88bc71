//! States as word, glyph and colour.

use ratatui::style::Style;
use ratatui::text::Span;

use super::body::Body;
use crate::finding::{Finding, Outcome};
use crate::front::tui::theme::Theme;

/// Columns of a state with the space after it: "[FAIL] ".
pub const TAG: usize = 7;

/// "[ok]   ", coloured.
pub fn tag(theme: Theme, outcome: Outcome) -> Vec<Span<'static>> {
    word(outcome.word(), theme.outcome(outcome))
}

/// "[....] ": something is going on.
pub fn running(theme: Theme) -> Vec<Span<'static>> {
    word("....", theme.running())
}

/// A word in brackets, filled up to [`TAG`] columns.
pub fn word(word: &'static str, style: Style) -> Vec<Span<'static>> {
    let fill = TAG.saturating_sub(word.len() + 2);
    vec![Span::raw("["), Span::styled(word, style), Span::raw(format!("]{}", " ".repeat(fill)))]
}

/// One finding: its state, a label of `label_width` columns, what was found, and below it what to do unless all is well.
pub fn finding(body: &mut Body, theme: Theme, width: usize, label: &str, label_width: usize, finding: &Finding) {
    let mut lead = vec![Span::raw("  ")];
    lead.extend(tag(theme, finding.outcome));
    if label_width > 0 {
        lead.push(Span::raw(super::body::column(label, label_width)));
    }
    let indent = 2 + TAG + label_width;
    body.hanging(lead, &finding.found, width, indent, Style::new());
    if matches!(finding.outcome, Outcome::Pass | Outcome::Info | Outcome::Skipped) {
        return;
    }
    match &finding.fix {
        Some(fix) => body.text(&fix.text, width, indent, theme.aside()),
        None if !finding.expected.is_empty() => {
            body.text(&format!("wanted: {}", finding.expected), width, indent, theme.aside());
        }
        None => {}
    }
}
