//! `dane-key-reuse` and `dane-rollover`: TLSA records that outlive the next certificate.

use std::sync::Arc;
use std::time::Duration;

use super::look;
use crate::checks::asked::host;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::Security;
use crate::records::tlsa::Tlsa;
use crate::spec::{CertificateMethod, Fqdn};

/// A renewal does not change what the TLSA records say.
pub static DANE_KEY_REUSE: Check = Check {
    id: "dane-key-reuse",
    area: Area::Dane,
    why: "A renewal with another key makes the TLSA records wrong at night, and mail from careful senders stops.",
    rfc: "RFC 7671 sections 5.1 and 8, RFC 7672 section 3.1.1",
    needs: &["dane-tlsa-present"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(30),
    subjects: Context::this_host_name,
    run: |context, subject| {
        Box::pin(async move {
            let method = match context.own() {
                Ok(own) => own.spec.certificate.method,
                Err(finding) => return finding,
            };
            of_records(context, subject, move |records, _| reuse(records, method)).await
        })
    },
};

/// The next key is announced before it is used.
pub static DANE_ROLLOVER: Check = Check {
    id: "dane-rollover",
    area: Area::Dane,
    why: "With a second record the key can be changed at any time without mail waiting for the DNS.",
    rfc: "RFC 7671 section 8.1",
    needs: &["dane-tlsa-present"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(30),
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(of_records(context, subject, rollover)),
};

async fn of_records(context: Arc<Context>, subject: Subject, judge: impl Fn(&[Tlsa], &Fqdn) -> Finding) -> Finding {
    let host = match host(&subject) {
        Ok(host) => host,
        Err(finding) => return finding,
    };
    let (seen, records, evidence) = look(&context, host).await;
    let usable: Vec<Tlsa> = records.into_iter().filter(Tlsa::is_usable).collect();
    match (&seen.security, usable.as_slice()) {
        (Security::Unknown(reason), _) => Finding::unknown(reason),
        (_, []) => Finding::skipped("there is no TLSA record that SMTP senders could use"),
        (_, usable) => judge(usable, host),
    }
    .evidence(evidence)
}

/// Our own renewal makes a new key each time: then only a record about an authority lasts.
fn reuse(records: &[Tlsa], method: CertificateMethod) -> Finding {
    if records.iter().any(|r| r.usage == 2) {
        return Finding::pass("a record about the certificate authority outlives every renewal");
    }
    if records.iter().all(|r| r.usage == 3 && r.selector == 0) {
        return Finding::warn(
            "the records are about the certificate itself, which changes with every renewal",
            "3 1 1, about the key",
        )
        .instructions("Publish '3 1 1' records, which are about the key, and keep the key when you renew.");
    }
    match method {
        CertificateMethod::AcmeHttp => Finding::fail(
            "each renewal makes a new key, and the TLSA records are about the key of this one",
            "a record about the certificate authority (2 1 1), or the same key after each renewal",
        )
        .instructions(
            "Publish beside it a '2 1 1' record about the authority's certificate that is served in the chain, \
             or remove the TLSA records.",
        ),
        CertificateMethod::Existing => {
            Finding::info("who renews the certificate has to keep its key, or to announce the next one")
        }
        CertificateMethod::SelfSigned => Finding::pass("a self-signed certificate is not renewed by a CA"),
    }
}

fn rollover(records: &[Tlsa], _: &Fqdn) -> Finding {
    let authority = records.iter().any(|r| r.usage == 2);
    match (records.len(), authority) {
        (2.., _) => {
            Finding::pass(format!("{} records: the next key can be announced before it is used", records.len()))
        }
        (_, true) => Finding::pass("the record is about the authority: keys can change freely"),
        _ => Finding::info("one record only")
            .expected("before a new key is used, its record beside this one, for at least twice the time to live"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn records(texts: &[&str]) -> Vec<Tlsa> {
        texts.iter().map(|t| Tlsa::parse(&format!("{t} {}", "ab".repeat(32))).unwrap()).collect()
    }

    #[test]
    fn a_record_about_the_certificate_breaks_with_every_renewal() {
        let judge = |texts: &[&str], method| reuse(&records(texts), method).outcome;
        assert_eq!(judge(&["3 0 1"], CertificateMethod::Existing), Outcome::Warn);
        assert_eq!(judge(&["3 1 1"], CertificateMethod::AcmeHttp), Outcome::Fail);
        assert_eq!(judge(&["3 1 1", "2 1 1"], CertificateMethod::AcmeHttp), Outcome::Pass);
        assert_eq!(judge(&["3 1 1"], CertificateMethod::SelfSigned), Outcome::Pass);
        assert_eq!(judge(&["3 1 1"], CertificateMethod::Existing), Outcome::Info);
    }

    #[test]
    fn one_record_is_no_fault() {
        let host = Fqdn::parse("mail.example.org").unwrap();
        assert_eq!(rollover(&records(&["3 1 1"]), &host).outcome, Outcome::Info);
        assert_eq!(rollover(&records(&["3 1 1", "3 1 1"]), &host).outcome, Outcome::Pass);
        assert_eq!(rollover(&records(&["2 1 1"]), &host).outcome, Outcome::Pass);
    }
}
