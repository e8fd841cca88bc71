//! An alias goes, or one of its targets.

use super::{Change, Refusal, Wish, nearest};
use crate::spec::{AliasAddress, Mailbox};

/// Removes an alias, or only some of its targets.
#[derive(Debug, Clone)]
pub struct RemoveAlias {
    /// The alias.
    pub address: AliasAddress,
    /// The targets to remove; the whole alias where none is named.
    pub targets: Vec<Mailbox>,
}

impl Change for RemoveAlias {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let address = &self.address;
        let Some(at) = wish.spec.aliases.iter().position(|a| a.address == *address) else {
            return Err(nearest::no_alias(&wish.spec, address));
        };
        let alias = &mut wish.spec.aliases[at];
        if let Some(stranger) = self.targets.iter().find(|t| !alias.targets.contains(t)) {
            return Err(Refusal::new(format!("'{address}' does not lead to '{stranger}'.")));
        }
        alias.targets.retain(|t| !self.targets.contains(t));
        if !self.targets.is_empty() && !alias.targets.is_empty() {
            return Ok(Vec::new());
        }
        if let AliasAddress::One(one) = address
            && one.local() == "postmaster"
        {
            return Err(Refusal::new(format!(
                "Every domain must have '{one}' (RFC 5321). Let it lead to somebody else: 'mailwizard alias add {one} \
                 ADDRESS --replace'."
            )));
        }
        let led_on =
            wish.spec.aliases.iter().enumerate().find(|(other, a)| {
                *other != at && matches!(address, AliasAddress::One(one) if a.targets.contains(one))
            });
        if let Some((_, other)) = led_on {
            return Err(Refusal::new(format!(
                "The alias '{0}' leads to '{address}'. Let it lead to somebody else first: 'mailwizard alias add {0} \
                 ADDRESS --replace'.",
                other.address
            )));
        }
        wish.spec.aliases.remove(at);
        Ok(vec![match address {
            AliasAddress::One(one) => format!("Mail to '{one}' is refused from now on, unless a catch-all takes it."),
            AliasAddress::CatchAll(domain) => {
                format!("Mail to unknown addresses of '{domain}' is refused from now on.")
            }
        }])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::super::{AddAlias, Change as _};
    use super::*;

    fn with_alias(address: &str, targets: &[&str]) -> Wish {
        let mut wish = wish(&["alice@example.org", "bob@example.org"]);
        let targets = targets.iter().map(|t| (*t).to_owned()).collect();
        AddAlias { address: address.into(), targets, add: true }.apply(&mut wish).unwrap();
        wish
    }

    fn removing(address: &str, targets: &[&str]) -> RemoveAlias {
        let targets = targets.iter().map(|t| mailbox(t)).collect();
        RemoveAlias { address: AliasAddress::parse(address).unwrap(), targets }
    }

    #[test]
    fn one_target_or_all_of_it() {
        let mut wish = with_alias("info@example.org", &["alice@example.org", "bob@example.org"]);
        wish.change(&removing("info@example.org", &["bob@example.org"])).unwrap();
        assert_eq!(wish.spec.aliases[0].targets, [mailbox("alice@example.org")]);
        assert_eq!(
            refusal(&mut wish, &removing("info@example.org", &["bob@example.org"])),
            "'info@example.org' does not lead to 'bob@example.org'."
        );
        wish.change(&removing("info@example.org", &["alice@example.org"])).unwrap();
        assert!(wish.spec.aliases.is_empty());
    }

    #[test]
    fn what_others_need_stays() {
        let mut wish = with_alias("postmaster@example.org", &["alice@example.org"]);
        assert!(refusal(&mut wish, &removing("postmaster@example.org", &[])).contains("(RFC 5321)"));
        let sentence = refusal(&mut wish, &removing("postmater@example.org", &[]));
        assert!(sentence.contains("Did you mean 'postmaster@example.org'?"), "{sentence}");
        let mut wish = with_alias("sales@example.org", &["alice@example.org"]);
        AddAlias { address: "shop@example.org".into(), targets: vec!["sales@example.org".into()], add: true }
            .apply(&mut wish)
            .unwrap();
        assert!(refusal(&mut wish, &removing("sales@example.org", &[])).contains("'shop@example.org' leads to"));
    }
}
