//! The passwords that were made, before anything is applied.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::body::{Body, column};
use super::chrome;
use crate::front::tui::model::Model;

pub(super) fn body(model: &Model, scroll: usize) -> Body {
    let width = chrome::width(model);
    let mut body = Body { scroll, ..Body::default() };
    body.text(
        "Write these down, or give each to its owner. Once the plan is applied, this machine keeps only their hashes; \
         Mail clients, the last step, shows them once more unless you leave before.",
        width,
        0,
        Style::new(),
    );
    body.gap();
    let made: Vec<(String, &str)> =
        model.made_passwords().map(|(a, secret)| (a.to_string(), secret.expose())).collect();
    let label = made.iter().map(|(address, _)| address.width()).max().unwrap_or(0).min(width / 2) + 2;
    for (address, password) in made {
        body.push(Line::from(vec![
            Span::raw(format!("  {}", column(&address, label))),
            Span::styled(crate::printable::printable(password), model.theme.heading()),
        ]));
    }
    body
}
