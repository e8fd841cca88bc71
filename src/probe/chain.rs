//! What is wrong with the certificates a server shows, each fault with a verdict of its own. Only what was served counts:
//! a browser that knows the missing link from elsewhere proves nothing for other clients.

use rustls::pki_types::{CertificateDer, UnixTime};
use x509_parser::der_parser::oid;
use x509_parser::oid_registry::{OID_PKCS1_MD5WITHRSAENC, OID_PKCS1_SHA1WITHRSA, OID_SIG_DSA_WITH_SHA1, Oid};
use x509_parser::prelude::{FromDer as _, X509Certificate, X509Version};
use x509_parser::public_key::PublicKey;

use super::tls::{Distrust, Trust};
use crate::printable::excerpt;

/// The shortest RSA key that clients take (RFC 9325 section 4.5; the CA/Browser Forum since 2014).
const LEAST_RSA_BITS: usize = 2048;

/// ecdsa-with-SHA1 (RFC 3279 section 2.2.3).
const OID_SIG_ECDSA_WITH_SHA1: Oid<'static> = oid!(1.2.840.10045.4.1);

/// One fault. Certificates are counted from 1, the server's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// It is no certificate.
    #[error("certificate {number} cannot be read")]
    Unreadable {
        /// Which.
        number: usize,
    },
    /// Not the name that was asked for.
    #[error("{0}")]
    WrongName(String),
    /// It vouches for itself.
    #[error("the certificate is self-signed: nobody vouches for it")]
    SelfSigned,
    /// It is over.
    #[error("certificate {number} expired on {since}")]
    Expired {
        /// Which.
        number: usize,
        /// The date, UTC.
        since: String,
    },
    /// It has not begun.
    #[error("certificate {number} is valid only from {until} on; the clock of one of the two machines may be wrong")]
    NotYetValid {
        /// Which.
        number: usize,
        /// The date, UTC.
        until: String,
    },
    /// X.509 before version 3: no names, no constraints.
    #[error("certificate {number} is of X.509 version {version}; clients take only version 3")]
    OldVersion {
        /// Which.
        number: usize,
        /// 1 or 2.
        version: u32,
    },
    /// An RSA key that can be broken.
    #[error("certificate {number} has an RSA key of {bits} bits; clients want 2048")]
    ShortKey {
        /// Which.
        number: usize,
        /// Its size.
        bits: usize,
    },
    /// Signed with a hash that can be forged.
    #[error("certificate {number} is signed with {hash}, which can be forged")]
    WeakSignature {
        /// Which.
        number: usize,
        /// "SHA-1", "MD5".
        hash: &'static str,
    },
    /// The certificate between the server's and the root is not served.
    #[error("the certificate of '{issuer}', which signed the server's, is not served with it and is no known root")]
    MissingIntermediate {
        /// Whose is missing, printable.
        issuer: String,
    },
    /// The chain leads to somebody who is not known here.
    #[error("the chain ends at '{issuer}', who is not a certificate authority known here")]
    UnknownRoot {
        /// Who, printable.
        issuer: String,
    },
    /// All are there, but not each signed by the next.
    #[error("the certificates are served out of order: each should be followed by the one that signed it")]
    Reordered,
    /// Certificates that have nothing to do with the server's.
    #[error("{count} of the served certificates do not belong to the chain")]
    Stray {
        /// How many.
        count: usize,
    },
    /// It may not be used by a server.
    #[error("the certificate is not meant for servers (extended key usage)")]
    NotForServers,
    /// Nobody here knows any authority.
    #[error("this machine has no list of certificate authorities: install the package ca-certificates")]
    NoRoots,
    /// The server did not prove that it holds the key, because no client checks signatures of such a certificate.
    #[error("whether the server holds the key of its certificate could not be proved")]
    Unproved,
    /// Anything else that keeps it from being trusted.
    #[error("the certificate is not trusted: {0}")]
    Other(String),
}

impl ChainFault {
    /// The fault in one word, for scripts.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::WrongName(_) => "wrong-name",
            Self::SelfSigned => "self-signed",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::OldVersion { .. } => "x509-v1",
            Self::ShortKey { .. } => "short-key",
            Self::WeakSignature { .. } => "weak-signature",
            Self::MissingIntermediate { .. } => "missing-intermediate",
            Self::UnknownRoot { .. } => "unknown-root",
            Self::Reordered => "reordered",
            Self::Stray { .. } => "stray-certificates",
            Self::NotForServers => "not-for-servers",
            Self::NoRoots => "no-roots",
            Self::Unproved => "unproved-key",
            Self::Other(_) => "untrusted",
        }
    }

    /// Whether a careful client refuses because of it; the others cost some clients only.
    pub fn is_fatal(&self) -> bool {
        !matches!(self, Self::Reordered | Self::Stray { .. })
    }
}

