//! The DKIM keys of one domain.

use super::{Effect, ask, dns, home, select};
use crate::changes::SignWith;
use crate::front::tui::keys::Action;
use crate::front::tui::model::{DkimDeed, DkimLook, DkimPage, HubPage, Model, Place};
use crate::front::tui::msg::Notice;
use crate::front::tui::view;
use crate::spec::Domain;

/// Opens the page of a domain's keys.
pub(super) fn open(model: &mut Model, domain: Domain) -> Vec<Effect> {
    if model.hub.dkim.domain.as_ref() != Some(&domain) {
        model.hub.dkim = DkimPage { domain: Some(domain), ..DkimPage::default() };
    }
    home::open(model, Place::Page(HubPage::Dkim))
}

/// Looks at the keys and their records.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    let page = &mut model.hub.dkim;
    let Some(domain) = page.domain.clone().filter(|_| !page.is_at_work) else { return Vec::new() };
    page.is_at_work = true;
    vec![Effect::LookAtDkim(domain)]
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => {
            let deed = model.hub.dkim.deeds().get(model.hub.dkim.selected).cloned();
            deed.map(|deed| self::deed(model, deed)).unwrap_or_default()
        }
        Action::Refresh => enter(model),
        Action::Back => home::back(model),
        action => {
            let count = model.hub.dkim.deeds().len();
            model.hub.dkim.selected = select(model.hub.dkim.selected, count, view::body_height(model), action);
            Vec::new()
        }
    }
}

fn deed(model: &mut Model, deed: DkimDeed) -> Vec<Effect> {
    let Some(domain) = model.hub.dkim.domain.clone() else { return Vec::new() };
    match deed {
        DkimDeed::Records => dns::open(model, Some(domain)),
        DkimDeed::Sign(selectors) | DkimDeed::SignAgain(selectors) => ask::make(model, &SignWith { domain, selectors }),
        _ if model.hub.dkim.is_at_work => {
            model.notice = Some(Notice::info("The name servers are still being asked."));
            Vec::new()
        }
        DkimDeed::MakeNext => {
            model.hub.dkim.is_at_work = true;
            vec![Effect::MakeDkimKeys(domain)]
        }
        DkimDeed::Drop(selectors) => {
            model.hub.dkim.is_at_work = true;
            model.notice = Some(Notice::info("They are dropped. Take their records down where you published them."));
            vec![Effect::DropDkimKeys(domain, selectors)]
        }
    }
}

/// Takes in what was found of a domain's keys.
pub(super) fn looked(model: &mut Model, domain: &Domain, seen: Result<DkimLook, String>) -> Vec<Effect> {
    let page = &mut model.hub.dkim;
    if page.domain.as_ref() == Some(domain) {
        page.is_at_work = false;
        page.seen = Some(seen);
        page.selected = page.selected.min(page.deeds().len().saturating_sub(1));
    }
    Vec::new()
}
