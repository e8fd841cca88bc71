//! Refusals for names that are not there, with the one that was probably meant.

use super::Refusal;
use crate::printable::excerpt;
use crate::spec::{AliasAddress, Domain, Mailbox, Spec};

/// Names that are at least so much alike are probably the same one mistyped (Jaro-Winkler).
const ALIKE: f64 = 0.85;

pub(super) fn no_account(spec: &Spec, address: &Mailbox) -> Refusal {
    if spec.aliases.iter().any(|a| a.address == AliasAddress::One(address.clone())) {
        return Refusal::new(format!("'{address}' is an alias, not an account: see 'mailwizard alias list'."));
    }
    let hint = hint(&address.to_string(), spec.accounts.iter().map(|a| a.address.to_string()));
    Refusal::new(format!("'{address}' is not one of the accounts.{hint} 'mailwizard account list' shows them."))
}

pub(super) fn no_domain(spec: &Spec, domain: &Domain) -> Refusal {
    let names: Vec<&str> = spec.domains.iter().map(|d| d.name.as_str()).collect();
    let served = excerpt(&names.join(", "), 200);
    Refusal::new(format!(
        "'{domain}' is not one of the domains: they are {served}. Add it first: 'mailwizard domain add {domain}'."
    ))
}

pub(super) fn no_alias(spec: &Spec, address: &AliasAddress) -> Refusal {
    let hint = hint(&address.to_string(), spec.aliases.iter().map(|a| a.address.to_string()));
    Refusal::new(format!("'{address}' is not one of the aliases.{hint} 'mailwizard alias list' shows them."))
}

fn hint(wanted: &str, names: impl Iterator<Item = String>) -> String {
    names
        .map(|name| (strsim::jaro_winkler(&name, wanted), name))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, near)| format!(" Did you mean '{near}'?"))
        .unwrap_or_default()
}
