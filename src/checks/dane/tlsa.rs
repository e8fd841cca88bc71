//! Whether a chain that a server showed satisfies a TLSA record (RFC 7672 section 3.1).

use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::probe::tls::TlsSeen;
use crate::records::tlsa::Tlsa;

/// For usage 3 neither name nor dates count (RFC 7672 section 3.1.1); for usage 2 the authority's certificate has to be
/// in the chain, each certificate signed by the next up to it, none of them expired, and the name right.
pub(super) fn matches(record: &Tlsa, seen: &TlsSeen, now: jiff::Timestamp) -> bool {
    match record.usage {
        3 => seen.chain.first().is_some_and(|leaf| record.is_about(leaf)),
        2 => {
            let Some(at) = seen.chain.iter().skip(1).position(|c| record.is_about(c)) else { return false };
            seen.name.is_ok() && is_signed_up_to(&seen.chain[..at + 2], now)
        }
        _ => false,
    }
}

fn is_signed_up_to(chain: &[Vec<u8>], now: jiff::Timestamp) -> bool {
    let parsed: Vec<X509Certificate<'_>> =
        chain.iter().filter_map(|der| X509Certificate::from_der(der).ok()).map(|(_, c)| c).collect();
    let is_valid = |c: &X509Certificate<'_>| {
        let now = now.as_second();
        c.validity().not_before.timestamp() <= now && now <= c.validity().not_after.timestamp()
    };
    parsed.len() == chain.len()
        && parsed.iter().all(is_valid)
        && parsed.windows(2).all(|pair| pair[0].verify_signature(Some(pair[1].public_key())).is_ok())
}

#[cfg(test)]
pub(super) mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

    use super::*;
    use crate::probe::tls::Distrust;
    use crate::records::tlsa::advised;

    /// A leaf for `name` signed by an authority, both as served.
    pub fn chain(name: &str) -> Vec<Vec<u8>> {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "an authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2040, 1, 1);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
        leaf.not_before = rcgen::date_time_ymd(2024, 1, 1);
        leaf.not_after = rcgen::date_time_ymd(2034, 1, 1);
        let leaf = leaf.signed_by(&key, &authority).unwrap();
        vec![leaf.der().to_vec(), authority.der().to_vec()]
    }

    pub fn seen(chain: Vec<Vec<u8>>) -> TlsSeen {
        TlsSeen {
            version: "TLS 1.3".into(),
            cipher: "x".into(),
            chain,
            trust: Err(Distrust::SelfSigned),
            name: Ok(()),
            is_own: false,
            faults: Vec::new(),
            stapled: 0,
        }
    }

    pub fn record(usage: u8, certificate: &[u8]) -> Tlsa {
        let text = advised(certificate).unwrap();
        Tlsa { usage, ..Tlsa::parse(&text).unwrap() }
    }

    fn at(year: i16) -> jiff::Timestamp {
        jiff::civil::date(year, 6, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()
    }

    #[test]
    fn name_and_dates_are_ignored_for_usage_3_and_count_for_usage_2() {
        let chain = chain("mail.example.org");
        let mut shown = seen(chain.clone());
        assert!(matches(&record(3, &chain[0]), &shown, at(2026)));
        assert!(matches(&record(2, &chain[1]), &shown, at(2026)));
        assert!(matches(&record(3, &chain[0]), &shown, at(2036)), "expired, and still right");
        assert!(!matches(&record(2, &chain[1]), &shown, at(2036)));
        shown.name = Err("another name".into());
        assert!(matches(&record(3, &chain[0]), &shown, at(2026)));
        assert!(!matches(&record(2, &chain[1]), &shown, at(2026)));
    }

    #[test]
    fn the_authority_has_to_be_served_and_to_have_signed() {
        let (ours, other) = (chain("mail.example.org"), chain("mail.example.org"));
        assert!(!matches(&record(2, &ours[1]), &seen(ours[..1].to_vec()), at(2026)));
        let forged = vec![ours[0].clone(), other[1].clone()];
        assert!(!matches(&record(2, &other[1]), &seen(forged), at(2026)));
        assert!(!matches(&record(3, &other[0]), &seen(ours), at(2026)));
    }
}
