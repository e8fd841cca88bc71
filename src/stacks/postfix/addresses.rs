//! Every address that mail can reach here: what the operator named, and what a mail server owes besides.

use std::collections::BTreeMap;

use super::server::Server;
use crate::spec::{Alias, AliasAction, AliasAddress, Domain, Mailbox, ROLE_LOCAL_PARTS, Spec};

/// The wish with all its aliases: catch-alls as aliases, the administrator's address made reachable, role addresses
/// (RFC 2142) to the administrator where nothing else is said.
pub(super) fn completed(spec: &Spec) -> Spec {
    let mut spec = spec.clone().normalised();
    if let Some(admin) = spec.admin_email.clone()
        && spec.domain(admin.domain()).is_some()
        && !is_reachable(&spec, &admin)
        && let Some(reader) = first_account(&spec, admin.domain())
    {
        spec.aliases.push(deliver(admin, reader));
    }
    let Some(administrator) = administrator(&spec) else { return spec };
    let domains: Vec<Domain> = spec.domains.iter().map(|d| d.name.clone()).collect();
    let roles = domains.iter().flat_map(|d| ROLE_LOCAL_PARTS.iter().filter_map(|r| Mailbox::at(r, d).ok()));
    for role in roles {
        if role != administrator && !is_named(&spec, &role) {
            spec.aliases.push(deliver(role, administrator.clone()));
        }
    }
    spec
}

/// Who reads what the server itself has to say: `admin_email`, else the first account.
pub(super) fn administrator(spec: &Spec) -> Option<Mailbox> {
    spec.admin_email.clone().or_else(|| spec.accounts.first().map(|a| a.address.clone()))
}

/// Each address with the accounts that may send as it. Addresses of catch-alls are written `@example.org`.
pub(super) fn sender_owners(server: &Server) -> BTreeMap<String, Vec<Mailbox>> {
    let spec = server.spec;
    let mut owners: BTreeMap<String, Vec<Mailbox>> =
        spec.accounts.iter().map(|a| (a.address.to_string(), vec![a.address.clone()])).collect();
    if let Some(check) = &server.materials.check_account {
        let senders = spec.domains.iter().map(|d| format!("{}@{}", check.address.local(), d.name));
        owners.extend(senders.map(|sender| (sender, vec![check.address.clone()])));
    }
    for alias in spec.aliases.iter().filter(|a| a.action == AliasAction::Deliver) {
        let (key, accounts) = match &alias.address {
            AliasAddress::One(address) => (address.to_string(), spec.mailboxes_behind(address)),
            AliasAddress::CatchAll(domain) => {
                (format!("@{domain}"), alias.targets.iter().flat_map(|t| spec.mailboxes_behind(t)).collect())
            }
        };
        if !accounts.is_empty() {
            owners.insert(key, accounts);
        }
    }
    owners
}

fn first_account(spec: &Spec, domain: &Domain) -> Option<Mailbox> {
    let of_domain = spec.accounts.iter().find(|a| a.address.domain() == domain);
    of_domain.or_else(|| spec.accounts.first()).map(|a| a.address.clone())
}

fn is_named(spec: &Spec, address: &Mailbox) -> bool {
    spec.account(address).is_some()
        || spec.aliases.iter().any(|a| matches!(&a.address, AliasAddress::One(one) if one == address))
}

fn is_reachable(spec: &Spec, address: &Mailbox) -> bool {
    is_named(spec, address)
        || spec.aliases.iter().any(|a| {
            matches!(&a.address, AliasAddress::CatchAll(domain) if domain == address.domain())
                && a.action == AliasAction::Deliver
        })
}

fn deliver(address: Mailbox, target: Mailbox) -> Alias {
    Alias { address: AliasAddress::One(address), targets: vec![target], action: AliasAction::Deliver }
}
