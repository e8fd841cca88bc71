//! `dkim-record`, `dkim-key-match`, `dkim-revoked`, `dkim-key-size` and `dkim-flags`: the published keys.

use std::sync::Arc;
use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::asked::{Asked, ask, not_ours};
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::dns::RecordType;
use crate::records::dkim::DkimRecord;
use crate::records::text::quoted_strings;
use crate::records::{AnswerState, DkimPublic};
use crate::spec::Domain;
use crate::stacks::DkimAlgorithm;

/// The key's record is there, once, and can be read.
pub static DKIM_RECORD: Check = Check {
    id: "dkim-record",
    area: Area::Dkim,
    why: "Receivers fetch the key from this record to check our signatures.",
    rfc: "RFC 6376 section 3.6",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: keys_and_keyless,
    run: |context, subject| {
        Box::pin(async move {
            match &subject {
                Subject::Domain(domain) => keyless(&context, domain).await,
                _ => record(context, subject).await,
            }
        })
    },
};

/// The published key belongs to the private key that signs.
pub static DKIM_KEY_MATCH: Check = Check {
    id: "dkim-key-match",
    area: Area::Dkim,
    why: "A signature made with another key than the published one is as good as forged.",
    rfc: "RFC 6376 section 3.6.1, RFC 8463 section 4",
    needs: &["dkim-record", "dkim-revoked"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(15),
    subjects: own_keys,
    run: |context, subject| Box::pin(key_match(context, subject)),
};

/// The record does not say that the key is revoked.
pub static DKIM_REVOKED: Check = Check {
    id: "dkim-revoked",
    area: Area::Dkim,
    why: "An empty key tells receivers that it was withdrawn.",
    rfc: "RFC 6376 section 3.6.1",
    needs: &["dkim-record"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::dkim_keys,
    run: |context, subject| Box::pin(revoked(context, subject)),
};

/// The key is neither too short to count nor too long for some.
pub static DKIM_KEY_SIZE: Check = Check {
    id: "dkim-key-size",
    area: Area::Dkim,
    why: "Receivers ignore signatures of keys below 1024 bits.",
    rfc: "RFC 8301 section 3.2, RFC 8463",
    needs: &["dkim-record", "dkim-revoked"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::dkim_keys,
    run: |context, subject| Box::pin(key_size(context, subject)),
};

/// No tag of the record keeps receivers from using the key.
pub static DKIM_FLAGS: Check = Check {
    id: "dkim-flags",
    area: Area::Dkim,
    why: "A leftover 't=y' makes receivers take our mail as unsigned.",
    rfc: "RFC 6376 section 3.6.1, RFC 8301 section 3.1",
    needs: &["dkim-record"],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(15),
    subjects: Context::dkim_keys,
    run: |context, subject| Box::pin(flags(context, subject)),
};

/// Every key that is known, and every domain of which none is.
fn keys_and_keyless(context: &Context) -> Vec<Subject> {
    let keys = context.dkim_keys();
    let has_key = |domain: &Domain| keys.iter().any(|key| matches!(key, Subject::DkimKey(of, _) if of == domain));
    let keyless: Vec<Subject> =
        context.looked_at().domains.iter().filter(|d| !has_key(d)).cloned().map(Subject::Domain).collect();
    keys.into_iter().chain(keyless).collect()
}

/// Selectors cannot be listed, but a name with something below it exists, and one with nothing below it does not
/// (RFC 8020). Servers that get this wrong are not rare, so it is never more than a note.
async fn keyless(context: &Context, domain: &Domain) -> Finding {
    let asked = match ask(context, &domain.below("_domainkey"), RecordType::TXT).await {
        Ok(asked) => asked,
        Err(unknown) => return unknown,
    };
    let finding = match asked.answer.state {
        AnswerState::NxDomain => Finding::info(format!("_domainkey.{domain} does not exist: no key is published")),
        _ => Finding::info("there are keys, and nobody can list their names").instructions(
            "Name one with --selector, or give a message of the domain with --headers FILE: it holds them.",
        ),
    };
    finding.evidence(asked.evidence)
}

fn own_keys(context: &Context) -> Vec<Subject> {
    context.dkim_keys().into_iter().filter(|key| own(context, key).is_some()).collect()
}

fn own<'a>(context: &'a Context, subject: &Subject) -> Option<&'a DkimPublic> {
    let Subject::DkimKey(domain, selector) = subject else { return None };
    context.own().ok()?.known.dkim.iter().find(|k| k.domain == *domain && k.selector == *selector)
}

async fn look(context: &Context, subject: &Subject) -> Result<(String, Asked), Finding> {
    let Subject::DkimKey(domain, selector) = subject else { return Err(not_ours()) };
    let name = domain.below(&format!("{selector}._domainkey"));
    let asked = ask(context, &name, RecordType::TXT).await?;
    Ok((name, asked))
}

/// The one record that can be read, or the finding that ends the check.
async fn parsed(context: &Context, subject: &Subject) -> Result<(String, Asked, DkimRecord), Finding> {
    let (name, asked) = look(context, subject).await?;
    let one = match asked.answer.data.as_slice() {
        [one] => DkimRecord::parse(one).ok(),
        _ => None,
    };
    match one {
        Some(record) => Ok((name, asked, record)),
        None => Err(Finding::skipped("there is no record that can be read").evidence(asked.evidence)),
    }
}

/// How to publish a key, in the spellings that providers ask for.
fn layouts(key: Option<&DkimPublic>, name: &str) -> String {
    let Some(key) = key else { return format!("Publish the key's record at {name}") };
    let text = key.record_text();
    format!("Publish the TXT record at {name}\nIn one piece: {text}\nFor a zone file: {}", quoted_strings(&text))
}

async fn record(context: Arc<Context>, subject: Subject) -> Finding {
    let (name, asked) = match look(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let key = own(&context, &subject);
    let expected = key.map_or_else(|| "one DKIM key".to_owned(), DkimPublic::record_text);
    let finding = match asked.answer.data.as_slice() {
        [] => Finding::fail(format!("there is no TXT record at {name}"), expected).instructions(layouts(key, &name)),
        [one] => match DkimRecord::parse(one) {
            Ok(_) => match &asked.answer.canonical_name {
                Some(target) => Finding::pass(format!("a key, through the alias {target}")),
                None => Finding::pass("one record, which can be read"),
            },
            Err(reason) => Finding::fail(format!("{}: {reason}", crate::printable::excerpt(one, 120)), expected)
                .instructions(layouts(key, &name)),
        },
        many => Finding::warn(format!("{} TXT records, and receivers may take any of them", many.len()), "one record")
            .instructions(format!("Delete all TXT records at {name} but the key")),
    };
    finding.evidence(asked.evidence)
}

async fn key_match(context: Arc<Context>, subject: Subject) -> Finding {
    let Some(key) = own(&context, &subject) else { return not_ours() };
    let (name, asked, found) = match parsed(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let finding = if found.is_of(key) || same_rsa_key(&found, key) {
        Finding::pass("the published key is the one that signs")
    } else if found.is_cut_off(key) || is_shorter_than_it_says(&found.public) {
        Finding::fail(
            format!("the published key was cut off after {} characters", found.public.len()),
            format!("all {} characters", key.public.len()),
        )
        .instructions(layouts(Some(key), &name))
    } else {
        Finding::fail("the published key is another one", key.record_text()).instructions(layouts(Some(key), &name))
    };
    finding.evidence(asked.evidence)
}

async fn revoked(context: Arc<Context>, subject: Subject) -> Finding {
    let (name, asked, found) = match parsed(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    let finding = match found.public.is_empty() {
        false => Finding::pass("not revoked"),
        true => Finding::fail("'p=' is empty: the key was revoked", "a key")
            .instructions(layouts(own(&context, &subject), &name)),
    };
    finding.evidence(asked.evidence)
}

async fn key_size(context: Arc<Context>, subject: Subject) -> Finding {
    let (_, asked, found) = match parsed(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    judge_size(&found).evidence(asked.evidence)
}

fn judge_size(found: &DkimRecord) -> Finding {
    if found.key_type == DkimAlgorithm::Ed25519.tag() {
        return match decoded(&found.public).map(|der| der.len()) {
            Some(32) => Finding::pass("Ed25519"),
            Some(n) => Finding::fail(format!("an Ed25519 key of {n} bytes"), "32 bytes"),
            None => Finding::fail("the key is no base64", "32 bytes in base64"),
        };
    }
    match found.rsa_bits() {
        None => Finding::fail("the key cannot be read as an RSA key", "an RSA key of 2048 bits"),
        Some(bits) if bits < 1024 => {
            Finding::fail(format!("RSA, {bits} bits"), "2048 bits").instructions("Make a new key under a new selector")
        }
        Some(bits) if bits < 2048 => {
            Finding::warn(format!("RSA, {bits} bits"), "2048 bits").instructions("Make a new key under a new selector")
        }
        Some(2048) => Finding::pass("RSA, 2048 bits"),
        Some(bits) => {
            Finding::info(format!("RSA, {bits} bits: some providers' forms and a few receivers cannot take it"))
        }
    }
}

async fn flags(context: Arc<Context>, subject: Subject) -> Finding {
    let (name, asked, found) = match parsed(&context, &subject).await {
        Ok(found) => found,
        Err(finding) => return finding,
    };
    judge_flags(&found, &name).evidence(asked.evidence)
}

fn judge_flags(found: &DkimRecord, name: &str) -> Finding {
    let list = |tag: &str| found.list(tag);
    let shown = |text: &str| crate::printable::excerpt(text, 40);
    if !["rsa", "ed25519"].contains(&found.key_type.as_str()) {
        return Finding::fail(format!("'k={}' is no kind of key", shown(&found.key_type)), "k=rsa or k=ed25519")
            .instructions(format!("Correct 'k=' in the TXT record at {name}"));
    }
    let hashes = list("h");
    if !hashes.is_empty() && !hashes.iter().any(|h| h == "sha256") {
        return Finding::fail(format!("'h={}' leaves out sha256", shown(&hashes.join(":"))), "no 'h='")
            .instructions(format!("Remove 'h=' from the TXT record at {name}"));
    }
    let services = list("s");
    if !services.is_empty() && !services.iter().any(|s| s == "*" || s == "email") {
        return Finding::fail(format!("'s={}' is not for mail", shown(&services.join(":"))), "no 's='")
            .instructions(format!("Remove 's=' from the TXT record at {name}"));
    }
    if list("t").iter().any(|t| t == "y") {
        return Finding::warn("'t=y' says that the key is only being tested", "no 't=y'")
            .instructions(format!("Remove 't=y' from the TXT record at {name}"));
    }
    Finding::pass("nothing that holds the key back")
}

fn decoded(public: &str) -> Option<Vec<u8>> {
    let mut padded = public.trim_end_matches('=').to_owned();
    while !padded.len().is_multiple_of(4) {
        padded.push('=');
    }
    BASE64_STANDARD.decode(padded).ok()
}

/// Whether a record holds our RSA key in the other of the two encodings.
fn same_rsa_key(found: &DkimRecord, key: &DkimPublic) -> bool {
    if key.algorithm != DkimAlgorithm::Rsa || found.key_type != "rsa" {
        return false;
    }
    let (Some(theirs), Some(ours)) = (decoded(&found.public), decoded(&key.public)) else { return false };
    let Ok((_, spki)) = SubjectPublicKeyInfo::from_der(&ours) else { return false };
    spki.subject_public_key.data.as_ref() == theirs.as_slice()
}

/// Whether DER says that it is longer than what came: the mark of a provider that cuts at 255 characters.
fn is_shorter_than_it_says(public: &str) -> bool {
    let whole = public.get(..public.len() - public.len() % 4).unwrap_or_default();
    match decoded(whole).as_deref() {
        Some([0x30, 0x82, high, low, rest @ ..]) => rest.len() < usize::from(*high) << 8 | usize::from(*low),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::{domain, example, known, others, spec, with};
    use super::*;
    use crate::finding::Outcome;
    use crate::records::Known;
    use crate::spec::Selector;

    fn key(bits: rcgen::RsaKeySize) -> DkimPublic {
        use rcgen::PublicKeyData as _;
        let pair = rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, bits).unwrap();
        DkimPublic {
            domain: Domain::parse("example.org").unwrap(),
            selector: Selector::parse("r2026a").unwrap(),
            algorithm: DkimAlgorithm::Rsa,
            public: BASE64_STANDARD.encode(pair.subject_public_key_info()),
        }
    }

    async fn judged(key: &DkimPublic, texts: &[String]) -> [Outcome; 5] {
        let name = key.record_name();
        let lines: Vec<String> = texts.iter().map(|t| format!("{name} 60 TXT {}", quoted_strings(t))).collect();
        let world = example(&lines.join("\n")).run().await;
        let context = Arc::new(with(&world, spec(), Known { dkim: vec![key.clone()], ..known() }));
        let subject = Subject::DkimKey(key.domain.clone(), key.selector.clone());
        assert_eq!(context.dkim_keys(), std::slice::from_ref(&subject));
        let (a, b, c, d, e) = tokio::join!(
            record(Arc::clone(&context), subject.clone()),
            key_match(Arc::clone(&context), subject.clone()),
            revoked(Arc::clone(&context), subject.clone()),
            key_size(Arc::clone(&context), subject.clone()),
            flags(Arc::clone(&context), subject.clone()),
        );
        [a.outcome, b.outcome, c.outcome, d.outcome, e.outcome]
    }

    #[tokio::test]
    async fn records_as_they_are_found() {
        use Outcome::{Fail, Pass, Skipped, Warn};
        let key = key(rcgen::RsaKeySize::_2048);
        let text = key.record_text();
        let p = &key.public;
        let pkcs1 = {
            let der = decoded(p).unwrap();
            let (_, spki) = SubjectPublicKeyInfo::from_der(&der).unwrap();
            BASE64_STANDARD.encode(spki.subject_public_key.data.as_ref())
        };
        let spaced = format!("{} {}", &p[..100], &p[100..]);
        for (what, texts, expected) in [
            ("as we wrote it", vec![text.clone()], [Pass, Pass, Pass, Pass, Pass]),
            ("no version", vec![format!("k=rsa; p={p}")], [Pass, Pass, Pass, Pass, Pass]),
            (
                "white space, no padding",
                vec![format!("v=DKIM1; p={}", spaced.trim_end_matches('='))],
                [Pass, Pass, Pass, Pass, Pass],
            ),
            ("PKCS#1", vec![format!("v=DKIM1; k=rsa; p={pkcs1}")], [Pass, Pass, Pass, Pass, Pass]),
            ("cut off", vec![text[..250].to_owned()], [Pass, Fail, Pass, Fail, Pass]),
            ("revoked", vec!["v=DKIM1; p=".to_owned()], [Pass, Fail, Fail, Fail, Pass]),
            ("testing", vec![format!("{text}; t=y:s")], [Pass, Pass, Pass, Pass, Warn]),
            ("sha1 only", vec![format!("{text}; h=sha1")], [Pass, Pass, Pass, Pass, Fail]),
            ("not for mail", vec![format!("{text}; s=tlsrpt")], [Pass, Pass, Pass, Pass, Fail]),
            ("two", vec![text.clone(), "other".to_owned()], [Warn, Skipped, Skipped, Skipped, Skipped]),
            ("none", vec![], [Fail, Skipped, Skipped, Skipped, Skipped]),
            ("nonsense", vec!["hello".to_owned()], [Fail, Skipped, Skipped, Skipped, Skipped]),
        ] {
            assert_eq!(judged(&key, &texts).await, expected, "{what}");
        }
    }

    #[test]
    fn size_is_that_of_the_modulus() {
        let long = key(rcgen::RsaKeySize::_3072);
        let found = DkimRecord::parse(&long.record_text()).unwrap();
        assert_eq!(judge_size(&found).outcome, Outcome::Info);
        assert!(judge_size(&found).found.starts_with("RSA, 3072 bits"));
        // RFC 6376 appendix C: a key of 1024 bits.
        let short = "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB";
        let short = judge_size(&DkimRecord::parse(short).unwrap());
        assert_eq!((short.outcome, short.found.as_str()), (Outcome::Warn, "RSA, 1024 bits"));
        let ed = DkimRecord::parse("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=").unwrap();
        assert_eq!(judge_size(&ed).outcome, Outcome::Pass, "RFC 8463: the raw 32 bytes");
    }

    #[tokio::test]
    async fn without_a_selector_only_the_name_above_the_keys_can_tell() {
        for (lines, part) in [
            ("", "no key is published"),
            ("s1._domainkey.example.org. 60 TXT \"v=DKIM1; p=x\"", "there are keys"),
            ("s1._domainkey.example.org. 60 CNAME s1.keys.other.net.", "there are keys"),
        ] {
            let world = example(lines).run().await;
            let context = others(&world);
            assert_eq!((DKIM_RECORD.subjects)(&context), [domain()]);
            let finding = (DKIM_RECORD.run)(context, domain()).await;
            assert_eq!(finding.outcome, Outcome::Info, "{lines}: {finding:?}");
            assert!(finding.found.contains(part), "{lines}: {finding:?}");
        }
    }
}
