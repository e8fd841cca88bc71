//! The DKIM signatures of a message against the published keys, as strict as RFC 6376, RFC 8301 and RFC 8463 are.
//!
//! Hashes and signatures are mail-auth's work. What it lets pass and the standards do not is judged here, on the tags as
//! they stand: SHA-1, short keys, an unsigned From, the key record's `h=`, `k=`, `s=` and `t=`, `l=` in canonical octets.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hickory_resolver::config::{ResolverConfig, ResolverOpts};
use mail_auth::common::crypto::HashAlgorithm;
use mail_auth::common::headers::{Writable as _, Writer};
use mail_auth::common::parse::TxtRecordParser as _;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::DkimError;
use mail_auth::{AuthenticatedMessage, DkimOutput, DkimResult, Error, MessageAuthenticator, Parameters, Txt};

use super::dkim::{Given, Nothing};
use super::dns::{DnsClient, RecordType};
use crate::printable::{excerpt, printable};
use crate::records::AnswerState;
use crate::records::dkim::DkimRecord;
use crate::records::tags::Tags;

/// Signatures of one message that are looked at; the rest costs look-ups and proves nothing.
const MOST_SIGNATURES: usize = 20;
/// The shortest RSA key that counts (RFC 8301 section 3.2).
const LEAST_RSA_BITS: usize = 1024;
/// The key size that is advised (RFC 8301 section 3.2).
const ADVISED_RSA_BITS: usize = 2048;
/// The length of `l=` that stands for "none of the body", which mail-auth cannot tell from "all of it".
const NOTHING_OF_BODY: u64 = u64::MAX;

/// How a signature ended (RFC 8601 section 2.7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureResult {
    /// It verifies.
    Pass,
    /// It does not, because the message or the signature was changed or made with another key.
    Fail,
    /// It cannot: signature or key are not as the standards want them.
    PermError,
    /// The key could not be asked for now.
    TempError,
}

impl SignatureResult {
    /// The word of RFC 8601.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::PermError => "permerror",
            Self::TempError => "temperror",
        }
    }
}

/// One signature with its verdict; all texts are printable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureVerdict {
    /// `d=`.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// `a=`, as written.
    pub algorithm: String,
    /// The verdict.
    pub result: SignatureResult,
    /// Why, one sentence; also what a passing signature rests on.
    pub reason: String,
    /// What passes but should be put right.
    pub warnings: Vec<String>,
    /// The key record.
    pub key: Option<String>,
    /// Header fields that are covered (`h=`), lower case.
    pub headers: Vec<String>,
}

type Refusal = (SignatureResult, String);

fn permanent(reason: impl Into<String>) -> Refusal {
    (SignatureResult::PermError, reason.into())
}

/// Verifies every signature of `message` at `now` (seconds since 1970), with keys from the client's resolver. The error
/// is for what is no message.
pub async fn verify(message: &[u8], dns: &DnsClient, now: u64) -> Result<Vec<SignatureVerdict>, String> {
    let message = with_crlf(message);
    // Not strict: a strict reader drops signatures with 'l=' without a word.
    let parsed = AuthenticatedMessage::parse_with_opts(&message, None, false);
    let mut parsed = parsed.ok_or("it is not a message: there is no header")?;
    let values: Vec<String> = parsed
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(b"dkim-signature"))
        .take(MOST_SIGNATURES)
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
        .collect();
    let mut claims: Vec<Claim> = values.iter().map(|value| Claim::read(value, now)).collect();
    let body = message.get(usize::try_from(parsed.body_offset).unwrap_or(usize::MAX)..).unwrap_or_default();
    for claim in claims.iter_mut().filter(|c| c.length.is_some()) {
        claim.hash_part(&mut parsed, body);
    }
    let mut keys = Vec::new();
    for claim in &mut claims {
        keys.extend(claim.fetch_key(dns).await);
    }
    let given = Given::new(keys);
    let outputs = evaluate(&parsed, &given).await?;
    Ok(claims.into_iter().map(|claim| claim.verdict(&outputs)).collect())
}

