//! A domain's DKIM keys beside what its name servers have of them.

use futures_util::StreamExt;

use super::{Wizard, WizardError};
use crate::keys::dkim::{self, ListedKey};
use crate::probe::dns::{Compared, DnsClient};
use crate::records::{ComparedRecord, Phase, Record, RecordKind};
use crate::spec::{MailDomain, Spec};

/// A key and its record.
#[derive(Debug, Clone, PartialEq)]
pub struct DkimSeen {
    /// The key.
    pub key: ListedKey,
    /// Its record, as it should be and as it is.
    pub record: ComparedRecord,
}

impl Wizard {
    /// Every key of a domain that has a record, in the order they were made.
    pub async fn dkim(&self, spec: &Spec, domain: &MailDomain) -> Result<Vec<DkimSeen>, WizardError> {
        let keys = dkim::listed(&*self.host, &self.paths, domain, spec)?;
        let dns = DnsClient::system()?;
        let mut records: Vec<Record> = keys
            .iter()
            .map(|key| Record {
                name: key.public.record_name(),
                kind: RecordKind::Txt,
                ttl: 3600,
                data: key.public.record_text(),
                zone: domain.name.absolute(),
                why: "Holds the key that receivers check our DKIM signatures with.".into(),
                required: true,
                phase: Phase::Before,
            })
            .collect();
        dns.place(&mut records).await;
        let mut compared: Vec<Compared> = dns.compare_all(&records, &spec.hostname).collect().await;
        compared.sort_by_key(|c| c.index);
        Ok(keys.into_iter().zip(compared).map(|(key, compared)| DkimSeen { key, record: compared.record }).collect())
    }
}
