//! Another DMARC policy.

use super::{Change, Refusal, Wish, nearest};
use crate::spec::{DmarcPolicy, Domain};

/// Asks receivers for something else where mail in the name of a domain fails DMARC.
#[derive(Debug, Clone)]
pub struct SetDmarc {
    /// The domain.
    pub name: Domain,
    /// What receivers are asked to do.
    pub policy: DmarcPolicy,
}

impl Change for SetDmarc {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let name = &self.name;
        let Some(domain) = wish.spec.domains.iter_mut().find(|domain| domain.name == *name) else {
            return Err(nearest::no_domain(&wish.spec, name));
        };
        if domain.dmarc == self.policy {
            let policy = self.policy.as_str();
            return Err(Refusal::new(format!("The DMARC policy of '{name}' is '{policy}' already.")));
        }
        domain.dmarc = self.policy;
        Ok(vec![format!("The policy holds once the record '_dmarc.{name}' says it: change that one next.")])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{domain, refusal, wish};
    use super::*;

    #[test]
    fn a_policy_is_changed_once() {
        let mut wish = wish(&["alice@example.org"]);
        let to = |name: &str, policy| SetDmarc { name: domain(name), policy };
        assert!(refusal(&mut wish, &to("example.com", DmarcPolicy::Reject)).starts_with("'example.com' is not one of"));
        wish.change(&to("example.net", DmarcPolicy::Reject)).unwrap();
        assert_eq!(wish.spec.domain(&domain("example.net")).map(|d| d.dmarc), Some(DmarcPolicy::Reject));
        let sentence = refusal(&mut wish, &to("example.net", DmarcPolicy::Reject));
        assert_eq!(sentence, "The DMARC policy of 'example.net' is 'reject' already.");
    }
}
