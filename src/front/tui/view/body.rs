//! The lines between the two rules.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// Columns left free on either side.
pub const MARGIN: usize = 1;

/// What a page shows, line by line, and which part of it must be in sight.
#[derive(Debug, Default)]
pub struct Body {
    /// All lines.
    pub lines: Vec<Line<'static>>,
    /// The lines that have the focus.
    pub focus: Option<Range<usize>>,
    /// Where the cursor stands: line and column.
    pub cursor: Option<(usize, usize)>,
    /// First line shown, where nothing has the focus.
    pub scroll: usize,
    /// Lines below the others that are always in sight.
    pub pane: Vec<Line<'static>>,
}

impl Body {
    /// Adds a line.
    pub fn push(&mut self, line: impl Into<Line<'static>>) {
        self.lines.push(line.into());
    }

    /// Adds an empty line, unless the one before is empty or there is none.
    pub fn gap(&mut self) {
        if self.lines.last().is_some_and(|l| l.width() > 0) {
            self.lines.push(Line::default());
        }
    }

    /// Adds text, wrapped to `width` columns, each line indented by `indent`.
    pub fn text(&mut self, text: &str, width: usize, indent: usize, style: Style) {
        self.hanging(Vec::new(), text, width, indent, style);
    }

    /// Adds text after a lead that is `indent` columns wide, further lines below the text and not below the lead.
    pub fn hanging(&mut self, lead: Vec<Span<'static>>, text: &str, width: usize, indent: usize, style: Style) {
        let mut lead = Some(lead);
        let wrapped = wrap(text, width.saturating_sub(indent));
        for line in wrapped {
            let mut spans = lead.take().unwrap_or_default();
            let used: usize = spans.iter().map(Span::width).sum();
            spans.push(Span::raw(" ".repeat(indent.saturating_sub(used))));
            spans.push(Span::styled(line, style));
            self.lines.push(Line::from(spans));
        }
    }
}

/// Columns of the labels in a pane.
const LABEL: usize = 10;

/// Lines of a pane: text beside a label, `most` lines at most, each line of the text wrapped by itself.
pub fn labelled(label: &str, text: &str, width: usize, most: usize, style: Style) -> Vec<Line<'static>> {
    let room = width.saturating_sub(LABEL + 2);
    let mut wrapped: Vec<String> = text.lines().flat_map(|line| wrap(line, room)).collect();
    if wrapped.len() > most {
        wrapped.truncate(most);
        if let Some(last) = wrapped.last_mut() {
            *last = fit(&format!("{last}......"), room.min(last.width() + 2));
        }
    }
    let line = |(i, text): (usize, String)| {
        let label = if i == 0 { column(label, LABEL) } else { " ".repeat(LABEL) };
        Line::from(vec![Span::raw("  "), Span::raw(label), Span::styled(text, style)])
    };
    wrapped.into_iter().enumerate().map(line).collect()
}

/// Text in lines of at most `width` columns; words that are longer are broken.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    // Host names and ids are full of hyphens that are no places to break at.
    let options = textwrap::Options::new(width.max(8)).word_splitter(textwrap::WordSplitter::NoHyphenation);
    let lines: Vec<String> = textwrap::wrap(text, options).into_iter().map(|l| l.into_owned()).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// At most `width` columns of text; `..` stands for what was cut.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        let columns = unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        if used + columns + 2 > width {
            break;
        }
        used += columns;
        cut.push(c);
    }
    cut.push_str(".."[..width.saturating_sub(used).min(2)].as_ref());
    cut
}

/// Text filled up with spaces to `width` columns, or cut.
pub fn column(text: &str, width: usize) -> String {
    let text = fit(text, width);
    let missing = width.saturating_sub(text.width());
    text + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_exactly_as_wide_as_asked() {
        assert_eq!(column("abc", 5), "abc  ");
        assert_eq!(column("abcdef", 5), "abc..");
        assert_eq!(column("日本語", 5), "日.. ");
        assert_eq!(column("abc", 1), ".");
        assert_eq!(column("abc", 0), "");
    }

    #[test]
    fn a_lead_stands_only_before_the_first_line() {
        let mut body = Body::default();
        body.hanging(vec![Span::raw("[ok]")], "one two three", 16, 6, Style::new());
        let lines: Vec<String> = body.lines.iter().map(ToString::to_string).collect();
        assert_eq!(lines, ["[ok]  one two", "      three"]);
    }
}
