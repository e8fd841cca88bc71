//! DANE for SMTP (RFC 7672): the records, proven by DNSSEC and compared with what the port shows.

mod present;
mod renewal;
mod tlsa;

use super::Context;
use crate::probe::dns::{RecordType, Validated};
use crate::records::tlsa::Tlsa;
use crate::spec::Fqdn;

pub(super) use present::DANE_TLSA_PRESENT;
pub(super) use renewal::{DANE_KEY_REUSE, DANE_ROLLOVER};

/// The TLSA records of a host's port 25 with their proof. The proof comes through the resolver, which may still have the
/// records of before: those that count are the ones that the authoritative servers have. With what was asked.
async fn look(context: &Context, host: &Fqdn) -> (Validated, Vec<Tlsa>, Vec<String>) {
    let name = format!("_25._tcp.{host}.");
    let (mut seen, truth) =
        tokio::join!(context.dns.validated(&name, RecordType::TLSA), context.dns.observe(&name, RecordType::TLSA));
    let question = format!("TLSA _25._tcp.{host}");
    let mut evidence = vec![seen.line(&question)];
    evidence.extend(truth.evidence(&question));
    if let Some(answer) = truth.settled()
        && seen.answer.state.is_verdict()
    {
        seen.answer = answer.clone();
    }
    let records = seen.answer.data.iter().filter_map(|d| Tlsa::parse(d)).collect();
    (seen, records, evidence)
}

#[cfg(test)]
pub(super) use tlsa::tests::chain;
