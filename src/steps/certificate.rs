//! The certificate.

use std::path::PathBuf;

use super::field::{always, nothing};
use super::{Choice, Draft, Field, Kind, Page, Step, Suggestion, Value};
use crate::facts::FoundCertificate;
use crate::spec::{Certificate, CertificateMethod, Fqdn, Section};

/// The step.
pub static STEP: Step = Step {
    id: "certificate",
    title: "Certificate",
    intro: "Proves to mail clients and servers that they talk to this machine. It is renewed by itself.",
    fields: &[METHOD, AGREE, DIRECTORY, ROOT_FILE, WEBROOT, CHAIN_FILE, KEY_FILE],
    page: Page::Questions,
    live_checks: &[],
    shown: always,
    notes,
    problems: |draft| {
        let agreed = draft.certificate.agree_to_terms || draft.certificate.method != CertificateMethod::AcmeHttp;
        if !agreed {
            return vec![
                "A certificate is given only to those who accept the CA's terms. Accept them, or choose another way."
                    .into(),
            ];
        }
        draft.present().map(|s| s.problems_of(Section::Certificate)).unwrap_or_default()
    },
};

const METHOD: Field = Field {
    id: "certificate.method",
    label: "From",
    help: "A certificate authority gives one for free once it has seen a file on port 80 of this machine.",
    kind: Kind::Choice(&[
        Choice {
            value: "acme-http",
            label: "Let's Encrypt or another ACME authority",
            meaning: "free, renewed by itself",
        },
        Choice {
            value: "existing",
            label: "files on this machine",
            meaning: "something else renews them, like certbot",
        },
        Choice { value: "self-signed", label: "self-signed", meaning: "for a first look: others will not trust it" },
    ]),
    shown: always,
    suggest: |draft| {
        let found = adoptable(draft)?;
        Some(Suggestion {
            value: Value::Choice("existing".into()),
            source: format!(
                "{} is there, valid until {}",
                crate::printable::printable(&found.chain_file.display().to_string()),
                day(found.not_after)
            ),
        })
    },
    get: |draft| {
        let undecided = !draft.is_answered("certificate.method") && draft.certificate == Certificate::default();
        if undecided && adoptable(draft).is_some() {
            return Value::Missing;
        }
        Value::Choice(
            match draft.certificate.method {
                CertificateMethod::AcmeHttp => "acme-http",
                CertificateMethod::Existing => "existing",
                CertificateMethod::SelfSigned => "self-signed",
            }
            .into(),
        )
    },
    set: |draft, value| {
        draft.certificate.method = match value.text()?.as_str() {
            "acme-http" => CertificateMethod::AcmeHttp,
            "existing" => CertificateMethod::Existing,
            "self-signed" => CertificateMethod::SelfSigned,
            other => return Err(format!("'{other}' is none of acme-http, existing, self-signed.")),
        };
        Ok(())
    },
};

/// The question whether the CA's terms are accepted.
pub const AGREE_TO_TERMS: &str = "certificate.agree_to_terms";

const AGREE: Field = Field {
    id: AGREE_TO_TERMS,
    label: "Accept the terms",
    help: "The authority gives certificates only to those who accept its terms of service.",
    kind: Kind::YesNo,
    shown: is_acme,
    suggest: nothing,
    get: |draft| {
        if draft.certificate.agree_to_terms || draft.is_answered(AGREE_TO_TERMS) {
            Value::YesNo(draft.certificate.agree_to_terms)
        } else {
            Value::Missing
        }
    },
    set: |draft, value| {
        draft.certificate.agree_to_terms = value.yes_no()?;
        Ok(())
    },
};

const DIRECTORY: Field = Field {
    id: "certificate.directory",
    label: "ACME directory",
    help: "Where the authority is asked. Empty is Let's Encrypt.",
    kind: Kind::Text,
    shown: is_acme,
    suggest: nothing,
    get: |draft| Value::Text(draft.certificate.directory().to_owned()),
    set: |draft, value| {
        let text = value.text()?.trim().to_owned();
        if text.is_empty() || text == Certificate::LETS_ENCRYPT {
            draft.certificate.directory = None;
            return Ok(());
        }
        let is_url = text.strip_prefix("https://").is_some_and(|rest| rest.len() > 3);
        if !is_url || text.len() > 300 || !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(format!(
                "'{}' is not an ACME directory: it begins with https://. Leave it empty for Let's Encrypt.",
                crate::printable::excerpt(&text, 60)
            ));
        }
        draft.certificate.directory = Some(text);
        Ok(())
    },
};

const ROOT_FILE: Field = Field {
    id: "certificate.root_file",
    label: "CA file of the directory",
    help: "A PEM file, when the directory's own certificate is from a CA that this machine does not know. Else empty.",
    kind: Kind::Text,
    shown: |draft| is_acme(draft) && draft.certificate.directory.is_some(),
    suggest: nothing,
    get: |draft| path_text(&draft.certificate.root_file),
    set: |draft, value| {
        draft.certificate.root_file = path(value)?;
        Ok(())
    },
};

const WEBROOT: Field = Field {
    id: "certificate.webroot",
    label: "Web root",
    help: "A web server holds port 80 here. Name the folder it serves http files of the host name from.",
    kind: Kind::Text,
    shown: |draft| is_acme(draft) && (web_server(draft).is_some() || draft.certificate.webroot.is_some()),
    suggest: |draft| {
        let server = web_server(draft)?;
        Some(Suggestion {
            value: Value::Text("/var/www/html".into()),
            source: format!("Debian's default for {}", crate::printable::excerpt(&server, 40)),
        })
    },
    get: |draft| path_text(&draft.certificate.webroot),
    set: |draft, value| {
        draft.certificate.webroot = path(value)?;
        Ok(())
    },
};

