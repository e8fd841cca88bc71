//! `dkim-signing-domains`, `dmarc-alignment`, `deliv-loop` and `inbound-auth-verify`: what a message of ours looks like when
//! it arrives.

use std::sync::Arc;
use std::time::Duration;

use super::asked::not_ours;
use super::authentication_results::{headers, results};
use super::dmarc_walk::walk;
use super::mail_look::{Delivered, Way};
use super::{Check, CheckFuture, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::dkim::{SignatureSeen, verify};
use crate::records::tags::Tags;
use crate::spec::Domain;

const TIMEOUT: Duration = Duration::from_secs(90);
/// Servers stop a message that has come through more hands than this (postconf(5) hopcount_limit is 50).
const MOST_HOPS: usize = 25;

/// Each domain's mail is signed in its own name.
pub static DKIM_SIGNING_DOMAINS: Check = Check {
    id: "dkim-signing-domains",
    area: Area::Dkim,
    why: "A signature in another domain's name does not count for DMARC.",
    rfc: "RFC 6376 section 3.5, RFC 9989 section 4.4.1",
    needs: &["dkim-signing-live"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| {
        of_message(context, subject, |context, domain, message| Box::pin(signed_by(context, domain, message)))
    },
};

/// Signature and envelope belong to the domain in From.
pub static DMARC_ALIGNMENT: Check = Check {
    id: "dmarc-alignment",
    area: Area::Dmarc,
    why: "DMARC takes a message for ours only when its signature or its envelope is of the domain in From.",
    rfc: "RFC 9989 sections 4.4 and 4.10.2",
    needs: &["dkim-signing-live", "dmarc-syntax"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| {
        of_message(context, subject, |context, domain, message| Box::pin(aligned(context, domain, message)))
    },
};

/// A message goes straight to its mailbox.
pub static DELIV_LOOP: Check = Check {
    id: "deliv-loop",
    area: Area::Delivery,
    why: "A message that circles between servers is never delivered, and fills queue and logs.",
    rfc: "RFC 5321 section 6.3",
    needs: &["deliv-self-local"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: Context::receiving_domains,
    run: |context, subject| {
        of_message(context, subject, |_, _, message| {
            let finding = hops(&headers(&message.message));
            Box::pin(async move { finding })
        })
    },
};

/// Mail that comes in is looked at for SPF, DKIM and DMARC.
pub static INBOUND_AUTH_VERIFY: Check = Check {
    id: "inbound-auth-verify",
    area: Area::Delivery,
    why: "Without these checks anybody can write to you in anybody's name.",
    rfc: "RFC 8601, RFC 9989 section 5",
    needs: &["imap-e2e"],
    reach: Reach::ThisServer,
    timeout: TIMEOUT,
    subjects: Context::this_host_name,
    run: |context, _| {
        Box::pin(async move {
            let look = context.mail_look(Way::Port25).await;
            let Ok(delivered) = &look.fate else {
                return Finding::skipped("no message arrived that could be looked at");
            };
            let host = context.own().map(|own| own.spec.hostname.to_string()).unwrap_or_default();
            judged_at_the_door(&headers(&delivered.message), &host)
        })
    },
};

type Judge = fn(Arc<Context>, Domain, Arc<Message>) -> CheckFuture;

/// A message that arrived, apart from the look that it is part of.
struct Message {
    message: Vec<u8>,
}

fn of_message(context: Arc<Context>, subject: Subject, judge: Judge) -> CheckFuture {
    Box::pin(async move {
        let Subject::Domain(domain) = subject else { return not_ours() };
        let look = context.mail_look(Way::Submission(domain.clone())).await;
        let Ok(Delivered { message, .. }) = &look.fate else {
            return Finding::skipped("no message arrived that could be looked at");
        };
        judge(Arc::clone(&context), domain, Arc::new(Message { message: message.clone() })).await
    })
}

async fn signatures(context: &Context, message: &[u8]) -> Result<Vec<SignatureSeen>, Finding> {
    let own = context.own()?;
    verify(message, &own.known.dkim).await.map_err(Finding::unknown)
}

async fn signed_by(context: Arc<Context>, domain: Domain, message: Arc<Message>) -> Finding {
    match signatures(&context, &message.message).await {
        Ok(seen) => judge_signers(&seen, domain.as_str()),
        Err(finding) => finding,
    }
}

/// One key for all domains (`*@*` in a signing table) signs, but in the wrong name.
fn judge_signers(seen: &[SignatureSeen], domain: &str) -> Finding {
    let foreign: Vec<&str> =
        seen.iter().map(|s| s.domain.as_str()).filter(|d| !d.eq_ignore_ascii_case(domain)).collect();
    let own = seen.len() - foreign.len();
    match (own, foreign.first()) {
        (0, None) => Finding::skipped("the message is not signed"),
        (0, Some(other)) => Finding::fail(format!("mail of {domain} is signed for {other}"), format!("d={domain}"))
            .automatic("mailwizard apply"),
        // A second signature of a provider is ordinary.
        (_, Some(other)) => Finding::pass(format!("signed for {domain}, and also for {other}")),
        (_, None) => Finding::pass(format!("signed for {domain}")),
    }
}

async fn aligned(context: Arc<Context>, domain: Domain, message: Arc<Message>) -> Finding {
    let seen = match signatures(&context, &message.message).await {
        Ok(seen) => seen,
        Err(finding) => return finding,
    };
    let walked = match walk(&context, domain.as_str()).await {
        Ok(walked) => walked,
        Err(unknown) => return unknown,
    };
    let record = walked.stops.first().and_then(|s| s.records.first()).and_then(|r| Tags::parse(r).ok());
    let strict =
        |tag: &str| record.as_ref().and_then(|t| t.get(tag)).is_some_and(|v| v.trim().eq_ignore_ascii_case("s"));
    let headers = headers(&message.message);
    let envelope = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("Return-Path")).and_then(|(_, value)| {
        value.trim_matches(['<', '>', ' ']).rsplit_once('@').map(|(_, d)| d.to_ascii_lowercase())
    });
    let organisation = walked.organizational_domain(domain.as_str());
    let verified: Vec<&str> = seen.iter().filter(|s| s.result.is_ok()).map(|s| s.domain.as_str()).collect();
    let dkim = verified.iter().any(|d| belongs(d, &domain, &organisation, strict("adkim")));
    let spf = envelope.as_deref().map(|d| belongs(d, &domain, &organisation, strict("aspf")));
    judge_alignment(dkim, spf, &domain).evidence([
        format!(
            "From: {domain}; signed for {}; Return-Path: {}",
            verified.join(", "),
            envelope.as_deref().unwrap_or("none")
        ),
        format!(
            "organizational domain {organisation}, adkim={}, aspf={}",
            letter(strict("adkim")),
            letter(strict("aspf"))
        ),
    ])
}

fn letter(strict: bool) -> char {
    if strict { 's' } else { 'r' }
}

/// Strict is the same name; relaxed is the same organizational domain, which a subdomain shares.
fn belongs(name: &str, from: &Domain, organisation: &str, strict: bool) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    match strict {
        true => name == from.as_str(),
        false => name == organisation || name.ends_with(&format!(".{organisation}")),
    }
}

fn judge_alignment(dkim: bool, spf: Option<bool>, domain: &Domain) -> Finding {
    let expected = format!("signature and envelope of {domain}");
    match (dkim, spf) {
        (true, Some(true)) => Finding::pass("signature and envelope are of the domain in From"),
        (true, None) => Finding::pass("the signature is of the domain in From; the mailbox keeps no Return-Path"),
        (true, Some(false)) => Finding::warn("only the signature is of the domain in From", expected),
        (false, Some(true)) => Finding::warn("only the envelope is of the domain in From", expected),
        (false, _) => Finding::fail("neither signature nor envelope is of the domain in From", expected)
            .automatic("mailwizard apply"),
    }
}

fn hops(headers: &[(String, String)]) -> Finding {
    let received = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Received")).count();
    let mut delivered: Vec<&str> = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Delivered-To"))
        .map(|(_, value)| value.as_str())
        .collect();
    let all = delivered.len();
    delivered.sort_unstable();
    delivered.dedup();
    if delivered.len() < all {
        return Finding::fail("it was delivered to one address twice (Delivered-To)", "each address once")
            .instructions("Look for an alias that leads back to itself: mailwizard account list");
    }
    match received {
        n if n >= MOST_HOPS => Finding::fail(format!("it came through {n} hands"), "a few"),
        n => Finding::pass(format!("it came through {n} hands")),
    }
}

/// A message that comes from this machine may be spared: that proves nothing.
fn judged_at_the_door(headers: &[(String, String)], host: &str) -> Finding {
    let Some(results) = results(headers) else {
        return Finding::unknown(
            "the test message came from this machine and was not judged; send one from elsewhere and look for Authentication-Results",
        );
    };
    let shown: Vec<String> = results.verdicts.iter().map(|(m, r)| format!("{m}={r}")).collect();
    let shown = excerpt(&shown.join(" "), 160);
    if !results.server.eq_ignore_ascii_case(host) {
        return Finding::info(format!("{} wrote {shown}", excerpt(&results.server, 80)));
    }
    let missing: Vec<&str> = ["spf", "dkim", "dmarc"].into_iter().filter(|m| results.of(m).next().is_none()).collect();
    match missing.as_slice() {
        [] => Finding::pass(shown),
        // Of a message without sender or signature there is nothing to say about one of them.
        missing if missing.len() < 3 => Finding::pass(format!("{shown}; nothing about {}", missing.join(" and "))),
        _ => Finding::warn(
            format!("Authentication-Results says nothing of SPF, DKIM and DMARC: {shown}"),
            "spf, dkim and dmarc",
        )
        .automatic("mailwizard apply"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn signature(domain: &str) -> SignatureSeen {
        SignatureSeen {
            domain: domain.into(),
            selector: "r2026a".into(),
            algorithm: "rsa-sha256",
            covers_part_of_body: false,
            headers: vec!["from".into()],
            result: Ok(()),
        }
    }

    fn lines(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn one_domains_key_for_all_is_a_failure_and_a_second_signature_is_not() {
        let judge = |domains: &[&str]| {
            judge_signers(&domains.iter().map(|d| signature(d)).collect::<Vec<_>>(), "b.org").outcome
        };
        assert_eq!(judge(&["B.org"]), Outcome::Pass);
        assert_eq!(judge(&["a.org"]), Outcome::Fail);
        assert_eq!(judge(&["b.org", "esp.example"]), Outcome::Pass);
        assert_eq!(judge(&[]), Outcome::Skipped);
    }

    #[test]
    fn strict_alignment_is_about_the_very_name() {
        let from = Domain::parse("news.example.org").unwrap();
        assert!(belongs("example.org", &from, "example.org", false));
        assert!(belongs("mail.example.org", &from, "example.org", false));
        assert!(!belongs("example.org", &from, "example.org", true));
        assert!(belongs("News.Example.org", &from, "example.org", true));
        assert!(!belongs("notexample.org", &from, "example.org", false));
        assert_eq!(judge_alignment(true, Some(true), &from).outcome, Outcome::Pass);
        assert_eq!(judge_alignment(true, Some(false), &from).outcome, Outcome::Warn);
        assert_eq!(judge_alignment(false, Some(false), &from).outcome, Outcome::Fail);
    }

    #[test]
    fn hops_are_counted_and_a_circle_shows_in_delivered_to() {
        assert_eq!(
            hops(&lines(&[("Received", "a"), ("Received", "b"), ("Delivered-To", "x@y")])).outcome,
            Outcome::Pass
        );
        assert_eq!(hops(&vec![("Received".to_owned(), "a".to_owned()); 25]).outcome, Outcome::Fail);
        assert_eq!(hops(&lines(&[("Delivered-To", "x@y"), ("Delivered-To", "x@y")])).outcome, Outcome::Fail);
        assert_eq!(hops(&lines(&[("Delivered-To", "list@y"), ("Delivered-To", "x@y")])).outcome, Outcome::Pass);
    }

    #[test]
    fn a_message_that_nobody_judged_is_no_verdict() {
        let ours = "mail.example.org";
        assert_eq!(judged_at_the_door(&[], ours).outcome, Outcome::Unknown);
        let wrote = |value: &str| judged_at_the_door(&lines(&[("Authentication-Results", value)]), ours).outcome;
        assert_eq!(wrote("mail.example.org; spf=pass; dkim=none; dmarc=pass"), Outcome::Pass);
        assert_eq!(wrote("mail.example.org; iprev=pass"), Outcome::Warn);
        assert_eq!(wrote("other.example; spf=pass"), Outcome::Info);
    }
}