async fn evaluate<'a>(parsed: &'a AuthenticatedMessage<'a>, keys: &'a Given) -> Result<Vec<DkimOutput<'a>>, String> {
    let authenticator =
        MessageAuthenticator::new(ResolverConfig::from_name_servers(Vec::new()), ResolverOpts::default())
            .map_err(|e| e.to_string())?;
    let parameters = Parameters {
        params: parsed,
        cache_txt: Some(keys),
        cache_mx: None::<&Nothing>,
        cache_ptr: None::<&Nothing>,
        cache_ipv4: None::<&Nothing>,
        cache_ipv6: None::<&Nothing>,
    };
    Ok(authenticator.verify_dkim(parameters).await)
}

/// A message as it went over the wire: saved files often lost the CR of their line ends.
fn with_crlf(message: &[u8]) -> Vec<u8> {
    // An mbox file begins with a line that is no header.
    let message = match message.strip_prefix(b"From ") {
        Some(rest) => rest.iter().position(|b| *b == b'\n').map_or(message, |at| &rest[at + 1..]),
        None => message,
    };
    let mut converted = Vec::with_capacity(message.len() + 1_024);
    let mut before = 0;
    for byte in message {
        if *byte == b'\n' && before != b'\r' {
            converted.push(b'\r');
        }
        converted.push(*byte);
        before = *byte;
    }
    converted
}

/// What a signature says of itself, and what came of it so far.
#[derive(Debug, Default)]
struct Claim {
    domain: String,
    selector: String,
    algorithm: String,
    headers: Vec<String>,
    /// `b=` decoded, by which the evaluator's output is found.
    signature: Vec<u8>,
    /// `i=`'s domain, where it is not `d=` itself.
    below: Option<String>,
    /// `l=`.
    length: Option<u64>,
    /// Octets of the canonical body, once they were counted.
    body_length: Option<u64>,
    key: Option<String>,
    warnings: Vec<String>,
    refusal: Option<Refusal>,
}

impl Claim {
    fn read(value: &str, now: u64) -> Self {
        let mut claim = Self::default();
        claim.refusal = claim.judge(value, now).err();
        claim
    }

    /// Reads the tags; what RFC 6376 section 6.1.1 refuses before any look-up ends it.
    fn judge(&mut self, value: &str, now: u64) -> Result<(), Refusal> {
        let tags = Tags::parse(value).map_err(|e| permanent(format!("its tags cannot be read: {e}")))?;
        let compact =
            |tag: &str| tags.get(tag).map(|v| v.chars().filter(|c| !c.is_ascii_whitespace()).collect::<String>());
        self.domain = compact("d").unwrap_or_default().to_ascii_lowercase();
        self.selector = compact("s").unwrap_or_default().to_ascii_lowercase();
        self.algorithm = compact("a").unwrap_or_default().to_ascii_lowercase();
        let headers = compact("h").unwrap_or_default().to_ascii_lowercase();
        self.headers = headers.split(':').filter(|h| !h.is_empty()).map(str::to_owned).collect();
        if let Some(doubled) = tags.doubled().first() {
            return Err(permanent(format!("'{}=' stands more than once (RFC 6376 section 3.2)", excerpt(doubled, 20))));
        }
        for tag in ["v", "a", "b", "bh", "d", "h", "s"] {
            if compact(tag).is_none_or(|v| v.is_empty()) {
                return Err(permanent(format!("'{tag}=' is missing (RFC 6376 section 3.5)")));
            }
        }
        if compact("v").as_deref() != Some("1") {
            return Err(permanent("'v=' is not 1 (RFC 6376 section 3.5)"));
        }
        match self.algorithm.as_str() {
            "rsa-sha256" | "ed25519-sha256" => {}
            "rsa-sha1" => return Err(permanent("rsa-sha1 must not be used any more (RFC 8301 section 3.1)")),
            other => return Err(permanent(format!("'a={}' is no algorithm of DKIM", excerpt(other, 40)))),
        }
        let decoded = |tag: &str| BASE64_STANDARD.decode(compact(tag).unwrap_or_default());
        self.signature = decoded("b").map_err(|_| permanent("'b=' is no base64"))?;
        decoded("bh").map_err(|_| permanent("'bh=' is no base64"))?;
        if !self.headers.iter().any(|h| h == "from") {
            return Err(permanent("the From field is not signed (RFC 6376 section 5.4)"));
        }
        if let Some(q) = compact("q")
            && !q.split(':').any(|m| m.eq_ignore_ascii_case("dns/txt"))
        {
            return Err(permanent("'q=' names no way to a key that is known (RFC 6376 section 3.5)"));
        }
        if let Some(identity) = compact("i") {
            let of = identity.rsplit_once('@').map_or(identity.as_str(), |(_, d)| d).to_ascii_lowercase();
            if of != self.domain && !of.ends_with(&format!(".{}", self.domain)) {
                return Err(permanent("'i=' is not within 'd=' (RFC 6376 section 3.5)"));
            }
            self.below = (of != self.domain).then_some(of);
        }
        self.length = match compact("l") {
            None => None,
            Some(l) => Some(l.parse().map_err(|_| permanent("'l=' is no number"))?),
        };
        self.judge_times(compact("t"), compact("x"), now)
    }

