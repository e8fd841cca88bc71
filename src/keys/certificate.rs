//! What a certificate says, read from its PEM file.

use std::path::Path;

use jiff::Timestamp;
use rcgen::{KeyPair, PublicKeyData as _};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::KeyError;
use crate::host::Host;
use crate::printable::printable;
use crate::spec::{Fqdn, Secret};

/// A leaf certificate in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateInfo {
    /// DNS names of the leaf (subjectAltName), lower case, printable.
    pub names: Vec<String>,
    /// The issuer's common name, or its whole name where it has none; printable.
    pub issuer: String,
    /// Whether it is signed by itself: nobody but us vouches for it.
    pub self_signed: bool,
    /// Start of validity.
    pub not_before: Timestamp,
    /// End of validity.
    pub not_after: Timestamp,
    /// The leaf, DER.
    pub leaf: Vec<u8>,
    /// How many certificates the chain has, the leaf included.
    pub chain_length: usize,
}

impl CertificateInfo {
    /// Reads a PEM chain, leaf first.
    pub fn from_pem(chain: &[u8]) -> Result<Self, String> {
        let mut certificates = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(chain) {
            certificates.push(certificate.map_err(|e| format!("it is not PEM ({e})"))?);
        }
        let leaf = certificates.first().ok_or("it holds no certificate")?;
        let mut info = Self::from_der(leaf)?;
        info.chain_length = certificates.len();
        Ok(info)
    }

    /// Reads one certificate, as a server presents it.
    pub fn from_der(leaf: &[u8]) -> Result<Self, String> {
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|e| format!("it is not a certificate ({e})"))?;
        let alternatives = parsed.subject_alternative_name().map_err(|e| format!("its names cannot be read ({e})"))?;
        let names = alternatives
            .iter()
            .flat_map(|extension| &extension.value.general_names)
            .filter_map(|name| match name {
                GeneralName::DNSName(name) => Some(printable(&name.to_ascii_lowercase())),
                _ => None,
            })
            .collect();
        let common_name = parsed.issuer().iter_common_name().next().and_then(|name| name.as_str().ok());
        let time =
            |seconds: i64| Timestamp::from_second(seconds).map_err(|e| format!("its dates cannot be read ({e})"));
        Ok(Self {
            names,
            issuer: printable(&common_name.map_or_else(|| parsed.issuer().to_string(), str::to_owned)),
            self_signed: parsed.issuer() == parsed.subject() && parsed.verify_signature(None).is_ok(),
            not_before: time(parsed.validity().not_before.timestamp())?,
            not_after: time(parsed.validity().not_after.timestamp())?,
            leaf: leaf.to_vec(),
            chain_length: 1,
        })
    }

    /// Whether it holds `name`, a wildcard for its first label included (RFC 9525 section 6.3).
    pub fn covers(&self, name: &Fqdn) -> bool {
        let wildcard = format!("*.{}", name.parent());
        self.names.iter().any(|n| n == name.as_str() || *n == wildcard)
    }

    /// Whether `key` (PEM) is the private key of this certificate.
    pub fn belongs_to(&self, key: &Secret) -> Result<bool, String> {
        let der = PrivateKeyDer::from_pem_slice(key.expose().as_bytes())
            .map_err(|e| format!("it holds no private key in PEM ({e})"))?;
        let pair = KeyPair::try_from(&der).map_err(|e| format!("its key cannot be used ({e})"))?;
        let (_, parsed) = X509Certificate::from_der(&self.leaf).map_err(|e| e.to_string())?;
        Ok(parsed.public_key().raw == pair.subject_public_key_info())
    }

    /// Whether it is valid at `now`.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.not_before <= now && now < self.not_after
    }

    /// What is left of its lifetime at `now`, as a fraction; negative when it has expired.
    pub fn fraction_left(&self, now: Timestamp) -> f64 {
        let lifetime = self.not_after.duration_since(self.not_before).as_secs_f64();
        if lifetime <= 0.0 { 0.0 } else { self.not_after.duration_since(now).as_secs_f64() / lifetime }
    }

    /// Whole days left at `now`, rounded down; negative when it has expired.
    pub fn days_left(&self, now: Timestamp) -> i64 {
        self.not_after.duration_since(now).as_secs().div_euclid(86_400)
    }
}

/// A certificate with its key, as the daemons read them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificatePair {
    /// The chain, PEM, leaf first.
    pub chain: Vec<u8>,
    /// The private key, PEM.
    pub key: Secret,
    /// What the leaf says.
    pub info: CertificateInfo,
}

impl CertificatePair {
    /// Takes a chain and a key that belong together; the other error is what is wrong with which file.
    pub fn new(chain: Vec<u8>, key: Secret, chain_file: &Path, key_file: &Path) -> Result<Self, KeyError> {
        let refuse = |path: &Path, reason: String| KeyError::CertificateFile { path: path.to_owned(), reason };
        let info = CertificateInfo::from_pem(&chain).map_err(|reason| refuse(chain_file, reason))?;
        if !info.belongs_to(&key).map_err(|reason| refuse(key_file, reason))? {
            let reason = format!("it is not the key of the certificate in '{}'", chain_file.display());
            return Err(refuse(key_file, reason));
        }
        Ok(Self { chain, key, info })
    }

    /// Reads chain and key; `None` when one of them does not exist.
    pub fn read(host: &dyn Host, chain_file: &Path, key_file: &Path) -> Result<Option<Self>, KeyError> {
        let (Some(chain), Some(key)) = (host.read(chain_file)?, host.read(key_file)?) else { return Ok(None) };
        let key = String::from_utf8(key.content)
            .map(Secret::new)
            .map_err(|_| KeyError::CertificateFile { path: key_file.to_owned(), reason: "it is not text".into() })?;
        Self::new(chain.content, key, chain_file, key_file).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::super::self_signed;
    use super::*;

    fn names(list: &[&str]) -> Vec<Fqdn> {
        list.iter().map(|n| Fqdn::parse(n).unwrap()).collect()
    }

    #[test]
    fn a_self_signed_certificate_is_read_back() {
        let now: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let pair = self_signed::make(&names(&["mail.example.org", "imap.example.org"]), now, 90).unwrap();
        let info = &pair.info;
        assert_eq!(info.names, ["mail.example.org", "imap.example.org"]);
        assert!(info.self_signed);
        assert_eq!(info.days_left(now), 90);
        assert!(info.is_valid_at(now));
        assert!(info.fraction_left(now) > 0.99);
        assert!(info.covers(&Fqdn::parse("imap.example.org").unwrap()));
        assert!(!info.covers(&Fqdn::parse("www.example.org").unwrap()));
    }

    #[test]
    fn a_key_of_another_certificate_is_named() {
        let now: Timestamp = "2026-11-21T06:00:00Z".parse().unwrap();
        let one = self_signed::make(&names(&["mail.example.org"]), now, 90).unwrap();
        let other = self_signed::make(&names(&["mail.example.org"]), now, 90).unwrap();
        let error =
            CertificatePair::new(one.chain, other.key, Path::new("/a/fullchain.pem"), Path::new("/a/privkey.pem"));
        assert_eq!(
            error.unwrap_err().to_string(),
            "'/a/privkey.pem' cannot be used: it is not the key of the certificate in '/a/fullchain.pem'."
        );
    }

    #[test]
    fn what_is_no_certificate_is_refused_in_words() {
        assert_eq!(CertificateInfo::from_pem(b"").unwrap_err(), "it holds no certificate");
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(CertificateInfo::from_pem(broken).unwrap_err().starts_with("it is not a certificate"));
    }
}
