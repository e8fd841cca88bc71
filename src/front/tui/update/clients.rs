//! Client settings.

use super::{Effect, overlay, walk};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Model, Sheet};
use crate::front::tui::msg::{Leaving, Notice};
use crate::front::tui::view;

/// Makes the sheets.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    vec![Effect::MakeSheets(Box::new(model.draft().clone()))]
}

pub(super) fn take(model: &mut Model, sheets: Result<Vec<Sheet>, String>) -> Vec<Effect> {
    match sheets {
        Ok(sheets) => {
            model.clients.selected = model.clients.selected.min(sheets.len().saturating_sub(1));
            model.clients.sheets = Some(sheets);
        }
        Err(sentence) => model.notice = Some(Notice::error(sentence)),
    }
    Vec::new()
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        // They are kept nowhere once this is left.
        Action::Next if model.has_unseen_password() => overlay::open_passwords(model),
        Action::Next => vec![Effect::ForgetMadePasswords, Effect::ForgetDraft, Effect::Quit(Leaving::Done)],
        Action::Back => walk::back(model),
        Action::Reveal => {
            model.reveals = !model.reveals;
            Vec::new()
        }
        Action::Change(by) => {
            let count = model.clients.sheets.as_ref().map_or(0, Vec::len);
            model.clients.selected = (model.clients.selected + count).saturating_add_signed(by) % count.max(1);
            model.scroll = 0;
            model.reveals = false;
            Vec::new()
        }
        Action::Page(by) => {
            let page = view::body_height(model).max(1);
            let end = view::page_lines(model).saturating_sub(page);
            let by = by.saturating_mul(isize::try_from(page).unwrap_or(isize::MAX));
            model.scroll = model.scroll.saturating_add_signed(by).min(end);
            Vec::new()
        }
        Action::Copy => {
            let Some(password) = model.clients.sheet().and_then(Sheet::made_password) else { return Vec::new() };
            let text = password.expose().to_owned();
            model.notice = Some(Notice::info(
                "The password was sent to your terminal's clipboard. If it did not arrive: F2 shows it.",
            ));
            vec![Effect::Copy(text)]
        }
        Action::Write => {
            let Some(sheet) = model.clients.sheet() else { return Vec::new() };
            vec![Effect::WriteProfile(Box::new(model.draft().clone()), sheet.account.clone())]
        }
        Action::Plain => {
            let Some(sheet) = model.clients.sheet() else { return Vec::new() };
            let text = sheet.lines.join("\n");
            model.plain_page = true;
            vec![Effect::PlainPage(text)]
        }
        _ => Vec::new(),
    }
}
