//! One account, alias or domain, and what can be done with it.

use super::{Effect, ask, dkim, dns, home, select};
use crate::changes::{AcceptMail, EnableAccount, RemoveAlias};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{About, Deed, HubPage, Model, Place, Served, ServedPage};
use crate::front::tui::view;

/// Opens the page of one.
pub(super) fn open(model: &mut Model, which: Served) -> Vec<Effect> {
    model.hub.served = ServedPage { which: Some(which), selected: 0 };
    home::open(model, Place::Page(HubPage::Served))
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => {
            let deed = model.deeds().get(model.hub.served.selected).copied();
            deed.map(|deed| self::deed(model, deed)).unwrap_or_default()
        }
        Action::Back => home::back(model),
        action => {
            let count = model.deeds().len();
            model.hub.served.selected = select(model.hub.served.selected, count, view::body_height(model), action);
            Vec::new()
        }
    }
}

fn deed(model: &mut Model, deed: Deed) -> Vec<Effect> {
    match model.hub.served.which.clone() {
        Some(Served::Account(address)) => {
            let quota_mb = model.draft().accounts.iter().find(|a| a.address == address).and_then(|a| a.quota_mb);
            match deed {
                Deed::Password => ask::open(model, About::SetPassword(address)),
                Deed::Limit => ask::open(model, About::SetQuota(address, quota_mb)),
                Deed::Rename => ask::open(model, About::RenameAccount(address)),
                Deed::Disable => ask::make(model, &EnableAccount { address, enabled: false }),
                Deed::Enable => ask::make(model, &EnableAccount { address, enabled: true }),
                Deed::Remove => ask::open(model, About::RemoveAccount(address)),
                Deed::Records | Deed::Keys | Deed::Targets | Deed::Dmarc | Deed::AcceptMail => Vec::new(),
            }
        }
        Some(Served::Alias(address)) if deed == Deed::Remove => {
            ask::make(model, &RemoveAlias { address, targets: Vec::new() })
        }
        Some(Served::Alias(address)) => {
            let targets = model.draft().aliases.iter().find(|alias| alias.address == address);
            let targets = targets.map(|alias| alias.targets.clone()).unwrap_or_default();
            ask::open(model, About::SetTargets(address, targets))
        }
        Some(Served::Domain(name)) => match deed {
            Deed::Records => dns::open(model, Some(name)),
            Deed::Keys => dkim::open(model, name),
            Deed::Dmarc => {
                let policy = model.draft().domains.iter().find(|domain| domain.name == name).map(|domain| domain.dmarc);
                ask::open(model, About::SetDmarc(name, policy.unwrap_or_default()))
            }
            Deed::AcceptMail => {
                let effects = ask::make(model, &AcceptMail { domain: name.clone() });
                if model.place == Place::Step("review") {
                    model.hub.to_publish = Some(name);
                }
                effects
            }
            _ => {
                let holds_admin = model.draft().admin_email.as_ref().is_some_and(|admin| *admin.domain() == name);
                ask::open(model, About::RemoveDomain { name, holds_admin })
            }
        },
        None => Vec::new(),
    }
}
