//! The records page's material.

use futures_util::StreamExt;

use super::{Wizard, WizardError};
use crate::facts::Facts;
use crate::keys::{acme, dkim};
use crate::probe::dns::{Compared, DnsClient};
use crate::records::{ComparedRecord, Record, RecordKind};
use crate::spec::{Domain, Fqdn, Spec};

/// Wanted records, and the client that compares them.
pub struct WantedRecords {
    /// The records in the order they are shown.
    pub records: Vec<Record>,
    /// Asks the servers.
    pub dns: DnsClient,
}

impl WantedRecords {
    /// Every record compared with what the servers say now.
    pub async fn look(&self, hostname: &Fqdn) -> Vec<ComparedRecord> {
        let dns = self.dns.fresh();
        let mut compared: Vec<Compared> = dns.compare_all(&self.records, hostname).collect().await;
        compared.sort_by_key(|c| c.index);
        compared.into_iter().map(|c| c.record).collect()
    }
}

impl Wizard {
    /// The records of one domain of a wish, without those of the host.
    pub async fn domain_records(
        &self,
        spec: &Spec,
        facts: &Facts,
        domain: &Domain,
    ) -> Result<WantedRecords, WizardError> {
        let mut only = spec.clone();
        only.domains.retain(|d| d.name == *domain);
        let mut wanted = self.records(&only, facts).await?;
        let host = spec.hostname.absolute();
        let hosts = |record: &Record| record.name == host && *domain != spec.hostname;
        wanted.records.retain(|record| record.kind != RecordKind::Ptr && !hosts(record));
        Ok(wanted)
    }

    /// The records that a wish wants, merged with what is published already. Makes and keeps the DKIM keys that they name.
    pub async fn records(&self, spec: &Spec, facts: &Facts) -> Result<WantedRecords, WizardError> {
        let (host, paths, wish) = (self.host.clone(), self.paths.clone(), spec.clone());
        let keys = tokio::task::spawn_blocking(move || {
            host.make_directory(paths.var(), 0o700, "root", "root")?;
            dkim::to_publish(&*host, &paths, &wish)
        });
        let keys = keys.await.map_err(|_| WizardError::CutShort("making DKIM keys"))??;
        let dns = DnsClient::system()?;
        let mut known = dns.known(spec, facts, keys).await;
        acme::learn(&mut known, &*self.host, &self.paths, spec).await?;
        let records = dns.wanted(spec, &known).await;
        Ok(WantedRecords { records, dns })
    }
}
