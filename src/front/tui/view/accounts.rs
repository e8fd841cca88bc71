//! Accounts and aliases of a server that is set up.

use ratatui::text::Line;

use super::body::{Body, column, fit};
use super::{chrome, list};
use crate::front::size::{self, Size};
use crate::front::tui::model::{AccountsRow, Model};
use crate::printable::printable;
use crate::spec::{Account, Alias, AliasAction};

/// Columns of a size.
const SIZE: usize = 9;
/// Columns of a day.
const DAY: usize = 12;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let mut body = Body::default();
    list::heading(&mut body, &model.hub.accounts.filter, model.intro(), width);
    if let Some(Err(sentence)) = &model.hub.accounts.seen {
        body.text(sentence, width, 2, model.theme.error());
        body.gap();
    }
    let address = if width >= 100 { 54 } else { 36 };
    let rows = model.accounts_rows();
    if rows.is_empty() {
        body.push(Line::raw("  none"));
        return body;
    }
    if matches!(rows.first(), Some(AccountsRow::Account(_))) {
        let heading = format!("  {}{:>SIZE$}{:>SIZE$}  {}", column("Account", address), "Size", "Limit", "Last login");
        body.push(Line::styled(heading, model.theme.aside()));
    }
    let mut aliases = false;
    for (at, row) in rows.into_iter().enumerate() {
        let text = match row {
            AccountsRow::Account(account) => line(model, account, address),
            AccountsRow::Alias(alias) => {
                if !std::mem::replace(&mut aliases, true) {
                    body.gap();
                    let heading = format!("  {}{}", column("Alias", address), "  Leads to");
                    body.push(Line::styled(heading, model.theme.aside()));
                }
                format!("{}  {}", column(&alias.address.to_string(), address), leads_to(alias))
            }
        };
        list::row(&mut body, model, at == model.hub.accounts.selected, &fit(&text, width.saturating_sub(2)));
    }
    body
}

fn line(model: &Model, account: &Account, columns: usize) -> String {
    let is_looked_at = model.hub.accounts.seen.is_some();
    let seen = model.mailbox_seen(&account.address);
    let bytes = match seen.and_then(|seen| seen.bytes) {
        Some(bytes) => size::bytes(bytes),
        None if is_looked_at => "-".to_owned(),
        None => "...".to_owned(),
    };
    let limit = account.quota_mb.map_or("-".to_owned(), |_| Size::of(account.quota_mb).to_string());
    let login = match seen.and_then(|seen| seen.last_login.as_deref()) {
        Some(day) => day,
        None if is_looked_at => "never",
        None => "...",
    };
    let is_new = model.hub.applied.as_ref().is_some_and(|applied| applied.account(&account.address).is_none());
    let state = match (account.disabled, is_new) {
        (true, _) => "disabled",
        (false, true) => "new",
        (false, false) => "",
    };
    let address = column(&account.address.to_string(), columns);
    format!("{address}{bytes:>SIZE$}{limit:>SIZE$}  {}{state}", column(login, DAY))
}

/// Where mail to an alias goes, in words.
pub(super) fn leads_to(alias: &Alias) -> String {
    match alias.action {
        AliasAction::Deliver => {
            let targets: Vec<String> = alias.targets.iter().map(ToString::to_string).collect();
            printable(&targets.join(", "))
        }
        AliasAction::Reject => "nobody: it is refused".into(),
        AliasAction::Discard => "nobody: it is thrown away".into(),
    }
}
