//! One account, alias or domain, and what can be done with it.

use ratatui::style::Style;

use super::accounts::leads_to;
use super::body::{Body, labelled};
use super::{chrome, list};
use crate::front::size::{self, Size};
use crate::front::tui::model::{Model, Served};
use crate::spec::{AliasAddress, Domain, Mailbox};

/// The most lines that one fact takes.
const MOST: usize = 3;

pub(super) fn body(model: &Model) -> Body {
    let width = chrome::width(model);
    let mut body = Body::default();
    body.text(model.intro(), width, 0, Style::new());
    body.gap();
    let facts = match &model.hub.served.which {
        Some(Served::Account(address)) => account(model, address),
        Some(Served::Alias(address)) => alias(model, address),
        Some(Served::Domain(name)) => domain(model, name),
        None => Vec::new(),
    };
    for (label, text) in facts {
        body.lines.extend(labelled(label, &text, width, MOST, Style::new()));
    }
    body.gap();
    for (at, deed) in model.deeds().into_iter().enumerate() {
        list::row(&mut body, model, at == model.hub.served.selected, deed.title());
    }
    body
}

fn account(model: &Model, address: &Mailbox) -> Vec<(&'static str, String)> {
    let Some(account) = model.draft().accounts.iter().find(|account| account.address == *address) else {
        return Vec::new();
    };
    let seen = model.mailbox_seen(address);
    let holds = seen.and_then(|seen| seen.bytes).map_or("nothing yet".to_owned(), size::bytes);
    let limit = account.quota_mb.map_or(", no limit".to_owned(), |_| format!(" of {}", Size::of(account.quota_mb)));
    let login =
        seen.and_then(|seen| seen.last_login.as_deref()).map_or("never".to_owned(), |day| format!("last {day}"));
    let lead: Vec<String> = model
        .draft()
        .aliases
        .iter()
        .filter(|alias| alias.targets.contains(address))
        .map(|alias| alias.address.to_string())
        .collect();
    let mut facts = vec![("Holds", format!("{holds}{limit}")), ("Login", login)];
    facts.splice(0..0, account.name.iter().map(|name| ("Name", crate::printable::printable(name))));
    if account.disabled {
        facts.push(("State", "disabled: nobody can log in with it".into()));
    }
    if !lead.is_empty() {
        facts.push(("Aliases", lead.join(", ")));
    }
    facts
}

fn alias(model: &Model, address: &AliasAddress) -> Vec<(&'static str, String)> {
    let alias = model.draft().aliases.iter().find(|alias| alias.address == *address);
    alias.map(|alias| ("Leads to", leads_to(alias))).into_iter().collect()
}

fn domain(model: &Model, name: &Domain) -> Vec<(&'static str, String)> {
    let draft = model.draft();
    let Some(domain) = draft.domains.iter().find(|domain| domain.name == *name) else { return Vec::new() };
    let accounts = draft.accounts.iter().filter(|account| account.address.domain() == name).count();
    let aliases = draft.aliases.iter().filter(|alias| alias.address.domain() == name).count();
    let mail = if domain.moving_from_another_server { "still goes to another server" } else { "is taken here" };
    vec![
        ("Mail", mail.to_owned()),
        ("DMARC", domain.dmarc.as_str().to_owned()),
        ("Accounts", accounts.to_string()),
        ("Aliases", aliases.to_string()),
    ]
}
