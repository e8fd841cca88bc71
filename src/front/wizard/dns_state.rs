//! What is known of the domains' DNS: from the last checks, or asked now.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Wizard, WizardError};
use crate::checks::{CHECKS, Kept};
use crate::facts::Facts;
use crate::finding::{Area, Outcome};
use crate::spec::{Domain, Spec};

/// Domains that are asked about at once.
const AT_ONCE: usize = 20;

/// The state of a domain's records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DnsState {
    /// Whether all that is required is there; not known where nobody looked.
    pub is_good: Option<bool>,
    /// What is wrong or missing, a few words each.
    pub open: Vec<String>,
    /// When that was found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl DnsState {
    /// For a list.
    pub fn words(&self) -> String {
        let at = self.at.map(|at| at.to_zoned(TimeZone::system()).strftime(", looked at %Y-%m-%d %H:%M").to_string());
        let at = at.unwrap_or_default();
        match (self.is_good, self.open.as_slice()) {
            (None, _) => "not looked at yet".into(),
            (Some(true), _) => format!("ok{at}"),
            (Some(false), [one]) => format!("{}{at}", crate::printable::excerpt(one, 60)),
            (Some(false), open) => format!("{} to fix{at}", open.len()),
        }
    }
}

impl Wizard {
    /// What the last checks found, by domain.
    pub fn dns_last_seen(&self) -> Result<BTreeMap<Domain, DnsState>, WizardError> {
        let Some(kept) = Kept::last(&*self.host, &self.paths)? else { return Ok(BTreeMap::new()) };
        let areas: BTreeMap<&str, Area> = CHECKS.iter().map(|check| (check.id, check.area)).collect();
        let mut states: BTreeMap<Domain, DnsState> = BTreeMap::new();
        for result in &kept.report.results {
            let area = areas.get(result.id.as_str());
            if !matches!(area, Some(Area::Dns | Area::Spf | Area::Dkim | Area::Dmarc)) {
                continue;
            }
            let Ok(domain) = Domain::parse(&result.subject) else { continue };
            let state = states.entry(domain).or_default();
            state.at = kept.at;
            match result.finding.outcome {
                Outcome::Fail => {
                    state.is_good = Some(false);
                    state.open.push(result.id.clone());
                }
                Outcome::Pass | Outcome::Info | Outcome::Warn => {
                    state.is_good.get_or_insert(true);
                }
                Outcome::Unknown | Outcome::Skipped => {}
            }
        }
        Ok(states)
    }

    /// Asks the authoritative servers about every required record of every domain.
    pub async fn dns_now(&self, spec: &Spec, facts: &Facts) -> Result<BTreeMap<Domain, DnsState>, WizardError> {
        let looks = spec.domains.iter().map(|domain| async move {
            let wanted = self.domain_records(spec, facts, &domain.name).await?;
            let page = wanted.look(&spec.hostname).await;
            let open: Vec<String> = page
                .iter()
                .filter(|c| c.wanted.required && !c.state.is_published())
                .map(|c| format!("{} {}", c.wanted.kind.as_str(), c.wanted.name.trim_end_matches('.')))
                .collect();
            let state = DnsState { is_good: Some(open.is_empty()), open, at: Some(self.host.now()) };
            Ok::<_, WizardError>((domain.name.clone(), state))
        });
        let found: Vec<Result<_, WizardError>> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        found.into_iter().collect()
    }
}
