//! Runs checks: beside a page of questions, and on the finished server.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Wizard, WizardError};
use crate::checks::{self, Context, Own, Selection, Updates};
use crate::finding::CheckResult;
use crate::plan::EditChoices;
use crate::probe::dns::DnsClient;
use crate::records::Known;
use crate::spec::{Fqdn, Spec};
use crate::steps::{Draft, Step};

impl Wizard {
    /// The checks that belong beside a page, against the draft as it stands. None while there is nothing to look at.
    pub async fn live_checks(&self, step: &Step, draft: &Draft) -> Result<Vec<CheckResult>, WizardError> {
        // The way out of the machine can be tried before anything has a name.
        let nameless = || {
            let mut spec = Spec::new(Fqdn::parse("host.invalid").ok()?);
            spec.checks = draft.checks.clone();
            Some(spec)
        };
        let Some(spec) = draft.present().or_else(nameless).filter(|_| !step.live_checks.is_empty()) else {
            return Ok(Vec::new());
        };
        let own = Own {
            known: Known::addresses(&spec, &draft.facts),
            facts: draft.facts.clone(),
            host: Some(self.host.clone()),
            ..Own::wished(spec)
        };
        let context = Context::of_own(own, DnsClient::system()?);
        let only: BTreeSet<String> = step.live_checks.iter().map(|id| (*id).to_owned()).collect();
        let selection = Selection { only, ..Selection::default() };
        Ok(checks::run(Arc::new(context), &selection, None, CancellationToken::new()).await)
    }

    /// Every check, against the server as it is. Results also go to `updates` as they come.
    pub async fn verify(
        &self,
        spec: &Spec,
        updates: Option<Updates>,
        cancel: CancellationToken,
    ) -> Result<Vec<CheckResult>, WizardError> {
        self.verify_only(spec, BTreeSet::new(), updates, cancel).await
    }

    /// The same with only the checks of these ids; all when empty.
    pub async fn verify_only(
        &self,
        spec: &Spec,
        only: BTreeSet<String>,
        updates: Option<Updates>,
        cancel: CancellationToken,
    ) -> Result<Vec<CheckResult>, WizardError> {
        let (wizard, wish) = (self.clone(), spec.clone());
        let context = tokio::task::spawn_blocking(move || {
            let prepared = wizard.prepare(wish, &EditChoices::default())?;
            let dns = DnsClient::system()?;
            let (host, paths) = (wizard.host.clone(), &wizard.paths);
            Ok::<_, WizardError>(Context::for_this_server(
                host,
                paths,
                prepared.spec,
                prepared.facts,
                prepared.desired,
                dns,
            )?)
        });
        let context = context.await.map_err(|_| WizardError::CutShort("looking at the machine"))??;
        let selection = Selection { only, ..Selection::default() };
        Ok(checks::run(Arc::new(context), &selection, updates, cancel).await)
    }
}
