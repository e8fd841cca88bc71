//! Client settings.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::body::Body;
use super::{chrome, states};
use crate::front::tui::model::{AccountPassword, Model};

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let theme = model.theme;
    let page = &model.clients;
    let mut body = Body { scroll: model.scroll, ..Body::default() };
    body.text(model.step().intro, width, 0, Style::new());
    body.gap();
    let Some(sheets) = &page.sheets else {
        let mut line = vec![Span::raw("  ")];
        line.extend(states::running(theme));
        line.push(Span::raw("making the sheets"));
        body.push(Line::from(line));
        return body;
    };
    let Some(sheet) = page.sheet() else {
        body.text("There is no account yet.", width, 2, Style::new());
        return body;
    };
    let place = if sheets.len() > 1 { format!("   {} of {}", page.selected + 1, sheets.len()) } else { String::new() };
    body.push(Line::from(vec![Span::styled(format!("  {}", sheet.account), theme.heading()), Span::raw(place)]));
    if sheet.password == AccountPassword::SetBefore {
        body.text(
            if model.has_home() {
                "Its password was set before, and only the hash of it is kept."
            } else {
                "Its password was set before, and only the hash of it is kept. To set a new one: F4, Accounts, then \
                 apply again."
            },
            width,
            2,
            theme.aside(),
        );
    }
    if let Some(password) = sheet.made_password() {
        let shown = if model.reveals { crate::printable::printable(password.expose()) } else { "F2 shows it".into() };
        body.push(Line::from(vec![Span::raw("  Password      "), Span::styled(shown, theme.heading())]));
        body.text(
            "It was made for this account and is kept nowhere: write it down, or give it to the person now.",
            width,
            16,
            theme.aside(),
        );
    }
    body.gap();
    for line in &sheet.lines {
        body.text(line, width, 2, Style::new());
    }
    body
}