    fn judge_times(&mut self, made: Option<String>, expires: Option<String>, now: u64) -> Result<(), Refusal> {
        let number = |tag: &str, text: Option<String>| match text {
            None => Ok(None),
            Some(text) => text.parse::<u64>().map(Some).map_err(|_| permanent(format!("'{tag}=' is no number"))),
        };
        let (made, expires) = (number("t", made)?, number("x", expires)?);
        if let Some(expires) = expires {
            if made.is_some_and(|made| expires <= made) {
                return Err(permanent("it expires before it was made ('x=' is not after 't=')"));
            }
            if expires <= now {
                return Err((SignatureResult::Fail, format!("it expired on {}", date(expires))));
            }
        }
        if let Some(made) = made
            && made > now + 300
        {
            self.warnings.push(format!("it was made in the future, on {}: a clock is wrong", date(made)));
        }
        Ok(())
    }

    /// Hashes as much of the canonical body as `l=` says (RFC 6376 section 3.4.5). mail-auth cuts the raw body.
    fn hash_part(&mut self, parsed: &mut AuthenticatedMessage<'_>, body: &[u8]) {
        let Some(length) = self.length else { return };
        let wanted = &self.signature;
        let Some(header) = parsed.dkim_headers.iter_mut().find(|h| h.header.b == *wanted) else { return };
        let mut canonical = Octets(Vec::new());
        header.header.cb.canonical_body(body, 0).write(&mut canonical);
        let all = canonical.0.len();
        self.body_length = u64::try_from(all).ok();
        let part = canonical.0.get(..usize::try_from(length).unwrap_or(usize::MAX).min(all)).unwrap_or_default();
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, part).as_ref().to_vec();
        if length == 0 {
            header.header.l = NOTHING_OF_BODY;
        }
        let (canonicalization, length) = (header.header.cb, header.header.l);
        let of_this = |(c, h, l, _): &(_, HashAlgorithm, u64, Vec<u8>)| {
            *c == canonicalization && *h == HashAlgorithm::Sha256 && *l == length
        };
        parsed.body_hashes.retain(|entry| !of_this(entry));
        parsed.body_hashes.push((canonicalization, HashAlgorithm::Sha256, length, hash));
        match self.body_length {
            Some(body) if length != NOTHING_OF_BODY && length > body => {
                self.refusal.get_or_insert(permanent(format!("'l={length}' is more than the body has, {body} octets")));
            }
            Some(body) if self.length != Some(body) => self.warnings.push(format!(
                "it covers {} of the body's {body} octets ('l='): the rest may be anybody's (RFC 6376 section 8.2)",
                self.length.unwrap_or_default()
            )),
            _ => self.warnings.push("'l=' lets anybody append to the message (RFC 6376 section 8.2)".into()),
        }
    }

    /// Asks for the key and judges its record; gives what the evaluator shall find at that name.
    async fn fetch_key(&mut self, dns: &DnsClient) -> Option<(String, Txt)> {
        if self.refusal.is_some() {
            return None;
        }
        let name = format!("{}._domainkey.{}", self.selector, self.domain);
        let answer = dns.resolve(&name, RecordType::TXT).await;
        let refusal = match &answer.state {
            AnswerState::Found => None,
            AnswerState::NoData | AnswerState::NxDomain => {
                Some(permanent(format!("there is no key at {}", excerpt(&name, 120))))
            }
            other => Some((SignatureResult::TempError, format!("for the key, the resolver {}", other.said()))),
        };
        if refusal.is_some() {
            self.refusal = refusal;
            return None;
        }
        if answer.data.len() > 1 {
            self.warnings
                .push(format!("there are {} records at its key's name, and receivers may take any", answer.data.len()));
        }
        // Of several records the first one that is a key is taken; RFC 6376 section 6.1.2 leaves it open.
        let text = answer.data.iter().find(|t| DkimRecord::parse(t).is_ok()).or(answer.data.first())?;
        self.key = Some(printable(text));
        match self.judge_key(text) {
            Ok(key) => Some((format!("{name}."), Txt::DomainKey(Arc::new(key)))),
            Err(refusal) => {
                self.refusal = Some(refusal);
                None
            }
        }
    }

    /// RFC 6376 section 6.1.2, RFC 8301 section 3.2, RFC 8463 section 4.
    fn judge_key(&mut self, text: &str) -> Result<DomainKey, Refusal> {
        let record = DkimRecord::parse(text).map_err(|e| permanent(format!("its key record cannot be read: {e}")))?;
        if record.public.is_empty() {
            return Err(permanent("its key was revoked ('p=' is empty)"));
        }
        let (kind, hash) = self.algorithm.split_once('-').unwrap_or_default();
        if record.key_type != kind {
            let found = excerpt(&record.key_type, 20);
            return Err(permanent(format!("the key is of type '{found}', the signature of type '{kind}'")));
        }
        let hashes = record.list("h");
        if !hashes.is_empty() && !hashes.iter().any(|h| h == hash) {
            return Err(permanent(format!(
                "the key is not for {hash}: its record has 'h={}'",
                excerpt(&hashes.join(":"), 40)
            )));
        }
        let services = record.list("s");
        if !services.is_empty() && !services.iter().any(|s| s == "*" || s == "email") {
            return Err(permanent(format!(
                "the key is not for mail: its record has 's={}'",
                excerpt(&services.join(":"), 40)
            )));
        }
        let flags = record.list("t");
        if let Some(below) = self.below.as_ref().filter(|_| flags.iter().any(|f| f == "s")) {
            let below = excerpt(below, 80);
            return Err(permanent(format!("'i=' names {below}, and the key's 't=s' allows only {}", self.domain)));
        }
        if flags.iter().any(|f| f == "y") {
            self.warnings.push("the key is only being tested ('t=y'): receivers take the message as unsigned".into());
        }
        self.judge_size(&record)?;
        DomainKey::parse(text.as_bytes()).map_err(|e| permanent(format!("its key cannot be used: {e}")))
    }

    fn judge_size(&mut self, record: &DkimRecord) -> Result<(), Refusal> {
        let Some(der) = record.decoded() else { return Err(permanent("its key is no base64")) };
        if record.key_type == "ed25519" {
            return match der.len() {
                32 => Ok(()),
                n => Err(permanent(format!("its Ed25519 key has {n} bytes, not 32 (RFC 8463 section 4)"))),
            };
        }
        match record.rsa_bits() {
            None => Err(permanent("its key cannot be read as an RSA key")),
            Some(bits) if bits < LEAST_RSA_BITS => Err(permanent(format!(
                "its RSA key has {bits} bits; below {LEAST_RSA_BITS} no signature counts (RFC 8301 section 3.2)"
            ))),
            Some(bits) if bits < ADVISED_RSA_BITS => {
                self.warnings.push(format!("its RSA key has {bits} bits; {ADVISED_RSA_BITS} are advised"));
                Ok(())
            }
            Some(_) => Ok(()),
        }
    }

    fn verdict(self, outputs: &[DkimOutput<'_>]) -> SignatureVerdict {
        let (result, reason) = match self.refusal {
            Some(refusal) => refusal,
            None => {
                let own = outputs.iter().find(|o| o.signature().is_some_and(|s| s.b == self.signature));
                own.map_or_else(|| permanent("it cannot be read"), |o| evaluated(o.result()))
            }
        };
        SignatureVerdict {
            domain: printable(&self.domain),
            selector: printable(&self.selector),
            algorithm: excerpt(&self.algorithm, 40),
            result,
            reason,
            warnings: self.warnings,
            key: self.key,
            headers: self.headers.iter().map(|h| printable(h)).collect(),
        }
    }
}

