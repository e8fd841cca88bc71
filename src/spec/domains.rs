//! The served domains.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Domain, Mailbox, Selector, Spec};

/// One `[[domains]]` entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailDomain {
    /// The domain.
    pub name: Domain,
    /// What receivers are asked to do with mail that fails DMARC.
    #[serde(default)]
    pub dmarc: DmarcPolicy,
    /// Where mail for unknown addresses goes; [`Spec::normalised`] turns it into the alias `*@domain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_all: Option<Mailbox>,
    /// Its live MX is another server's: mail for it is not accepted here until the cut-over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moving_from_another_server: bool,
    /// The DKIM keys that sign its mail, in order; the first of each kind where none is named. A rotation changes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dkim_selectors: Vec<Selector>,
}

impl MailDomain {
    /// A domain with the defaults of a first set-up.
    pub fn new(name: Domain) -> Self {
        Self {
            name,
            dmarc: DmarcPolicy::default(),
            catch_all: None,
            moving_from_another_server: false,
            dkim_selectors: Vec::new(),
        }
    }
}

/// The DMARC policy tag `p` (RFC 9989).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DmarcPolicy {
    /// Only report: the place to start from.
    #[default]
    None,
    /// Put it into the spam folder.
    Quarantine,
    /// Refuse it: where every domain should end.
    Reject,
}

impl DmarcPolicy {
    /// The tag's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }
}

pub(super) fn problems(spec: &Spec, problems: &mut Vec<String>) {
    if spec.domains.is_empty() {
        problems.push("No domain is given: at least one [[domains]] with name = \"example.org\" is needed.".into());
    }
    let mut seen = BTreeSet::new();
    for domain in &spec.domains {
        if !seen.insert(&domain.name) {
            problems.push(format!("The domain '{}' is given twice: leave one of them out.", domain.name));
        }
    }
}
