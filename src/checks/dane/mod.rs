//! DANE for SMTP (RFC 7672): the records, proven by DNSSEC and compared with what the port shows.

mod present;
mod renewal;
mod tlsa;

use super::Context;
use crate::probe::dns::{RecordType, Validated};
use crate::spec::Fqdn;

pub(super) use present::DANE_TLSA_PRESENT;
pub(super) use renewal::{DANE_KEY_REUSE, DANE_ROLLOVER};

use tlsa::Tlsa;

/// The TLSA records of a host's port 25 with their proof.
async fn look(context: &Context, host: &Fqdn) -> (Validated, Vec<Tlsa>) {
    let seen = context.dns.validated(&format!("_25._tcp.{host}."), RecordType::TLSA).await;
    let records = seen.answer.data.iter().filter_map(|d| Tlsa::parse(d)).collect();
    (seen, records)
}
