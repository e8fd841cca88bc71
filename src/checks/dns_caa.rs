//! `dns-caa`: our certificate authority may issue for the host name.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::{ask, host};
use super::{Check, Context, Own, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::keys::caa::{CaaRecord, Issuance, forbids};
use crate::probe::dns::RecordType;
use crate::records::ca_of;
use crate::spec::CertificateMethod;

/// The nearest CAA records above the host name allow our CA, account and method.
pub static DNS_CAA: Check = Check {
    id: "dns-caa",
    area: Area::Dns,
    why: "A certificate authority issues and renews only where CAA records let it.",
    rfc: "RFC 8659 section 3, RFC 8657",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: |context| match context.own() {
        Ok(own) if own.spec.certificate.method != CertificateMethod::AcmeHttp => Vec::new(),
        _ => context.hosts(),
    },
    run: |context, subject| Box::pin(allowed(context, subject)),
};

async fn allowed(context: Arc<Context>, subject: Subject) -> Finding {
    let host = match host(&subject) {
        Ok(host) => host,
        Err(finding) => return finding,
    };
    let labels: Vec<&str> = host.as_str().split('.').collect();
    let names: Vec<String> = (0..labels.len()).map(|at| format!("{}.", labels[at..].join("."))).collect();
    let asked = join_all(names.iter().map(|name| ask(&context, name, RecordType::CAA))).await;
    let mut evidence = Vec::new();
    for (name, asked) in names.iter().zip(asked) {
        let asked = match asked {
            Ok(asked) => asked,
            // The CA would stop here too.
            Err(unknown) => return unknown.evidence(evidence),
        };
        evidence.extend(asked.evidence);
        let records: Vec<CaaRecord> = asked.answer.data.iter().filter_map(|d| CaaRecord::parse(d)).collect();
        if records.is_empty() {
            continue;
        }
        let finding = match context.own() {
            Ok(own) => judge(own, name, &records),
            // Which authority another's host uses is not known.
            Err(_) => Finding::info(format!(
                "{} limits who may issue: {}",
                name.trim_end_matches('.'),
                asked.answer.data.join(", ")
            )),
        };
        return finding.evidence(evidence);
    }
    Finding::pass("no CAA record: every certificate authority may issue").evidence(evidence)
}

fn judge(own: &Own, name: &str, records: &[CaaRecord]) -> Finding {
    let known = &own.known;
    let directory = own.spec.certificate.directory();
    let identities: Vec<String> =
        known.ca_identity.clone().or_else(|| ca_of(directory).map(str::to_owned)).into_iter().collect();
    let issuance = Issuance { identities: &identities, account: known.acme_account.as_deref(), method: "http-01" };
    let at = name.trim_end_matches('.');
    let named: Vec<&str> = records.iter().filter(|r| r.tag == "issue").map(|r| r.value.as_str()).collect();
    match forbids(records, issuance) {
        None if identities.is_empty() && !named.is_empty() => Finding::info(format!(
            "at {at}: only {} may issue; what your certificate authority calls itself is not known",
            crate::printable::excerpt(&named.join(", "), 120)
        )),
        None => Finding::pass(format!("the records at {at} allow it")),
        Some(reason) => {
            let wanted = identities.first().map_or_else(
                || "a record for your certificate authority".to_owned(),
                |ca| format!("{}. CAA 0 issue \"{ca}\"", own.spec.hostname),
            );
            Finding::fail(format!("at {at}: {reason}"), &wanted).instructions(format!("Publish {wanted}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, example, host_subject};
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::dns::test_server::Manner;

    #[tokio::test]
    async fn the_nearest_records_count() {
        let ours = "0 issue \"letsencrypt.org\"";
        let other = "0 issue \"other.net\"";
        for (lines, outcome) in [
            (String::new(), Outcome::Pass),
            (format!("mail.example.org. 60 CAA {ours}"), Outcome::Pass),
            // Not the first label's fault when there is none: the domain's own counts then.
            (format!("example.org. 60 CAA {other}"), Outcome::Fail),
            (format!("example.org. 60 CAA {other}\nmail.example.org. 60 CAA {ours}"), Outcome::Pass),
            ("example.org. 60 CAA 0 issue \";\"".to_owned(), Outcome::Fail),
            ("example.org. 60 CAA 0 iodef \"mailto:a@example.org\"".to_owned(), Outcome::Pass),
            ("example.org. 60 CAA 0 issuewild \"other.net\"".to_owned(), Outcome::Pass),
            // RFC 9495: certificates for people's signatures, never for a server.
            ("example.org. 60 CAA 0 issuemail \";\"".to_owned(), Outcome::Pass),
            ("example.org. 60 CAA 128 strange \"x\"".to_owned(), Outcome::Fail),
        ] {
            let world = example(&lines).run().await;
            let finding = allowed(context(&world), host_subject()).await;
            assert_eq!(finding.outcome, outcome, "{lines}: {finding:?}");
        }
    }

    #[tokio::test]
    async fn a_failing_server_is_unknown_because_the_ca_stops_there_too() {
        let world =
            example("").manner("127.9.0.10", Manner::ServFail).manner("127.9.0.11", Manner::ServFail).run().await;
        assert_eq!(allowed(context(&world), host_subject()).await.outcome, Outcome::Unknown);
    }
}
