//! What a CA's refusals mean, and what to do about each (RFC 8555 section 6.7).

use instant_acme::{Error, Problem};
use jiff::Timestamp;

use super::super::ObtainError;
use crate::printable::{excerpt, printable};

/// What the operator reads when the CA's answer is `error`. `ca` is the directory's host name, `not_before` what it
/// said about when to try again.
pub fn explained(error: &Error, ca: &str, not_before: Option<Timestamp>) -> ObtainError {
    match error {
        Error::Api(problem) => refused(problem, ca, not_before),
        Error::Timeout(_) => ObtainError::failed(
            format!("{ca} did not decide in time."),
            "It is tried again later; `mailwizard cert issue` tries at once.",
        ),
        Error::Json(_) => ObtainError::failed(
            format!("{ca} answered with something that is not ACME."),
            "Check certificate.directory: it must be the address of the ACME directory itself.",
        ),
        Error::Other(cause) => unreachable(&deepest(&**cause), ca),
        other => unreachable(&printable(&other.to_string()), ca),
    }
}

/// Whether the CA says that it does not know the account that asks.
pub fn is_unknown_account(problem: &Problem) -> bool {
    short(problem.r#type.as_deref()) == "accountDoesNotExist"
}

/// What the operator reads when the CA refused.
pub fn refused(problem: &Problem, ca: &str, not_before: Option<Timestamp>) -> ObtainError {
    let (kind, detail) = most_telling(problem);
    in_words(kind, detail, ca, not_before)
}

/// What the operator reads about a problem of this kind (without the URN's beginning) with the CA's own words.
pub fn in_words(kind: &str, detail: &str, ca: &str, not_before: Option<Timestamp>) -> ObtainError {
    // Some CAs call it a failed connection when the name led nowhere.
    let unresolved = ["could not resolve", "NXDOMAIN", "no such host"].iter().any(|w| detail.contains(w));
    let kind = if kind == "connection" && unresolved { "dns" } else { kind };
    let said = if detail.is_empty() { String::new() } else { format!(": {}", excerpt(detail, 300)) };
    let (reason, fix): (String, String) = match kind {
        "dns" => (
            format!("{ca} could not look the host name up{said}."),
            "The A and AAAA records must be at every name server; others may still see an older answer until its TTL has passed. Then run `mailwizard cert issue`.".into(),
        ),
        "connection" => (
            format!("{ca} could not reach this machine on port 80{said}."),
            "Open TCP port 80 in the firewall here and at your hoster, and check that the A and AAAA records lead here."
                .into(),
        ),
        "unauthorized" | "incorrectResponse" => (
            format!("{ca} reached a web server on port 80 that did not give our answer{said}."),
            "Another machine or program answers for the host name: check the A and AAAA records, and set certificate.webroot if a web server here holds port 80."
                .into(),
        ),
        "caa" => (
            format!("A CAA record does not let {ca} issue{said}."),
            "Add this CA to the CAA records of the domain (see `mailwizard records`), or remove them.".into(),
        ),
        "rateLimited" => (
            format!("{ca} gives no more certificates for now{said}."),
            match not_before {
                Some(at) => format!("It can be tried again from {}.", at.strftime("%Y-%m-%d %H:%M UTC")),
                None => "Wait; trying again earlier makes it longer. The renewal timer tries again by itself.".into(),
            },
        ),
        "rejectedIdentifier" => (
            format!("{ca} gives no certificates for this host name{said}."),
            "Its policy excludes the name: check it for a typing mistake, or use another CA (certificate.directory).".into(),
        ),
        "unsupportedIdentifier" => (
            format!("{ca} cannot put this name into a certificate{said}."),
            "Use a host name in a public domain.".into(),
        ),
        "externalAccountRequired" => (
            format!("{ca} wants an account that was opened at its web site first{said}."),
            "This program cannot bind such an account: leave certificate.directory out to use Let's Encrypt.".into(),
        ),
        "userActionRequired" => (
            format!("{ca} wants you to do something first{said}."),
            "Its terms may have changed: read what it says, then run `mailwizard cert issue`.".into(),
        ),
        "accountDoesNotExist" => (
            format!("{ca} does not know our account any more{said}."),
            "Run `mailwizard cert issue`: it opens a new one.".into(),
        ),
        "tls" => (
            format!("{ca} could not speak TLS with this machine{said}."),
            "Something answers port 80 with a redirect to a broken HTTPS server: mend or stop it.".into(),
        ),
        "serverInternal" => (
            format!("{ca} has trouble of its own{said}."),
            "Nothing to mend here; it is tried again later.".into(),
        ),
        "badNonce" => (
            format!("{ca} refused our requests as outdated, several times in a row{said}."),
            "It is tried again later. If it goes on, look whether a proxy stands between.".into(),
        ),
        "badCSR" | "badPublicKey" | "badSignatureAlgorithm" => (
            format!("{ca} does not take our key or request{said}."),
            "This CA wants another kind of key than ECDSA P-256: use another CA (certificate.directory).".into(),
        ),
        "malformed" => (
            format!("{ca} did not understand our request{said}."),
            "Check certificate.directory; if it is right, this is a mistake of this program worth reporting.".into(),
        ),
        other => (
            format!("{ca} refused ({}){said}.", excerpt(other, 60)),
            "Its words above say more; the certificate in place serves on.".into(),
        ),
    };
    let not_before = if kind == "rateLimited" || kind == "serverInternal" { not_before } else { None };
    ObtainError::Failed { reason, fix, not_before }
}

/// The problem's type without its prefix, and its words. A "compound" problem says it only in its parts.
fn most_telling(problem: &Problem) -> (&str, &str) {
    let kind = short(problem.r#type.as_deref());
    let part = problem.subproblems.first().filter(|_| kind.is_empty() || kind == "compound");
    match part {
        Some(part) => (short(part.r#type.as_deref()), part.detail.as_deref().unwrap_or_default().trim_end_matches('.')),
        None => (kind, problem.detail.as_deref().unwrap_or_default().trim_end_matches('.')),
    }
}

fn short(kind: Option<&str>) -> &str {
    let kind = kind.unwrap_or_default();
    kind.strip_prefix("urn:ietf:params:acme:error:").unwrap_or(kind)
}

fn unreachable(cause: &str, ca: &str) -> ObtainError {
    let fix = if cause.contains("certificate") {
        "Name the CA of its HTTPS certificate in certificate.root_file, or install the package ca-certificates."
    } else if cause.contains("lookup") || cause.contains("resolve") {
        "Check the resolver of this machine, and the host name in certificate.directory."
    } else {
        "Check that this machine may connect to it (outgoing TCP 443), then run `mailwizard cert issue`."
    };
    ObtainError::failed(format!("{ca} could not be asked: {}.", excerpt(cause, 200)), fix)
}

/// The innermost cause, which says what happened rather than what was tried.
fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    printable(&innermost.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(json: &str) -> String {
        let problem: Problem = serde_json::from_str(json).unwrap();
        refused(&problem, "acme.example", "2026-11-22T06:00:00Z".parse().ok()).to_string()
    }

    #[test]
    fn refusals_are_sentences_with_a_remedy() {
        for (kind, detail, expected) in [
            (
                "connection",
                "198.51.100.10: Fetching http://mail.example.org/: Connection refused",
                "acme.example could not reach this machine on port 80: 198.51.100.10: Fetching http://mail.example.org/: Connection refused. Open TCP port 80 in the firewall here and at your hoster, and check that the A and AAAA records lead here.",
            ),
            (
                "rateLimited",
                "too many certificates",
                "acme.example gives no more certificates for now: too many certificates. It can be tried again from 2026-11-22 06:00 UTC.",
            ),
            (
                "somethingNew",
                "\u{1b}[2J",
                "acme.example refused (somethingNew): \\u{1b}[2J. Its words above say more; the certificate in place serves on.",
            ),
        ] {
            let json = serde_json::json!({"type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail});
            assert_eq!(sentence(&json.to_string()), expected);
        }
    }

    #[test]
    fn every_kind_of_problem_has_words_of_its_own() {
        let kinds = [
            "dns",
            "connection",
            "unauthorized",
            "caa",
            "rateLimited",
            "rejectedIdentifier",
            "unsupportedIdentifier",
            "externalAccountRequired",
            "userActionRequired",
            "accountDoesNotExist",
            "tls",
            "serverInternal",
            "badNonce",
            "badCSR",
            "malformed",
        ];
        let mut seen = std::collections::BTreeSet::new();
        for kind in kinds {
            let words = sentence(&format!(r#"{{"type": "urn:ietf:params:acme:error:{kind}"}}"#));
            assert!(!words.contains("refused ("), "{kind}: {words}");
            assert!(seen.insert(words), "{kind}");
        }
    }

    #[test]
    fn a_compound_problem_is_told_by_its_part() {
        let words = sentence(
            r#"{"type": "urn:ietf:params:acme:error:compound", "detail": "several", "subproblems":
                [{"type": "urn:ietf:params:acme:error:caa", "detail": "CAA for mail.example.org forbids"}]}"#,
        );
        assert!(words.starts_with("A CAA record does not let acme.example issue: CAA for mail"), "{words}");
    }
}
