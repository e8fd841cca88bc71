//! `dane-tlsa-present`: TLSA records are proven, usable, and match the certificate at every address.

use std::sync::Arc;
use std::time::Duration;

use super::look;
use super::tlsa::matches;
use crate::checks::asked::host;
use crate::checks::port_look::PortLook;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::{RecordType, Security, Validated};
use crate::records::tlsa::{Tlsa, advised};
use crate::spec::Fqdn;

/// The records of port 25 match what it shows, or there are none.
pub static DANE_TLSA_PRESENT: Check = Check {
    id: "dane-tlsa-present",
    area: Area::Dane,
    why: "Servers that use DANE keep mail back from a host whose certificate does not match its TLSA records.",
    rfc: "RFC 7672 sections 2.2 and 3.1, RFC 6698",
    needs: &["smtp-starttls"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(matched(context, subject)),
};

async fn matched(context: Arc<Context>, subject: Subject) -> Finding {
    let host = match host(&subject) {
        Ok(host) => host,
        Err(finding) => return finding,
    };
    let (seen, records, evidence) = look(&context, host).await;
    if let Some(finding) = before_the_port(&seen, &records, host) {
        return finding.evidence(evidence);
    }
    let looks = context.port_looks(host, 25).await;
    let finding = at_the_ports(&records, &looks, host, context.now());
    let from_ports: Vec<String> = looks.iter().flat_map(|l| l.evidence.clone()).collect();
    let finding = match finding.outcome {
        crate::finding::Outcome::Pass => with_domains(&context, host, finding).await,
        _ => finding,
    };
    finding.evidence(evidence).evidence(from_ports)
}

/// What the records say by themselves; `None` where the port has to be looked at.
fn before_the_port(seen: &Validated, records: &[Tlsa], host: &Fqdn) -> Option<Finding> {
    let name = format!("_25._tcp.{host}");
    Some(match (&seen.security, records) {
        (Security::Unknown(reason), _) => Finding::unknown(reason),
        // Also where there is none: a sender that cannot prove that there is none has to wait.
        (Security::Bogus, _) => Finding::fail(
            format!("what the DNS says of {name} fails DNSSEC: senders that use DANE keep mail back"),
            "an answer that DNSSEC proves",
        )
        .instructions("Let the zone be signed again where your DNS is hosted, or take the DS record out at the registrar until it is right."),
        (_, []) => Finding::info("no TLSA record: senders do not use DANE").expected("TLSA 3 1 1, in a signed zone"),
        (Security::Insecure, _) => Finding::warn(
            "there are TLSA records, but the zone is not signed: nobody uses them",
            "a zone with DNSSEC, or no TLSA records",
        )
        .instructions(format!("Turn DNSSEC on where your DNS is hosted, or remove the TLSA records at {name}")),
        (Security::Secure, records) if !records.iter().any(Tlsa::is_usable) => Finding::warn(
            format!("SMTP senders cannot use {}", records.iter().map(Tlsa::shown).collect::<Vec<_>>().join(", ")),
            "usage 3 (or 2) with SHA-256",
        )
        .instructions(format!("Replace the TLSA records at {name} by one like '3 1 1 …'")),
        (Security::Secure, _) => return None,
    })
}

fn at_the_ports(records: &[Tlsa], looks: &[Arc<PortLook>], host: &Fqdn, now: jiff::Timestamp) -> Finding {
    let usable: Vec<&Tlsa> = records.iter().filter(|r| r.is_usable()).collect();
    let expected = || usable.iter().map(|r| r.shown()).collect::<Vec<_>>().join(" or ");
    let mut matching = None;
    for look in looks {
        let seen = match look.tls() {
            Ok(seen) => seen,
            Err(reason) if look.smtp().is_ok() => {
                return Finding::fail(
                    format!("{}: no TLS, and senders that use DANE insist on it: {reason}", look.socket),
                    expected(),
                );
            }
            // A silent port is another check's.
            Err(_) => continue,
        };
        match usable.iter().find(|r| matches(r, seen, now)) {
            Some(record) => matching = Some(record.shown()),
            None => {
                let leaf = seen.chain.first().and_then(|leaf| advised(leaf)).unwrap_or_default();
                return Finding::fail(
                    format!("the certificate at {} matches none of the TLSA records", look.socket.ip()),
                    expected(),
                )
                .instructions(format!(
                    "Publish the TLSA record at _25._tcp.{host}\n{leaf}\nand remove the one that matches nothing once it is an hour old"
                ));
            }
        }
    }
    match matching {
        Some(record) => Finding::pass(format!("{record} matches the certificate, proven by DNSSEC")),
        None => Finding::unknown("no port 25 showed a certificate to compare with"),
    }
}

/// The records help only domains whose MX records are proven too (RFC 7672 section 2.2.1).
async fn with_domains(context: &Context, host: &Fqdn, finding: Finding) -> Finding {
    let mut unsigned = Vec::new();
    for domain in &context.looked_at().domains {
        let leads_here = context.looked_at().mx.get(domain).is_some_and(|hosts| hosts.contains(host));
        if leads_here && context.dns.validated(domain.as_str(), RecordType::MX).await.security == Security::Insecure {
            unsigned.push(domain.to_string());
        }
    }
    match unsigned.is_empty() {
        true => finding,
        false => Finding::info(format!("{}; not for {}, whose zone is not signed", finding.found, unsigned.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tlsa::tests::{chain, record, seen};
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::ProbeError;
    use crate::probe::tls::TlsSeen;
    use crate::records::{Answer, AnswerState};

    fn host() -> Fqdn {
        Fqdn::parse("mail.example.org").unwrap()
    }

    fn validated(security: Security) -> Validated {
        let answer =
            Answer { state: AnswerState::NoData, data: Vec::new(), ttl: None, canonical_name: None, elapsed_ms: 1 };
        Validated { answer, security }
    }

    fn look(tls: Result<TlsSeen, ProbeError>) -> Arc<PortLook> {
        PortLook::of_tls("192.0.2.1:25".parse().unwrap(), tls)
    }

    #[test]
    fn what_dnssec_says_comes_first() {
        let ours = chain("mail.example.org");
        let records = [record(3, &ours[0])];
        let judge =
            |security, records: &[Tlsa]| before_the_port(&validated(security), records, &host()).map(|f| f.outcome);
        assert_eq!(judge(Security::Secure, &records), None);
        assert_eq!(judge(Security::Secure, &[]), Some(Outcome::Info));
        assert_eq!(judge(Security::Insecure, &[]), Some(Outcome::Info));
        assert_eq!(judge(Security::Insecure, &records), Some(Outcome::Warn));
        assert_eq!(judge(Security::Bogus, &records), Some(Outcome::Fail));
        // A denial that cannot be proven stops senders as well.
        assert_eq!(judge(Security::Bogus, &[]), Some(Outcome::Fail));
        assert_eq!(judge(Security::Unknown("x".into()), &records), Some(Outcome::Unknown));
        assert_eq!(judge(Security::Secure, &[record(1, &ours[0])]), Some(Outcome::Warn));
    }

    #[test]
    fn each_address_is_compared_and_one_of_several_records_is_enough() {
        let (ours, other) = (chain("mail.example.org"), chain("mail.example.org"));
        let now = jiff::civil::date(2026, 6, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let judge = |records: &[Tlsa], looks: &[Arc<PortLook>]| at_the_ports(records, looks, &host(), now).outcome;
        let both = [record(3, &other[0]), record(3, &ours[0])];
        assert_eq!(judge(&both, &[look(Ok(seen(ours.clone())))]), Outcome::Pass);
        assert_eq!(judge(&both[..1], &[look(Ok(seen(ours.clone())))]), Outcome::Fail);
        let two = [look(Ok(seen(ours.clone()))), look(Ok(seen(other.clone())))];
        assert_eq!(judge(&both[1..], &two), Outcome::Fail, "the second address serves another one");
        assert_eq!(judge(&both, &[look(Err(ProbeError::Tls("none".into())))]), Outcome::Fail);
        assert_eq!(judge(&both, &[]), Outcome::Unknown);
        assert_eq!(judge(&[record(2, &ours[1])], &[look(Ok(seen(ours.clone())))]), Outcome::Pass);
    }
}
