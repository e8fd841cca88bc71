//! TLSA records (RFC 6698) as SMTP senders use them (RFC 7672), and whether a served chain matches one.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::probe::tls::TlsSeen;

/// A TLSA record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tlsa {
    /// 0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE.
    pub usage: u8,
    /// 0 the certificate, 1 its public key.
    pub selector: u8,
    /// 0 as it is, 1 SHA-256, 2 SHA-512.
    pub matching: u8,
    /// What is compared.
    pub data: Vec<u8>,
}

impl Tlsa {
    /// Parses presentation form: three numbers and hex, which may be in several pieces.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let mut number = || words.next()?.parse::<u8>().ok();
        let (usage, selector, matching) = (number()?, number()?, number()?);
        let hex: String = words.collect();
        let data = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
            .collect::<Option<Vec<u8>>>()?;
        Some(Self { usage, selector, matching, data })
    }

    /// "3 1 1" and the beginning of the data.
    pub fn shown(&self) -> String {
        let start: String = self.data.iter().take(6).map(|b| format!("{b:02x}")).collect();
        format!("{} {} {} {start}…", self.usage, self.selector, self.matching)
    }

    /// Whether SMTP senders use it: PKIX usages and unknown numbers make a record unusable (RFC 7672 section 3.1.3), and
    /// so does data of the wrong length.
    pub fn is_usable(&self) -> bool {
        let length_fits = match self.matching {
            0 => !self.data.is_empty(),
            1 => self.data.len() == 32,
            2 => self.data.len() == 64,
            _ => false,
        };
        matches!(self.usage, 2 | 3) && matches!(self.selector, 0 | 1) && length_fits
    }

    /// Whether it is about this certificate (DER).
    pub fn is_about(&self, certificate: &[u8]) -> bool {
        let selected = match self.selector {
            0 => certificate.to_vec(),
            _ => match X509Certificate::from_der(certificate) {
                Ok((_, parsed)) => parsed.public_key().raw.to_vec(),
                Err(_) => return false,
            },
        };
        match self.matching {
            0 => selected == self.data,
            1 => digest(&SHA256, &selected).as_ref() == self.data,
            2 => digest(&SHA512, &selected).as_ref() == self.data,
            _ => false,
        }
    }

    /// Whether the chain that a server showed satisfies it. For usage 3 neither name nor dates count
    /// (RFC 7672 section 3.1.1); for usage 2 the authority's certificate has to be in the chain, each certificate signed
    /// by the next up to it, none of them expired, and the name right.
    pub fn matches(&self, seen: &TlsSeen, now: jiff::Timestamp) -> bool {
        match self.usage {
            3 => seen.chain.first().is_some_and(|leaf| self.is_about(leaf)),
            2 => {
                let Some(at) = seen.chain.iter().skip(1).position(|c| self.is_about(c)) else { return false };
                seen.name.is_ok() && is_signed_up_to(&seen.chain[..at + 2], now)
            }
            _ => false,
        }
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

/// What matches a certificate (DER) as the record that is advised, "3 1 1 …".
pub(super) fn advised(leaf: &[u8]) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(leaf).ok()?;
    let hash = digest(&SHA256, parsed.public_key().raw);
    let hex: String = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    Some(format!("3 1 1 {hex}"))
}

#[cfg(test)]
pub(super) mod tests {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    use super::*;
    use crate::probe::tls::Distrust;

    /// A leaf for `name` signed by an authority, both as served.
    pub fn chain(name: &str) -> Vec<Vec<u8>> {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
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
        assert!(record(3, &chain[0]).matches(&shown, at(2026)));
        assert!(record(2, &chain[1]).matches(&shown, at(2026)));
        assert!(record(3, &chain[0]).matches(&shown, at(2036)), "expired, and still right");
        assert!(!record(2, &chain[1]).matches(&shown, at(2036)));
        shown.name = Err("another name".into());
        assert!(record(3, &chain[0]).matches(&shown, at(2026)));
        assert!(!record(2, &chain[1]).matches(&shown, at(2026)));
    }

    #[test]
    fn the_authority_has_to_be_served_and_to_have_signed() {
        let (ours, other) = (chain("mail.example.org"), chain("mail.example.org"));
        assert!(!record(2, &ours[1]).matches(&seen(ours[..1].to_vec()), at(2026)));
        let forged = vec![ours[0].clone(), other[1].clone()];
        assert!(!record(2, &other[1]).matches(&seen(forged), at(2026)));
        assert!(!record(3, &other[0]).matches(&seen(ours), at(2026)));
    }

    #[test]
    fn what_smtp_senders_cannot_use_is_told_apart() {
        let hash = "ab".repeat(32);
        assert!(Tlsa::parse(&format!("3 1 1 {hash}")).unwrap().is_usable());
        assert!(Tlsa::parse(&format!("2 0 1 {} {}", &hash[..32], &hash[32..])).unwrap().is_usable());
        for unusable in
            [format!("1 1 1 {hash}"), format!("0 0 1 {hash}"), format!("3 1 2 {hash}"), format!("3 2 1 {hash}")]
        {
            assert!(!Tlsa::parse(&unusable).unwrap().is_usable(), "{unusable}");
        }
        assert_eq!(Tlsa::parse("3 1 x"), None);
    }
}