fn evaluated(result: &DkimResult) -> Refusal {
    match result {
        DkimResult::Pass => (SignatureResult::Pass, "header and body are as they were signed".into()),
        DkimResult::None => permanent("it cannot be read"),
        DkimResult::TempError(e) => (SignatureResult::TempError, printable(&e.to_string())),
        DkimResult::Neutral(e) | DkimResult::Fail(e) | DkimResult::PermError(e) => match e {
            Error::Dkim(DkimError::FailedBodyHashMatch) => {
                (SignatureResult::Fail, "the body was changed after it was signed".into())
            }
            Error::Crypto(_) => (SignatureResult::Fail, "a signed header was changed, or another key signed".into()),
            Error::Dkim(DkimError::SignatureExpired) => (SignatureResult::Fail, "it expired".into()),
            other => permanent(printable(&other.to_string())),
        },
    }
}

/// Collects what is written.
struct Octets(Vec<u8>);

impl Writer for Octets {
    fn write(&mut self, buf: &[u8]) {
        self.0.extend_from_slice(buf);
    }
}

/// "2026-11-21 08:52 UTC".
fn date(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|s| jiff::Timestamp::from_second(s).ok())
        .map_or_else(|| "a date beyond all calendars".to_owned(), |t| t.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
    use mail_auth::common::headers::HeaderWriter as _;
    use mail_auth::dkim::DkimSigner;
    use rustls::pki_types::{PrivateKeyDer, pem::PemObject as _};

    use super::*;
    use crate::keys::dkim::generate;
    use crate::probe::dns::test_server::World;
    use crate::records::DkimPublic;
    use crate::records::text::quoted_strings;
    use crate::spec::{Domain, Selector};
    use crate::stacks::{DkimAlgorithm, DkimKey};

    const NOW: u64 = 1_900_000_000;
    const MESSAGE: &str = "From: a@example.org\r\nTo: b@example.net\r\nSubject: x\r\n\r\nbody\r\n\r\n";

    fn key(algorithm: DkimAlgorithm, selector: &str) -> DkimKey {
        generate(&Domain::parse("example.org").unwrap(), Selector::parse(selector).unwrap(), algorithm).unwrap()
    }

    fn signer(key: &DkimKey) -> RsaKey<Sha256> {
        let der = PrivateKeyDer::from_pem_slice(key.private.expose().as_bytes()).unwrap();
        RsaKey::<Sha256>::from_key_der(der).unwrap()
    }

    fn signed(key: &DkimKey, headers: &[&str]) -> String {
        let signature = DkimSigner::from_key(signer(key))
            .domain("example.org")
            .selector(key.selector.to_string())
            .headers(headers.iter().map(|h| (*h).to_owned()))
            .sign(MESSAGE.as_bytes())
            .unwrap();
        signature.to_header() + MESSAGE
    }

    /// What comes of a message whose key is published with this text.
    async fn of(message: &str, name: &str, record: &str) -> SignatureVerdict {
        let line = format!("{name}._domainkey.example.org. 60 TXT {}", quoted_strings(record));
        let world = World::new().zone("example.org.", &["127.9.0.10"], &line).run().await;
        let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
        let mut all = verify(message.as_bytes(), &dns, NOW).await.unwrap();
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    #[tokio::test]
    async fn a_good_signature_passes_also_without_cr_and_a_changed_one_says_what_was_changed() {
        let rsa = key(DkimAlgorithm::Rsa, "r");
        let record = DkimPublic::from(&rsa).record_text();
        let good = signed(&rsa, &["From", "Subject"]);
        for message in [good.clone(), good.replace("\r\n", "\n"), format!("From a Mon Jan 1\n{good}")] {
            let verdict = of(&message, "r", &record).await;
            assert_eq!((verdict.result, verdict.warnings.len()), (SignatureResult::Pass, 0), "{verdict:?}");
            assert_eq!(verdict.headers, ["subject", "from"]);
        }
        let body = of(&good.replace("body", "b0dy"), "r", &record).await;
        assert_eq!(
            (body.result, body.reason.as_str()),
            (SignatureResult::Fail, "the body was changed after it was signed")
        );
        let subject = of(&good.replace("Subject: x", "Subject: y"), "r", &record).await;
        assert_eq!(subject.result, SignatureResult::Fail, "{subject:?}");
        let other = DkimPublic::from(&key(DkimAlgorithm::Rsa, "r")).record_text();
        assert_eq!(of(&good, "r", &other).await.result, SignatureResult::Fail);
    }

    #[tokio::test]
    async fn ed25519_is_verified_and_its_key_is_32_raw_bytes() {
        let ed = key(DkimAlgorithm::Ed25519, "e");
        let both = BASE64_STANDARD.decode(ed.private.expose()).unwrap();
        let signature = DkimSigner::from_key(Ed25519Key::from_seed_and_public_key(&both[..32], &both[32..]).unwrap())
            .domain("example.org")
            .selector("e")
            .headers(["From"])
            .sign(MESSAGE.as_bytes())
            .unwrap();
        let message = signature.to_header() + MESSAGE;
        assert_eq!(of(&message, "e", &DkimPublic::from(&ed).record_text()).await.result, SignatureResult::Pass);
        let rsa = DkimPublic::from(&key(DkimAlgorithm::Rsa, "e")).record_text();
        let wrong = of(&message, "e", &rsa).await;
        assert_eq!(wrong.reason, "the key is of type 'rsa', the signature of type 'ed25519'");
        let spki =
            of(&message, "e", "v=DKIM1; k=ed25519; p=MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=")
                .await;
        assert!(spki.reason.contains("44 bytes"), "{spki:?}");
    }

    #[tokio::test]
    async fn a_key_record_can_forbid_what_the_signature_does() {
        let rsa = key(DkimAlgorithm::Rsa, "r");
        let message = signed(&rsa, &["From"]);
        let p = DkimPublic::from(&rsa).public;
        for (record, part) in [
            (format!("v=DKIM1; h=sha1; p={p}"), "not for sha256"),
            (format!("v=DKIM1; s=tlsrpt; p={p}"), "not for mail"),
            (format!("v=DKIM1; k=ed25519; p={p}"), "of type 'ed25519'"),
            ("v=DKIM1; p=".to_owned(), "revoked"),
            (format!("p={p}; v=DKIM1"), "cannot be read"),
            // 768 bits.
            ("v=DKIM1; p=MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAJhheAiCFdEV9oKZmAYZJhnlLJc6FLcqYTCbGalPa8696YZPDqV/o0Hx2zuOfVrEdnSQHXIGuiodHNE/SLZ5B+W9QVIK9vyZTfpYMNDgA5csrRgVReDk9VGvI3ufmircowIDAQAB".to_owned(), "768 bits"),
        ] {
            let verdict = of(&message, "r", &record).await;
            assert_eq!(verdict.result, SignatureResult::PermError, "{record}: {verdict:?}");
            assert!(verdict.reason.contains(part), "{record}: {}", verdict.reason);
        }
        let gone = of(&message, "other", "v=DKIM1; p=x").await;
        assert!(gone.reason.contains("no key at r._domainkey.example.org"), "{gone:?}");
        for (record, warnings) in
            [(format!("v=DKIM1; h=sha1:SHA256; s=other:email; p={p}"), 0), (format!("v=DKIM1; t=y; s=*; p={p}"), 1)]
        {
            let verdict = of(&message, "r", &record).await;
            assert_eq!((verdict.result, verdict.warnings.len()), (SignatureResult::Pass, warnings), "{verdict:?}");
        }
    }

    #[tokio::test]
    async fn a_resolver_in_trouble_is_no_verdict() {
        let message = signed(&key(DkimAlgorithm::Rsa, "r"), &["From"]);
        let world = World::new()
            .zone("example.org.", &["127.9.0.10"], "")
            .cached("r._domainkey.example.org.", RecordType::TXT, &[])
            .run()
            .await;
        let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
        let verdict = verify(message.as_bytes(), &dns, NOW).await.unwrap().remove(0);
        assert_eq!(verdict.result, SignatureResult::TempError, "{verdict:?}");
    }

    #[test]
    fn signatures_that_no_look_up_can_save_are_refused() {
        let claim = |change: &dyn Fn(String) -> String| {
            let good = "v=1; a=rsa-sha256; d=example.org; s=r; h=From:To; bh=AAAA; b=AAAA; t=1800000000; x=2000000000";
            Claim::read(&change(good.to_owned()), NOW)
        };
        assert_eq!(claim(&|s| s).refusal, None);
        for (from, to, part) in [
            ("rsa-sha256", "rsa-sha1", "RFC 8301"),
            ("h=From:To", "h=To:Subject", "From field is not signed"),
            ("x=2000000000", "x=1850000000", "expired on 2028-08-16"),
            ("x=2000000000", "x=1700000000", "before it was made"),
            ("d=example.org;", "d=example.org; i=a@example.com;", "'i=' is not within"),
            ("d=example.org;", "d=example.org; i=a@badexample.org;", "'i=' is not within"),
            ("bh=AAAA;", "", "'bh=' is missing"),
            ("v=1;", "v=2;", "'v='"),
            ("v=1;", "v=1; d=example.net;", "more than once"),
            ("b=AAAA", "b=!!", "no base64"),
            ("s=r;", "s=r; l=x;", "'l=' is no number"),
            ("s=r;", "s=r; q=http/get;", "'q='"),
        ] {
            let claim = claim(&|s| s.replacen(from, to, 1));
            let (result, reason) = claim.refusal.unwrap_or_else(|| panic!("{from} -> {to} was taken"));
            assert!(reason.contains(part), "{from} -> {to}: {reason}");
            assert_eq!(result == SignatureResult::Fail, part.contains("expired"), "{reason}");
        }
    }

    /// A signature over a part of the body, made octet by octet because the library cannot make one.
    fn signed_in_part(rsa: &DkimKey, length: usize, body: &str) -> String {
        let part = &body.as_bytes()[..length.min(body.len())];
        let bh = BASE64_STANDARD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, part));
        let unsigned = format!(
            "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=example.org; s=r; h=From; l={length}; bh={bh}; b="
        );
        let der = PrivateKeyDer::from_pem_slice(rsa.private.expose().as_bytes()).unwrap();
        let pair = aws_lc_rs::rsa::KeyPair::from_pkcs8(der.secret_der()).unwrap();
        let mut b = vec![0; pair.public_modulus_len()];
        let over = format!("From: a@example.org\r\n{unsigned}");
        let random = aws_lc_rs::rand::SystemRandom::new();
        pair.sign(&aws_lc_rs::signature::RSA_PKCS1_SHA256, &random, over.as_bytes(), &mut b).unwrap();
        format!("{unsigned}{}\r\nFrom: a@example.org\r\n\r\n{body}", BASE64_STANDARD.encode(b))
    }

    #[tokio::test]
    async fn a_part_of_the_body_is_hashed_in_canonical_octets_and_warned_about() {
        let rsa = key(DkimAlgorithm::Rsa, "r");
        let record = DkimPublic::from(&rsa).record_text();
        let body = "first line\r\nsecond line\r\n";
        for length in [0, 12, body.len()] {
            let verdict = of(&signed_in_part(&rsa, length, body), "r", &record).await;
            assert_eq!((verdict.result, verdict.warnings.len()), (SignatureResult::Pass, 1), "{length}: {verdict:?}");
        }
        let appended = of(&(signed_in_part(&rsa, body.len(), body) + "spam\r\n"), "r", &record).await;
        assert_eq!(appended.result, SignatureResult::Pass);
        assert!(appended.warnings[0].contains("25 of the body's 31 octets"), "{appended:?}");
        let too_long = of(&signed_in_part(&rsa, 900, body), "r", &record).await;
        assert!(too_long.reason.contains("more than the body has"), "{too_long:?}");
        let changed = signed_in_part(&rsa, 12, body).replace("first line", "worst line");
        assert_eq!(of(&changed, "r", &record).await.result, SignatureResult::Fail);
    }
}
