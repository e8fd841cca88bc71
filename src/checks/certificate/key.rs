//! `cert-key-size` and `cert-sct-eku`: what the key is and what it may be used for.

use std::time::Duration;

use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::served::{hosts_with_ports, of_first};
use crate::checks::{Check, Reach};
use crate::finding::{Area, Finding};
use crate::probe::tls::TlsSeen;

/// The key is long enough, and the signature on it no SHA-1.
pub static CERT_KEY_SIZE: Check = Check {
    id: "cert-key-size",
    area: Area::Cert,
    why: "A short key can be broken, and modern programs refuse it.",
    rfc: "RFC 9325 section 4.4, RFC 9155",
    needs: &["cert-served-each-port"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: hosts_with_ports,
    run: |context, subject| Box::pin(of_first(context, subject, |_, _, _, tls| of_leaf(tls, key_size))),
};

/// The certificate is one for servers.
pub static CERT_SCT_EKU: Check = Check {
    id: "cert-sct-eku",
    area: Area::Cert,
    why: "A certificate that is only for clients is refused by every mail program.",
    rfc: "RFC 5280 section 4.2.1.12",
    needs: &["cert-served-each-port"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: hosts_with_ports,
    run: |context, subject| Box::pin(of_first(context, subject, |_, _, _, tls| of_leaf(tls, usage))),
};

fn of_leaf(tls: &TlsSeen, judge: fn(&X509Certificate<'_>) -> Finding) -> Finding {
    let leaf = tls.chain.first().map(Vec::as_slice).unwrap_or_default();
    match X509Certificate::from_der(leaf) {
        Ok((_, certificate)) => judge(&certificate),
        Err(_) => Finding::unknown("the certificate cannot be read"),
    }
}

fn key_size(certificate: &X509Certificate<'_>) -> Finding {
    let signed_with = certificate.signature_algorithm.algorithm.to_id_string();
    // sha1WithRSAEncryption, md5WithRSAEncryption, ecdsa-with-SHA1.
    if ["1.2.840.113549.1.1.5", "1.2.840.113549.1.1.4", "1.2.840.10045.4.1"].contains(&signed_with.as_str()) {
        return Finding::fail("the certificate is signed with SHA-1 or older", "SHA-256")
            .instructions("Get a new certificate: mailwizard cert issue");
    }
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => match key.key_size() {
            bits if bits < 2048 => Finding::fail(format!("RSA, {bits} bits"), "2048 bits or more, or ECDSA P-256")
                .instructions("Get a new certificate with a longer key: mailwizard cert issue"),
            bits => Finding::pass(format!("RSA, {bits} bits")),
        },
        Ok(PublicKey::EC(point)) => match point.key_size() {
            bits if bits < 256 => Finding::fail(format!("ECDSA, {bits} bits"), "P-256 or larger")
                .instructions("Get a new certificate with a longer key: mailwizard cert issue"),
            bits => Finding::pass(format!("ECDSA, {bits} bits")),
        },
        Ok(_) | Err(_) => Finding::info("a kind of key that some programs do not know"),
    }
}

/// No extended key usage allows every one. Which logs know the certificate is no matter of mail.
fn usage(certificate: &X509Certificate<'_>) -> Finding {
    match certificate.extended_key_usage() {
        Ok(None) => Finding::pass("for every use"),
        Ok(Some(usage)) if usage.value.server_auth || usage.value.any => Finding::pass("for servers"),
        Ok(Some(_)) => Finding::fail("it is not for servers (serverAuth is missing)", "extended key usage serverAuth")
            .instructions("Get a server certificate: mailwizard cert issue"),
        Err(_) => Finding::unknown("its extended key usage cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{
        CertificateParams, ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, RsaKeySize,
    };

    use super::*;
    use crate::finding::Outcome;

    fn judged(
        key: &KeyPair,
        usages: &[ExtendedKeyUsagePurpose],
        judge: fn(&X509Certificate<'_>) -> Finding,
    ) -> Finding {
        let mut params = CertificateParams::new(vec!["mail.example.org".to_owned()]).unwrap();
        params.extended_key_usages = usages.to_vec();
        let der = params.self_signed(key).unwrap().der().to_vec();
        let (_, certificate) = X509Certificate::from_der(&der).unwrap();
        judge(&certificate)
    }

    #[test]
    fn the_length_is_that_of_the_modulus_and_ecdsa_is_fine() {
        let ec = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let finding = judged(&ec, &[], key_size);
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Pass, "ECDSA, 256 bits"));
        let rsa = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let finding = judged(&rsa, &[], key_size);
        assert_eq!((finding.outcome, finding.found.as_str()), (Outcome::Pass, "RSA, 2048 bits"));
    }

    #[test]
    fn a_server_certificate_without_client_use_is_fine() {
        let key = KeyPair::generate().unwrap();
        let judge = |usages: &[ExtendedKeyUsagePurpose]| judged(&key, usages, usage).outcome;
        assert_eq!(judge(&[]), Outcome::Pass);
        assert_eq!(judge(&[ExtendedKeyUsagePurpose::ServerAuth]), Outcome::Pass);
        assert_eq!(judge(&[ExtendedKeyUsagePurpose::ClientAuth]), Outcome::Fail);
    }
}
