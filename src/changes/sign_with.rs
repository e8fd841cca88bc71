//! Other DKIM keys sign.

use super::{Change, Refusal, Wish, nearest};
use crate::spec::{Domain, Selector};

/// Signs a domain's mail with these keys: the second step of a rotation, or the way back.
#[derive(Debug, Clone)]
pub struct SignWith {
    /// The domain.
    pub domain: Domain,
    /// The keys, in the order they sign.
    pub selectors: Vec<Selector>,
}

impl Change for SignWith {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let Some(domain) = wish.spec.domains.iter_mut().find(|d| d.name == self.domain) else {
            return Err(nearest::no_domain(&wish.spec, &self.domain));
        };
        domain.dkim_selectors.clone_from(&self.selectors);
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{domain, refusal, wish};
    use super::*;

    #[test]
    fn only_a_served_domain_signs() {
        let mut wish = wish(&["alice@example.org"]);
        let with = |name: &str| SignWith {
            domain: domain(name),
            selectors: vec![Selector::parse("r2026b").unwrap(), Selector::parse("e2026b").unwrap()],
        };
        assert!(refusal(&mut wish, &with("example.com")).contains("is not one of the domains"));
        wish.change(&with("example.org")).unwrap();
        assert_eq!(wish.spec.domains[0].dkim_selectors.len(), 2);
        assert!(wish.spec.domains[1].dkim_selectors.is_empty());
    }
}
