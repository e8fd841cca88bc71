//! What has to be asked before records can be wanted.

use super::DnsClient;
use crate::facts::Facts;
use crate::records::{DkimPublic, Known, Record, wanted};
use crate::spec::Spec;

impl DnsClient {
    /// What the wish, the machine and the DNS say together. The CA's name and the ACME account are the caller's to add.
    pub async fn known(&self, spec: &Spec, facts: &Facts, dkim: Vec<DkimPublic>) -> Known {
        let published = self.published(spec.domains.iter().map(|d| &d.name)).await;
        Known { dkim, published, ..Known::addresses(spec, facts) }
    }

    /// The wanted records, each in the zone that really holds its name.
    pub async fn wanted(&self, spec: &Spec, known: &Known) -> Vec<Record> {
        let mut records = wanted(spec, known);
        self.place(&mut records).await;
        records
    }
}
