//! The stand-in certificate: signed by itself, so that nothing has to wait for the real one.

use std::path::Path;

use jiff::{Span, Timestamp};
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, PKCS_ECDSA_P256_SHA256};

use super::{CertificatePair, KeyError};
use crate::spec::{Fqdn, Secret};

/// How long a stand-in lasts.
pub const STAND_IN_DAYS: i32 = 90;
/// How long one lasts that the operator chose: whoever accepted it by hand would have to accept the next one too.
pub const CHOSEN_DAYS: i32 = 3650;

/// Makes a self-signed ECDSA P-256 certificate for `names`, valid from `now` for this many days (and an hour earlier at
/// its start, for clients whose clock is behind).
pub fn make(names: &[Fqdn], now: Timestamp, days: i32) -> Result<CertificatePair, KeyError> {
    let failed = |reason: String| KeyError::Making { what: "a self-signed certificate", reason };
    let listed: Vec<String> = names.iter().map(|n| n.as_str().to_owned()).collect();
    let mut params = CertificateParams::new(listed).map_err(|e| failed(e.to_string()))?;
    params.distinguished_name = DistinguishedName::new();
    // A common name holds 64 characters at most (RFC 5280 appendix A.1), a host name up to 253.
    let common_name: String = names.first().map(Fqdn::as_str).unwrap_or_default().chars().take(64).collect();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.not_before = date(now - Span::new().hours(1)).map_err(failed)?;
    params.not_after = date(now + Span::new().hours(24 * i64::from(days))).map_err(failed)?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|e| failed(e.to_string()))?;
    let certificate = params.self_signed(&key).map_err(|e| failed(e.to_string()))?;
    let place = Path::new("the stand-in certificate");
    CertificatePair::new(certificate.pem().into_bytes(), Secret::new(key.serialize_pem()), place, place)
}

fn date(at: Timestamp) -> Result<time::OffsetDateTime, String> {
    time::OffsetDateTime::from_unix_timestamp(at.as_second()).map_err(|e| e.to_string())
}
