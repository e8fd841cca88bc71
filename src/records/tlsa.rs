//! TLSA records (RFC 6698) as SMTP senders use them (RFC 7672).

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// A TLSA record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tlsa {
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
}

/// What matches a certificate (DER) as the record that is advised, "3 1 1 …".
pub fn advised(leaf: &[u8]) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(leaf).ok()?;
    let hash = digest(&SHA256, parsed.public_key().raw);
    let hex: String = hash.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    Some(format!("3 1 1 {hex}"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
