//! The DKIM signatures of a message against keys that are known (RFC 6376, RFC 8463). Nothing is asked of DNS: whether a
//! record is published is another question than whether the server signs with its key.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::common::crypto::Algorithm;
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;
use mail_auth::{
    AuthenticatedMessage, DkimResult, DnsError, Error, MX, MessageAuthenticator, Parameters, RecordSet, ResolverCache,
    Txt,
};

use crate::printable::printable;
use crate::records::DkimPublic;

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureSeen {
    /// `d=`, printable.
    pub domain: String,
    /// `s=`, printable.
    pub selector: String,
    /// `a=`: "rsa-sha256", "ed25519-sha256".
    pub algorithm: &'static str,
    /// Whether the signature covers only a part of the body (`l=`), so that anybody may append.
    pub covers_part_of_body: bool,
    /// Header fields it covers (`h=`), lower case, printable.
    pub headers: Vec<String>,
    /// Whether it verifies, or why not.
    pub result: Result<(), String>,
}

/// Verifies every signature of `message` with `keys`; a signature of another key says so. The error is for a message
/// that cannot be read.
pub async fn verify(message: &[u8], keys: &[DkimPublic]) -> Result<Vec<SignatureSeen>, String> {
    // Not strict: a strict reader drops signatures with 'l=' without a word.
    let parsed = AuthenticatedMessage::parse_with_opts(message, None, false).ok_or("the message cannot be read")?;
    let authenticator =
        MessageAuthenticator::new(ResolverConfig::from_name_servers(Vec::new()), ResolverOpts::default())
            .map_err(|e| e.to_string())?;
    let known = Given::new(keys.iter().map(published));
    let parameters = Parameters {
        params: &parsed,
        cache_txt: Some(&known),
        cache_mx: None::<&Nothing>,
        cache_ptr: None::<&Nothing>,
        cache_ipv4: None::<&Nothing>,
        cache_ipv6: None::<&Nothing>,
    };
    let seen = authenticator.verify_dkim(parameters).await;
    Ok(seen
        .iter()
        .map(|output| {
            let result = match output.result() {
                DkimResult::Pass => Ok(()),
                DkimResult::None => Err("there is no signature".to_owned()),
                DkimResult::Neutral(e) | DkimResult::Fail(e) | DkimResult::PermError(e) | DkimResult::TempError(e) => {
                    Err(explained(e))
                }
            };
            match output.signature() {
                Some(s) => SignatureSeen {
                    domain: printable(&s.d),
                    selector: printable(&s.s),
                    algorithm: name_of(s.a),
                    covers_part_of_body: s.l > 0,
                    headers: s.h.iter().map(|h| printable(&h.to_ascii_lowercase())).collect(),
                    result,
                },
                None => SignatureSeen {
                    domain: String::new(),
                    selector: String::new(),
                    algorithm: "unreadable",
                    covers_part_of_body: false,
                    headers: Vec::new(),
                    result,
                },
            }
        })
        .collect())
}

fn name_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RsaSha1 => "rsa-sha1",
        Algorithm::RsaSha256 => "rsa-sha256",
        Algorithm::Ed25519Sha256 => "ed25519-sha256",
    }
}

fn explained(error: &Error) -> String {
    match error {
        Error::Dns(_) => "it is not by one of our keys".to_owned(),
        other => printable(&other.to_string()),
    }
}

/// What is known, in place of DNS: a name that is not among it does not exist.
pub(super) struct Given(HashMap<String, Txt>);

impl Given {
    /// Records by name, with the final dot.
    pub(super) fn new(records: impl IntoIterator<Item = (String, Txt)>) -> Self {
        Self(records.into_iter().collect())
    }
}

/// A key as it would be found in DNS.
fn published(key: &DkimPublic) -> (String, Txt) {
    let record = format!("v=DKIM1; k={}; p={}", key.algorithm.tag(), key.public);
    let parsed = DomainKey::parse(record.as_bytes());
    let name = format!("{}._domainkey.{}.", key.selector, key.domain);
    (name, parsed.map_or_else(Txt::Error, |k| Txt::DomainKey(Arc::new(k))))
}

impl ResolverCache<Box<str>, Txt> for Given {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let found = self.0.iter().find(|(known, _)| {
            let known: Box<str> = known.as_str().into();
            Borrow::<Q>::borrow(&known) == name
        });
        let unknown = || Txt::Error(Error::Dns(DnsError::Resolver("not one of the known keys".into())));
        Some(found.map_or_else(unknown, |(_, key)| key.clone()))
    }

    fn remove<Q>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

