//! Title, rules, help line: the same around every page.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use super::body::{Body, MARGIN, fit, wrap};
use crate::front::tui::keys::{self, Listed};
use crate::front::tui::model::{Model, Overlay};

/// Rows that are not the page's: title, two rules, help line.
const AROUND: u16 = 4;

/// Rows for the page itself.
pub fn body_height(model: &Model) -> usize {
    usize::from(model.size.height.saturating_sub(AROUND)).saturating_sub(notice_lines(model, width(model)).len())
}

/// Columns for text.
pub fn width(model: &Model) -> usize {
    usize::from(model.size.width).saturating_sub(2 * MARGIN)
}

/// One sentence where no page fits.
pub fn too_small(frame: &mut Frame) {
    let area = frame.area();
    let (columns, rows) = super::SMALLEST;
    let sentence = format!(
        "This terminal has {}x{}; {columns}x{rows} are needed. Make it larger, or leave with Ctrl-C and run: mailwizard \
         setup --plain",
        area.width, area.height
    );
    frame.render_widget(Paragraph::new(sentence).wrap(Wrap { trim: true }), area);
}

/// Draws a page into its frame.
pub fn draw(model: &Model, body: Body, frame: &mut Frame) {
    let area = frame.area();
    let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let line = |y: u16| Rect { y, height: 1, ..inner };
    frame.render_widget(title(model, usize::from(inner.width)), line(0));
    frame.render_widget(rule(model, inner.width), line(1));

    let notice = notice_lines(model, usize::from(inner.width));
    let height = usize::from(area.height.saturating_sub(AROUND)).saturating_sub(notice.len());
    let all_rows = height;
    let height = height.saturating_sub(body.pane.len());
    for (pane, y) in body.pane.iter().zip(2 + height..2 + all_rows) {
        frame.render_widget(pane, line(u16::try_from(y).unwrap_or(u16::MAX)));
    }
    let first = first_line(&body, height);
    let shown = body.lines.iter().skip(first).take(height);
    for (line_of_body, y) in shown.zip(2..) {
        frame.render_widget(line_of_body, line(y));
    }
    for (text, y) in notice.into_iter().zip(area.height.saturating_sub(2)..) {
        frame.render_widget(text, line(y.saturating_sub(notice_count(model, inner.width))));
    }
    let below = body.lines.len().saturating_sub(first + height);
    frame.render_widget(bottom_rule(model, inner.width, first, below), line(area.height - 2));
    frame.render_widget(help_line(model, usize::from(inner.width)), line(area.height - 1));

    if let Some((row, column)) = body.cursor
        && (first..first + height).contains(&row)
    {
        let x = inner.x + u16::try_from(column).unwrap_or(u16::MAX).min(inner.width.saturating_sub(1));
        let y = 2 + u16::try_from(row - first).unwrap_or(u16::MAX);
        frame.set_cursor_position(Position { x, y });
    }
}

/// The first line shown: pages are turned, not scrolled line by line, so that a move of the focus costs few bytes.
fn first_line(body: &Body, height: usize) -> usize {
    let end = body.lines.len().saturating_sub(height);
    let Some(focus) = &body.focus else { return body.scroll.min(end) };
    if focus.end <= height || height < 2 {
        return 0;
    }
    let page = height - 1;
    (focus.end.saturating_sub(height).div_ceil(page) * page).min(end).min(focus.start)
}

fn title(model: &Model, width: usize) -> Line<'static> {
    let place = match &model.overlay {
        Some(Overlay::Viewer(viewer)) => viewer.title.clone(),
        Some(Overlay::Help { .. }) => format!("Help: {}", model.title()),
        Some(Overlay::Passwords { .. }) => "Passwords that were made".to_owned(),
        Some(Overlay::Steps { .. }) => "All steps".to_owned(),
        None if model.has_home() => model.title(),
        None => {
            let (now, all) = model.engine.position();
            format!("{}   {now}/{all}", model.title())
        }
    };
    let place = fit(&place, width.saturating_sub(14));
    let gap = width.saturating_sub("mailwizard".len() + place.width());
    Line::from(vec![
        Span::styled("mailwizard", model.theme.heading()),
        Span::raw(" ".repeat(gap)),
        Span::styled(place, model.theme.heading()),
    ])
}

fn rule(model: &Model, width: u16) -> Line<'static> {
    Line::styled(model.theme.rule().repeat(usize::from(width)), model.theme.aside())
}

/// The rule says how much of the page is out of sight.
fn bottom_rule(model: &Model, width: u16, above: usize, below: usize) -> Line<'static> {
    let hint = match (above, below) {
        (0, 0) => return rule(model, width),
        (_, 0) => " PgUp: more above ".to_owned(),
        (_, below) => format!(" PgDn: {below} more {} ", if below == 1 { "line" } else { "lines" }),
    };
    let left = usize::from(width).saturating_sub(hint.len() + 2);
    Line::styled(
        format!("{}{hint}{}", model.theme.rule().repeat(left), model.theme.rule().repeat(2)),
        model.theme.aside(),
    )
}

fn notice_count(model: &Model, width: u16) -> u16 {
    u16::try_from(notice_lines(model, usize::from(width)).len()).unwrap_or(u16::MAX)
}

fn notice_lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let Some(notice) = &model.notice else { return Vec::new() };
    let style = if notice.is_error { model.theme.error() } else { model.theme.heading() };
    wrap(&notice.text, width).into_iter().take(4).map(|line| Line::styled(line, style)).collect()
}

/// The keys that work now, as many as fit; quitting is always among them.
fn help_line(model: &Model, width: usize) -> Line<'static> {
    let written = |listed: Listed| {
        keys::working(model).filter(move |b| b.listed == listed).map(|b| format!("{} {}", b.label, b.does))
    };
    let right: Vec<String> = written(Listed::Right).collect();
    let right = right.join("   ");
    let room = width.saturating_sub(right.width() + 2);
    let mut left = String::new();
    for key in written(Listed::Left) {
        let gap = if left.is_empty() { 0 } else { 3 };
        if left.width() + gap + key.width() > room {
            continue;
        }
        left.push_str(&" ".repeat(gap));
        left.push_str(&key);
    }
    let gap = width.saturating_sub(left.width() + right.width());
    Line::raw(format!("{left}{}{right}", " ".repeat(gap)))
}
