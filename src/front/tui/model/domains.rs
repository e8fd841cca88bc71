//! The domains of a server that is set up.

use super::{Filter, Model};
use crate::spec::MailDomain;

/// The list of domains.
#[derive(Debug, Default)]
pub struct DomainsPage {
    /// Index of the selected line; the first one stands for all domains.
    pub selected: usize,
    /// What narrows the list down.
    pub filter: Filter,
}

impl Model {
    /// The domains that are listed now.
    pub fn listed_domains(&self) -> Vec<&MailDomain> {
        let filter = &self.hub.domains.filter;
        self.draft().domains.iter().filter(|domain| filter.lists(&domain.name)).collect()
    }

    /// The selected domain; `None` where all of them are.
    pub fn listed_domain(&self) -> Option<&MailDomain> {
        self.hub.domains.selected.checked_sub(1).and_then(|at| self.listed_domains().into_iter().nth(at))
    }
}
