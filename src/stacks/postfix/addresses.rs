//! Every address that mail can reach here: what the operator named, and what a mail server owes besides.

use std::collections::BTreeMap;

use super::server::Server;
use crate::spec::{Alias, AliasAction, AliasAddress, Mailbox, ROLE_LOCAL_PARTS, Routes, Spec};

/// The wish with all its aliases: what [`Spec::normalised`] adds, and role addresses (RFC 2142) to the administrator
/// where nothing else is said.
pub(super) fn completed(spec: &Spec) -> Spec {
    let mut spec = spec.clone().normalised();
    let Some(administrator) = administrator(&spec) else { return spec };
    let named = Routes::of(&spec);
    let roles = spec.domains.iter().flat_map(|d| ROLE_LOCAL_PARTS.iter().filter_map(|r| Mailbox::at(r, &d.name).ok()));
    let missing: Vec<Alias> = roles
        .filter(|role| *role != administrator && !named.is_named(role))
        .map(|role| deliver(role, administrator.clone()))
        .collect();
    spec.aliases.extend(missing);
    spec
}

/// Who reads what the server itself has to say: `admin_email`, else the first account.
pub(super) fn administrator(spec: &Spec) -> Option<Mailbox> {
    spec.admin_email.clone().or_else(|| spec.accounts.first().map(|a| a.address.clone()))
}

/// Each address with the accounts that may send as it. Addresses of catch-alls are written `@example.org`.
pub(super) fn sender_owners(server: &Server) -> BTreeMap<String, Vec<Mailbox>> {
    let spec = server.spec;
    let routes = Routes::of(spec);
    let mut owners: BTreeMap<String, Vec<Mailbox>> =
        spec.accounts.iter().map(|a| (a.address.to_string(), vec![a.address.clone()])).collect();
    if let Some(check) = &server.materials.check_account {
        let senders = spec.domains.iter().map(|d| format!("{}@{}", check.address.local(), d.name));
        owners.extend(senders.map(|sender| (sender, vec![check.address.clone()])));
    }
    for alias in spec.aliases.iter().filter(|a| a.action == AliasAction::Deliver) {
        let (key, accounts) = match &alias.address {
            AliasAddress::One(address) => (address.to_string(), routes.mailboxes_behind(address)),
            AliasAddress::CatchAll(domain) => {
                (format!("@{domain}"), alias.targets.iter().flat_map(|t| routes.mailboxes_behind(t)).collect())
            }
        };
        if !accounts.is_empty() {
            owners.insert(key, accounts);
        }
    }
    owners
}

fn deliver(address: Mailbox, target: Mailbox) -> Alias {
    Alias { address: AliasAddress::One(address), targets: vec![target], action: AliasAction::Deliver }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Account, Domain, Fqdn, MailDomain};

    fn spec(admin: Option<&str>, accounts: &[&str]) -> Spec {
        let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        spec.domains = ["example.org", "example.net"].map(|d| MailDomain::new(Domain::parse(d).unwrap())).to_vec();
        spec.admin_email = admin.map(|a| Mailbox::parse(a).unwrap());
        spec.accounts = accounts.iter().map(|a| Account::new(Mailbox::parse(a).unwrap())).collect();
        spec
    }

    fn aliases(spec: &Spec) -> Vec<String> {
        let shown = |a: &Alias| format!("{} -> {}", a.address, a.targets[0]);
        completed(spec).aliases.iter().map(shown).collect()
    }

    #[test]
    fn an_administrator_who_is_nobody_yet_is_reached_and_gets_the_roles() {
        let found = aliases(&spec(Some("admin@example.net"), &["alice@example.org", "carol@example.net"]));
        assert_eq!(found[0], "admin@example.net -> alice@example.org");
        assert_eq!(found[1], "postmaster@example.org -> admin@example.net");
        assert_eq!(found.len(), 1 + 2 * ROLE_LOCAL_PARTS.len());
    }

    #[test]
    fn roles_go_to_the_first_account_where_nobody_is_named_and_never_over_what_is_said() {
        let mut wish = spec(None, &["alice@example.org", "abuse@example.org"]);
        wish.aliases.push(deliver(
            Mailbox::parse("postmaster@example.org").unwrap(),
            Mailbox::parse("abuse@example.org").unwrap(),
        ));
        let found = aliases(&wish);
        assert!(found.contains(&"postmaster@example.org -> abuse@example.org".to_owned()), "{found:?}");
        assert!(found.contains(&"postmaster@example.net -> alice@example.org".to_owned()), "{found:?}");
        assert!(!found.iter().any(|a| a.starts_with("abuse@example.org ")), "{found:?}");
        assert_eq!(found.iter().filter(|a| a.starts_with("postmaster@example.org ")).count(), 1);
    }

    #[test]
    fn an_administrator_who_is_postmaster_makes_no_circle() {
        let completed = completed(&spec(Some("postmaster@example.org"), &["alice@example.org"]));
        assert_eq!(completed.problems(), spec(Some("postmaster@example.org"), &["alice@example.org"]).problems());
        let abuse = Mailbox::parse("abuse@example.org").unwrap();
        assert_eq!(completed.mailboxes_behind(&abuse), [Mailbox::parse("alice@example.org").unwrap()]);
    }

    #[test]
    fn a_server_without_accounts_gets_no_aliases_into_the_void() {
        assert_eq!(aliases(&spec(None, &[])), Vec::<String>::new());
    }
}