/// A cache that holds nothing.
pub(super) struct Nothing;

macro_rules! holds_nothing {
    ($key:ty, $value:ty) => {
        impl ResolverCache<$key, $value> for Nothing {
            fn get<Q>(&self, _: &Q) -> Option<$value>
            where
                $key: Borrow<Q>,
                Q: Hash + Eq + ?Sized,
            {
                None
            }
            fn remove<Q>(&self, _: &Q) -> Option<$value>
            where
                $key: Borrow<Q>,
                Q: Hash + Eq + ?Sized,
            {
                None
            }
            fn insert(&self, _: $key, _: $value, _: Instant) {}
        }
    };
}
holds_nothing!(Box<str>, RecordSet<MX>);
holds_nothing!(Box<str>, RecordSet<std::net::Ipv4Addr>);
holds_nothing!(Box<str>, RecordSet<std::net::Ipv6Addr>);
holds_nothing!(std::net::IpAddr, RecordSet<Box<str>>);

#[cfg(test)]
mod tests {
    use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
    use mail_auth::common::headers::HeaderWriter as _;
    use mail_auth::dkim::DkimSigner;

    use super::*;
    use crate::keys::dkim::generate;
    use crate::spec::{Domain, Selector};
    use crate::stacks::{DkimAlgorithm, DkimKey};

    const MESSAGE: &str = "From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\nbody\r\n";

    fn key(algorithm: DkimAlgorithm, selector: &str) -> DkimKey {
        generate(&Domain::parse("example.org").unwrap(), Selector::parse(selector).unwrap(), algorithm).unwrap()
    }

    fn signed_rsa(key: &DkimKey) -> String {
        use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};
        let der = PrivateKeyDer::from_pem_slice(key.private.expose().as_bytes()).unwrap();
        let signature = DkimSigner::from_key(RsaKey::<Sha256>::from_key_der(der).unwrap())
            .domain("example.org")
            .selector(key.selector.to_string())
            .headers(["From", "Subject"])
            .sign(MESSAGE.as_bytes())
            .unwrap();
        signature.to_header() + MESSAGE
    }

    #[tokio::test]
    async fn both_kinds_of_our_own_signatures_verify_without_dns() {
        use base64::Engine as _;
        let (rsa, ed) = (key(DkimAlgorithm::Rsa, "r2026a"), key(DkimAlgorithm::Ed25519, "e2026a"));
        let both = base64::prelude::BASE64_STANDARD.decode(ed.private.expose()).unwrap();
        let ed_key = Ed25519Key::from_seed_and_public_key(&both[..32], &both[32..]).unwrap();
        let message = signed_rsa(&rsa);
        let second = DkimSigner::from_key(ed_key)
            .domain("example.org")
            .selector("e2026a")
            .headers(["From"])
            .sign(MESSAGE.as_bytes())
            .unwrap();
        let message = second.to_header() + &message;
        let seen = verify(message.as_bytes(), &[DkimPublic::from(&rsa), DkimPublic::from(&ed)]).await.unwrap();
        let verdicts: Vec<_> = seen.iter().map(|s| (s.algorithm, s.result.clone())).collect();
        assert_eq!(verdicts, [("ed25519-sha256", Ok(())), ("rsa-sha256", Ok(()))]);
        assert!(seen[1].headers.contains(&"from".to_owned()));
    }

    #[tokio::test]
    async fn a_changed_body_and_a_strangers_key_are_told_apart() {
        let (ours, other) = (key(DkimAlgorithm::Rsa, "r2026a"), key(DkimAlgorithm::Rsa, "r2026b"));
        let changed = signed_rsa(&ours).replace("body", "b0dy");
        let seen = verify(changed.as_bytes(), &[DkimPublic::from(&ours)]).await.unwrap();
        assert!(seen[0].result.as_ref().unwrap_err().to_lowercase().contains("body hash"), "{seen:?}");
        let seen = verify(signed_rsa(&other).as_bytes(), &[DkimPublic::from(&ours)]).await.unwrap();
        assert_eq!(seen[0].result, Err("it is not by one of our keys".into()));
        assert_eq!(verify(MESSAGE.as_bytes(), &[]).await.unwrap(), []);
    }
}