/// Everything that is wrong with a chain, the server's certificate first. `trust` and `name` are the verifier's verdicts.
pub(super) fn faults(
    chain: &[Vec<u8>],
    trust: &Result<(), Distrust>,
    name: &Result<(), String>,
    trusted: &Trust,
    now: UnixTime,
) -> Vec<ChainFault> {
    let mut faults = Vec::new();
    let mut parsed: Vec<X509Certificate<'_>> = Vec::new();
    for (at, der) in chain.iter().enumerate() {
        match X509Certificate::from_der(der) {
            Ok((_, certificate)) => parsed.push(certificate),
            Err(_) => faults.push(ChainFault::Unreadable { number: at + 1 }),
        }
    }
    if !faults.is_empty() {
        return faults;
    }
    let path = path(&parsed);
    for (at, certificate) in parsed.iter().enumerate() {
        // A root that is served along is trusted as itself, whoever signed it and how.
        let is_root = at > 0 && certificate.subject() == certificate.issuer();
        if path.contains(&at) && !is_root {
            faults.extend(faults_of(at + 1, certificate, now));
        }
    }
    faults.extend(name.as_ref().err().map(|reason| ChainFault::WrongName(reason.clone())));
    if let (Err(distrust), Some(end)) = (trust, path.last().and_then(|at| parsed.get(*at))) {
        faults.extend(distrusted(distrust, &faults, end, path.len(), trusted));
    }
    let in_order = path.iter().enumerate().all(|(position, at)| position == *at);
    if !in_order {
        faults.push(ChainFault::Reordered);
    }
    if path.len() < parsed.len() {
        faults.push(ChainFault::Stray { count: parsed.len() - path.len() });
    }
    faults
}

