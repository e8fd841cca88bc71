//! `dns-dnssec`: whether the domain's answers can be proven.

use std::sync::Arc;
use std::time::Duration;

use super::asked::domain;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::{RecordType, Security};
use crate::spec::Domain;

/// The zone is signed as its parent says, or not at all.
pub static DNS_DNSSEC: Check = Check {
    id: "dns-dnssec",
    area: Area::Dns,
    why: "When DNSSEC breaks, everybody who validates sees no records at all, and mail to and from the domain stops.",
    rfc: "RFC 4033 section 5, RFC 8624",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: Context::domains,
    run: |context, subject| Box::pin(validated(context, subject)),
};

async fn validated(context: Arc<Context>, subject: Subject) -> Finding {
    let domain = match domain(&subject) {
        Ok(domain) => domain,
        Err(finding) => return finding,
    };
    let (mx, ds) = tokio::join!(
        context.dns.validated(domain.as_str(), RecordType::MX),
        context.dns.validated(domain.as_str(), RecordType::DS)
    );
    judge(&mx.security, &ds.answer.data, domain)
        .evidence([mx.line(&format!("MX {domain}")), ds.line(&format!("DS {domain}"))])
}

fn judge(security: &Security, ds: &[String], domain: &Domain) -> Finding {
    match security {
        Security::Unknown(reason) => Finding::unknown(reason),
        Security::Insecure => Finding::info("not signed").expected("DNSSEC, which DANE needs"),
        Security::Bogus => Finding::fail("the signatures do not prove the records (bogus)", "secure, or not signed at all")
            .instructions(format!(
                "Where the DNS of {domain} is hosted, let the zone be signed again and compare its DS record with the one at the registrar. \
                 Until both agree, take the DS record out at the registrar: mail then flows again."
            )),
        Security::Secure => match outdated(ds) {
            Some(what) => Finding::warn(what, "algorithm 13 (ECDSA P-256) or 8 with SHA-256").instructions(format!(
                "Where the DNS of {domain} is hosted, change the signing algorithm; validators begin to take the old one for unsigned."
            )),
            None => Finding::pass("secure"),
        },
    }
}

/// Algorithms and digests that must not be used for signing any more (RFC 8624 sections 3.1 and 3.3), where no other one
/// stands beside them.
fn outdated(ds: &[String]) -> Option<String> {
    let numbers: Vec<(u8, u8)> = ds
        .iter()
        .filter_map(|d| {
            let mut words = d.split_whitespace().skip(1);
            let mut number = || words.next()?.parse::<u8>().ok().or(None);
            Some((number()?, number()?))
        })
        .collect();
    if numbers.is_empty() {
        return None;
    }
    if numbers.iter().all(|(algorithm, _)| matches!(algorithm, 1 | 3 | 5 | 6 | 7 | 12)) {
        return Some(format!("signed with algorithm {}, which is broken or given up", numbers[0].0));
    }
    numbers.iter().all(|(_, digest)| *digest == 1).then(|| "the DS record is made with SHA-1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{context, domain, example};
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn only_bogus_is_a_failure_and_unsigned_is_no_fault() {
        let domain = Domain::parse("example.org").unwrap();
        let judged = |security, ds: &[&str]| {
            judge(&security, &ds.iter().map(|d| (*d).to_owned()).collect::<Vec<_>>(), &domain).outcome
        };
        assert_eq!(judged(Security::Insecure, &[]), Outcome::Info);
        assert_eq!(judged(Security::Bogus, &[]), Outcome::Fail);
        assert_eq!(judged(Security::Secure, &["1234 13 2 ABCD"]), Outcome::Pass);
        assert_eq!(judged(Security::Secure, &["1234 8 1 ABCD", "1234 8 2 ABCD"]), Outcome::Pass);
        assert_eq!(judged(Security::Secure, &["1234 8 1 ABCD"]), Outcome::Warn);
        assert_eq!(judged(Security::Secure, &["1234 7 2 ABCD"]), Outcome::Warn);
        // A name within a zone has no DS of its own.
        assert_eq!(judged(Security::Secure, &[]), Outcome::Pass);
    }

    /// A resolver that sets AD proves nothing, and one that hands on no signatures makes nothing bogus.
    #[tokio::test]
    async fn a_resolver_without_signatures_is_no_verdict() {
        let world = example("example.org. 60 MX 10 mail.example.org.").run().await;
        assert_eq!(validated(context(&world), domain()).await.outcome, Outcome::Unknown);
    }
}