const CHAIN_FILE: Field = Field {
    id: "certificate.chain_file",
    label: "Certificate file",
    help: "The full chain as PEM, our certificate first (certbot's fullchain.pem).",
    kind: Kind::Text,
    shown: |draft| draft.certificate.method == CertificateMethod::Existing,
    suggest: |draft| suggest_path(draft, |found| &found.chain_file),
    get: |draft| path_text(&draft.certificate.chain_file),
    set: |draft, value| {
        draft.certificate.chain_file = path(value)?;
        Ok(())
    },
};

const KEY_FILE: Field = Field {
    id: "certificate.key_file",
    label: "Key file",
    help: "Its private key as PEM (certbot's privkey.pem).",
    kind: Kind::Text,
    shown: |draft| draft.certificate.method == CertificateMethod::Existing,
    suggest: |draft| suggest_path(draft, |found| &found.key_file),
    get: |draft| path_text(&draft.certificate.key_file),
    set: |draft, value| {
        draft.certificate.key_file = path(value)?;
        Ok(())
    },
};

fn is_acme(draft: &Draft) -> bool {
    draft.certificate.method == CertificateMethod::AcmeHttp
}

fn notes(draft: &Draft) -> Vec<String> {
    if !is_acme(draft) {
        return Vec::new();
    }
    let terms = match (draft.seen.terms.get(draft.certificate.directory()), &draft.certificate.directory) {
        (Some(url), _) => format!("The terms: {}", crate::printable::excerpt(url, 120)),
        (None, None) => "Let's Encrypt's terms: https://letsencrypt.org/repository/".into(),
        (None, Some(directory)) => {
            format!("The terms are named by the directory {}", crate::printable::excerpt(directory, 80))
        }
    };
    vec![terms]
}

/// The certificate on this machine that covers the host name and lasts longest.
fn adoptable(draft: &Draft) -> Option<&FoundCertificate> {
    let hostname = draft.hostname.as_ref()?;
    let certificates = draft.facts.certificates.iter();
    // Our own ACME and stand-in files are not something else's.
    let foreign = certificates.filter(|c| !c.chain_file.starts_with("/etc/ssl/mailwizard"));
    foreign
        .filter(|c| c.renewed_by.is_some() && c.names.iter().any(|n| covers(n, hostname)))
        .max_by_key(|c| c.not_after)
}

/// Whether a certificate's DNS name is `hostname` or a wildcard for it (RFC 6125 section 6.4.3).
fn covers(name: &str, hostname: &Fqdn) -> bool {
    name.eq_ignore_ascii_case(hostname.as_str())
        || name.strip_prefix("*.").is_some_and(|rest| rest.eq_ignore_ascii_case(hostname.parent()))
}

fn web_server(draft: &Draft) -> Option<String> {
    let listener = draft.facts.listeners.iter().find(|l| l.port == 80)?;
    Some(listener.process.clone().unwrap_or_else(|| "another program".into()))
}

fn suggest_path(draft: &Draft, part: fn(&FoundCertificate) -> &PathBuf) -> Option<Suggestion> {
    let found = adoptable(draft)?;
    let source = found.renewed_by.as_deref().map_or("found on this machine".into(), |by| format!("renewed by {by}"));
    Some(Suggestion { value: Value::Text(part(found).display().to_string()), source })
}

fn path_text(path: &Option<PathBuf>) -> Value {
    path.as_ref().map_or(Value::Missing, |p| Value::Text(p.display().to_string()))
}

fn path(value: Value) -> Result<Option<PathBuf>, String> {
    let text = value.text()?.trim().to_owned();
    if text.is_empty() {
        return Ok(None);
    }
    if !text.starts_with('/') || text.chars().any(char::is_control) {
        return Err(format!("'{}' is not a whole path: it begins with '/'.", crate::printable::excerpt(&text, 60)));
    }
    Ok(Some(text.into()))
}

fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "an unknown day".into(), |t| t.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(names: &[&str]) -> Draft {
        let mut draft = Draft { hostname: Some(Fqdn::parse("mail.example.org").unwrap()), ..Draft::default() };
        draft.facts.certificates.push(FoundCertificate {
            chain_file: "/etc/letsencrypt/live/x/fullchain.pem".into(),
            key_file: "/etc/letsencrypt/live/x/privkey.pem".into(),
            names: names.iter().map(|n| (*n).to_owned()).collect(),
            not_after: 1_800_000_000,
            renewed_by: Some("certbot".into()),
        });
        draft
    }

    #[test]
    fn certbots_certificate_is_suggested_when_it_covers_the_host_name() {
        for names in [&["mail.example.org"][..], &["*.example.org"]] {
            let (value, source) = METHOD.answer_or_suggestion(&draft(names));
            assert_eq!(value, Value::Choice("existing".into()));
            assert_eq!(
                source.as_deref(),
                Some("/etc/letsencrypt/live/x/fullchain.pem is there, valid until 2027-01-15")
            );
        }
        for names in [&["example.org"][..], &["*.mail.example.org"]] {
            let (value, source) = METHOD.answer_or_suggestion(&draft(names));
            assert_eq!((value, source), (Value::Choice("acme-http".into()), None));
        }
    }

    #[test]
    fn nobody_goes_on_without_having_accepted_the_terms() {
        let mut draft = draft(&[]);
        assert_eq!((STEP.problems)(&draft).len(), 1);
        draft.answer(&AGREE, Value::YesNo(true)).unwrap();
        assert_eq!((STEP.problems)(&draft), Vec::<String>::new());
    }
}