/// The places of the certificates that lead from the server's upwards, each the issuer of the one before.
fn path(parsed: &[X509Certificate<'_>]) -> Vec<usize> {
    let mut path = vec![0];
    while let Some(current) = path.last().and_then(|at| parsed.get(*at)) {
        let is_next = |(at, c): &(usize, &X509Certificate<'_>)| !path.contains(at) && c.subject() == current.issuer();
        // Two certificates of one authority may be served: the one that comes next in order is meant.
        let next = parsed.iter().enumerate().find(is_next).map(|(at, _)| at);
        match next {
            Some(at) if current.subject() != current.issuer() => path.push(at),
            _ => break,
        }
    }
    path.truncate(parsed.len());
    path
}

/// What is wrong with a certificate at any time and for anybody.
pub(super) fn weaknesses(number: usize, certificate: &X509Certificate<'_>) -> Vec<ChainFault> {
    let mut faults = Vec::new();
    if certificate.version() != X509Version::V3 {
        faults.push(ChainFault::OldVersion { number, version: certificate.version().0 + 1 });
    }
    if let Ok(PublicKey::RSA(key)) = certificate.public_key().parsed()
        && key.key_size() < LEAST_RSA_BITS
    {
        faults.push(ChainFault::ShortKey { number, bits: key.key_size() });
    }
    let algorithm = &certificate.signature_algorithm.algorithm;
    let weak = [
        (&OID_PKCS1_SHA1WITHRSA, "SHA-1"),
        (&OID_SIG_ECDSA_WITH_SHA1, "SHA-1"),
        (&OID_SIG_DSA_WITH_SHA1, "SHA-1"),
        (&OID_PKCS1_MD5WITHRSAENC, "MD5"),
    ];
    if let Some((_, hash)) = weak.into_iter().find(|(oid, _)| *oid == algorithm) {
        faults.push(ChainFault::WeakSignature { number, hash });
    }
    faults
}

fn faults_of(number: usize, certificate: &X509Certificate<'_>, now: UnixTime) -> Vec<ChainFault> {
    let mut faults = weaknesses(number, certificate);
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let (begin, end) = (certificate.validity().not_before, certificate.validity().not_after);
    if end.timestamp() < now {
        faults.push(ChainFault::Expired { number, since: date(end.timestamp()) });
    }
    if begin.timestamp() > now {
        faults.push(ChainFault::NotYetValid { number, until: date(begin.timestamp()) });
    }
    let usage = certificate.extended_key_usage().ok().flatten();
    if number == 1 && usage.is_some_and(|u| !u.value.server_auth && !u.value.any) {
        faults.push(ChainFault::NotForServers);
    }
    faults
}

/// The verifier's distrust, where no fault that was found already explains it.
fn distrusted(
    distrust: &Distrust,
    found: &[ChainFault],
    end: &X509Certificate<'_>,
    length: usize,
    trusted: &Trust,
) -> Option<ChainFault> {
    let issuer = || issuer_of(end);
    match distrust {
        Distrust::NoRoots => Some(ChainFault::NoRoots),
        Distrust::SelfSigned => Some(ChainFault::SelfSigned),
        _ if end.subject() == end.issuer() && length == 1 => Some(ChainFault::SelfSigned),
        _ if trusted.knows(end.issuer().as_raw()) => {
            let explained = found.iter().any(|f| !matches!(f, ChainFault::WrongName(_)));
            (!explained).then(|| ChainFault::Other(distrust.to_string()))
        }
        _ if length == 1 => Some(ChainFault::MissingIntermediate { issuer: issuer() }),
        _ => Some(ChainFault::UnknownRoot { issuer: issuer() }),
    }
}

/// Whether no client checks signatures made with this certificate's key: the handshake can then prove nothing.
pub(super) fn is_beyond_proof(leaf: &CertificateDer<'_>) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(leaf) else { return true };
    let short = match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size() < LEAST_RSA_BITS,
        Ok(_) => false,
        Err(_) => true,
    };
    short || certificate.version() != X509Version::V3
}

/// Who signed a certificate: the common name, or the whole name where there is none; printable.
pub(super) fn issuer_of(certificate: &X509Certificate<'_>) -> String {
    let common_name = certificate.issuer().iter_common_name().next().and_then(|n| n.as_str().ok()).map(str::to_owned);
    excerpt(&common_name.unwrap_or_else(|| certificate.issuer().to_string()), 100)
}

/// "2026-11-21 08:52 UTC".
fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "a date beyond all calendars".to_owned(), |t| t.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    const ROOT: &str = include_str!("test_certificates/root.pem");
    const INTERMEDIATE: &str = include_str!("test_certificates/int.pem");
    const LEAF: &str = include_str!("test_certificates/leaf.pem");

    fn der(pem: &str) -> Vec<u8> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
    }

    /// The ids of all faults of a chain that is verified as a client does it.
    fn ids(chain: &[&str], host: &str, roots: &[&str]) -> Vec<&'static str> {
        ids_at(chain, host, roots, 1_900_000_000)
    }

    fn ids_at(chain: &[&str], host: &str, roots: &[&str], now: u64) -> Vec<&'static str> {
        let mut trust = Trust::nobody();
        for root in roots {
            trust = trust.with_roots(root.as_bytes()).unwrap();
        }
        let chain: Vec<Vec<u8>> = chain.iter().map(|pem| der(pem)).collect();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now));
        let host = crate::spec::Fqdn::parse(host).unwrap();
        let seen = super::super::tls::judge(&trust, &chain, &host, now);
        assert_eq!(seen.trust.is_err(), seen.faults.iter().any(|f| f.is_fatal() && f.id() != "wrong-name"), "{seen:?}");
        seen.faults.iter().map(ChainFault::id).collect()
    }

    #[test]
    fn a_whole_chain_is_good_with_and_without_its_root() {
        assert_eq!(ids(&[LEAF, INTERMEDIATE], "mail.example.org", &[ROOT]), [""; 0]);
        assert_eq!(ids(&[LEAF, INTERMEDIATE, ROOT], "mail.example.org", &[ROOT]), [""; 0]);
    }

    #[test]
    fn each_fault_of_a_chain_has_its_own_verdict() {
        for (chain, roots, expected) in [
            (&[LEAF][..], &[ROOT][..], "missing-intermediate"),
            (&[LEAF, INTERMEDIATE], &[], "no-roots"),
            (&[LEAF, INTERMEDIATE], &[LEAF], "unknown-root"),
            (&[LEAF, INTERMEDIATE, ROOT], &[LEAF], "unknown-root"),
            (&[LEAF, ROOT, INTERMEDIATE], &[ROOT], "reordered"),
            (&[LEAF, INTERMEDIATE, LEAF], &[ROOT], "stray-certificates"),
            (&[ROOT], &[LEAF], "self-signed"),
        ] {
            let found = ids(chain, "mail.example.org", roots);
            let found: Vec<&str> = found.into_iter().filter(|id| *id != "wrong-name").collect();
            assert_eq!(found, [expected]);
        }
        assert_eq!(ids(&[LEAF, INTERMEDIATE], "www.example.org", &[ROOT]), ["wrong-name"]);
    }

    #[test]
    fn each_fault_of_a_certificate_has_its_own_verdict() {
        for (leaf, expected) in [
            (include_str!("test_certificates/v1.pem"), &["x509-v1", "wrong-name"][..]),
            (include_str!("test_certificates/sha1.pem"), &["weak-signature"]),
            (include_str!("test_certificates/rsa1024.pem"), &["short-key"]),
            (include_str!("test_certificates/client.pem"), &["not-for-servers"]),
        ] {
            assert_eq!(ids(&[leaf, INTERMEDIATE], "mail.example.org", &[ROOT]), expected);
        }
        let at = |now| ids_at(&[LEAF, INTERMEDIATE], "mail.example.org", &[ROOT], now);
        assert_eq!(at(1_000_000_000), ["not-yet-valid", "not-yet-valid"]);
        assert_eq!(at(9_000_000_000), ["expired", "expired"]);
    }

    #[test]
    fn every_fault_is_a_sentence_without_control_characters() {
        let fault = ChainFault::MissingIntermediate { issuer: excerpt("R3\u{1b}[2J", 100) };
        assert!(!fault.to_string().contains('\u{1b}'), "{fault}");
    }
}
