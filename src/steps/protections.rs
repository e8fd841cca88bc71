//! Spam, DMARC, size, bans, passwords.

use super::field::{always, nothing};
use super::{Choice, Field, Kind, Page, Step, Value, none};
use crate::facts::FirewallFacts;
use crate::spec::{DmarcPolicy, PasswordScheme, ResolverMode, Section, SignerKind};

/// The step.
pub static STEP: Step = Step {
    id: "protections",
    title: "Protections",
    intro: "What keeps spam out and your name clean. The defaults are right for most servers.",
    fields: &[
        JUNK_SCORE,
        REJECT_SCORE,
        GREYLISTING,
        DMARC,
        MESSAGE_SIZE,
        FAIL2BAN,
        PASSWORD_SCHEME,
        RESOLVER,
        SIGNER,
        FIREWALL,
    ],
    page: Page::Questions,
    live_checks: &[],
    shown: always,
    notes: none,
    problems: |draft| draft.present().map(|s| s.problems_of(Section::Protection)).unwrap_or_default(),
};

const JUNK_SCORE: Field = Field {
    id: "protection.junk_score_tenths",
    label: "Junk folder from score",
    help: "Rspamd gives each message a score. From this one on it goes to the Junk folder. 6 is usual.",
    kind: Kind::Text,
    shown: always,
    suggest: nothing,
    get: |draft| Value::Text(score_text(draft.protection.junk_score_tenths)),
    set: |draft, value| {
        draft.protection.junk_score_tenths = score(&value.text()?)?;
        Ok(())
    },
};

const REJECT_SCORE: Field = Field {
    id: "protection.reject_score_tenths",
    label: "Refuse from score",
    help: "From this score on a message is refused, and its sender is told. 15 is usual.",
    kind: Kind::Text,
    shown: always,
    suggest: nothing,
    get: |draft| Value::Text(score_text(draft.protection.reject_score_tenths)),
    set: |draft, value| {
        draft.protection.reject_score_tenths = score(&value.text()?)?;
        Ok(())
    },
};

const GREYLISTING: Field = Field {
    id: "protection.greylisting",
    label: "Greylisting",
    help: "Makes unknown senders come back later. Stops some spam, but delays the first mail of everybody by minutes.",
    kind: Kind::YesNo,
    shown: always,
    suggest: nothing,
    get: |draft| Value::YesNo(draft.protection.greylisting),
    set: |draft, value| {
        draft.protection.greylisting = value.yes_no()?;
        Ok(())
    },
};

const DMARC: Field = Field {
    id: "domains.dmarc",
    label: "DMARC policy",
    help: "What other servers are asked to do with forged mail in your name. Begin with none: reports tell you who sends \
           for you. After two weeks without surprises go to quarantine, then to reject, where every domain should end.",
    kind: Kind::Choice(&[
        Choice { value: "none", label: "none", meaning: "only report: the place to start from" },
        Choice { value: "quarantine", label: "quarantine", meaning: "into the spam folder" },
        Choice { value: "reject", label: "reject", meaning: "refuse it: when reports are clean" },
    ]),
    shown: |draft| !draft.domains.is_empty(),
    suggest: nothing,
    get: |draft| match draft.domains.split_first() {
        Some((first, rest)) if rest.iter().all(|d| d.dmarc == first.dmarc) => {
            Value::Choice(first.dmarc.as_str().into())
        }
        _ => Value::Missing,
    },
    set: |draft, value| {
        let policy = match value {
            // Different policies for different domains, from an answers file, stay as they are.
            Value::Missing => return Ok(()),
            value => match value.text()?.as_str() {
                "none" => DmarcPolicy::None,
                "quarantine" => DmarcPolicy::Quarantine,
                "reject" => DmarcPolicy::Reject,
                other => return Err(format!("'{other}' is none of none, quarantine, reject.")),
            },
        };
        draft.domains.iter_mut().for_each(|d| d.dmarc = policy);
        Ok(())
    },
};

const MESSAGE_SIZE: Field = Field {
    id: "protection.message_size_mb",
    label: "Largest message, MB",
    help: "With attachments, as sent: a file grows by a third on its way. Most servers take 25 to 50 MB.",
    kind: Kind::Text,
    shown: always,
    suggest: nothing,
    get: |draft| Value::Text(draft.protection.message_size_mb.to_string()),
    set: |draft, value| {
        let text = value.text()?;
        let size = text.trim().parse::<u32>().ok().filter(|n| (1..=1000).contains(n));
        draft.protection.message_size_mb = size.ok_or_else(|| {
            format!(
                "'{}' is not a size: give a whole number of megabytes from 1 to 1000.",
                crate::printable::excerpt(&text, 20)
            )
        })?;
        Ok(())
    },
};

const FAIL2BAN: Field = Field {
    id: "protection.fail2ban",
    label: "Ban password guessers",
    help: "fail2ban shuts out an address after several wrong passwords. Your own addresses are never banned.",
    kind: Kind::YesNo,
    shown: always,
    suggest: nothing,
    get: |draft| Value::YesNo(draft.protection.fail2ban),
    set: |draft, value| {
        draft.protection.fail2ban = value.yes_no()?;
        Ok(())
    },
};

const PASSWORD_SCHEME: Field = Field {
    id: "protection.password_scheme",
    label: "Password hashes",
    help: "SHA512-CRYPT costs 2 ms a login. ARGON2ID is harder to guess when stolen, but takes 64 MiB and 0.2 s a login.",
    kind: Kind::Choice(&[
        Choice { value: "SHA512-CRYPT", label: "SHA512-CRYPT", meaning: "fast; right for generated passwords" },
        Choice { value: "ARGON2ID", label: "ARGON2ID", meaning: "for machines with memory to spare" },
    ]),
    shown: always,
    suggest: nothing,
    get: |draft| Value::Choice(draft.protection.password_scheme.as_str().into()),
    set: |draft, value| {
        draft.protection.password_scheme = match value.text()?.as_str() {
            "SHA512-CRYPT" => PasswordScheme::Sha512Crypt,
            "ARGON2ID" => PasswordScheme::Argon2id,
            other => return Err(format!("'{other}' is neither SHA512-CRYPT nor ARGON2ID.")),
        };
        Ok(())
    },
};

const RESOLVER: Field = Field {
    id: "resolver.mode",
    label: "DNS resolver",
    help: "Block lists refuse to answer public resolvers, and only a resolver of our own can prove a DNS answer true.",
    kind: Kind::Choice(&[
        Choice { value: "unbound", label: "our own unbound", meaning: "validates, on this machine only" },
        Choice { value: "keep", label: "the present one", meaning: "/etc/resolv.conf stays as it is" },
    ]),
    shown: always,
    suggest: nothing,
    get: |draft| {
        Value::Choice(
            match draft.resolver.mode {
                ResolverMode::Unbound => "unbound",
                ResolverMode::Keep => "keep",
            }
            .into(),
        )
    },
    set: |draft, value| {
        draft.resolver.mode = match value.text()?.as_str() {
            "unbound" => ResolverMode::Unbound,
            "keep" => ResolverMode::Keep,
            other => return Err(format!("'{other}' is neither unbound nor keep.")),
        };
        Ok(())
    },
};

const SIGNER: Field = Field {
    id: "signer.kind",
    label: "DKIM signer",
    help: "Rspamd signs with RSA and Ed25519. OpenDKIM is for those who know it; it signs with RSA only.",
    kind: Kind::Choice(&[
        Choice { value: "rspamd", label: "Rspamd", meaning: "RSA and Ed25519" },
        Choice { value: "opendkim", label: "OpenDKIM", meaning: "RSA only" },
    ]),
    shown: always,
    suggest: nothing,
    get: |draft| {
        Value::Choice(
            match draft.signer.kind {
                SignerKind::Rspamd => "rspamd",
                SignerKind::Opendkim => "opendkim",
            }
            .into(),
        )
    },
    set: |draft, value| {
        draft.signer.kind = match value.text()?.as_str() {
            "rspamd" => SignerKind::Rspamd,
            "opendkim" => SignerKind::Opendkim,
            other => return Err(format!("'{other}' is neither rspamd nor opendkim.")),
        };
        Ok(())
    },
};

const FIREWALL: Field = Field {
    id: "firewall.manage",
    label: "Open ports in the firewall",
    help: "A firewall is active here. The mail ports must be open in it; the port you came in by stays open.",
    kind: Kind::YesNo,
    shown: |draft| draft.facts.firewall != FirewallFacts::None,
    suggest: nothing,
    get: |draft| Value::YesNo(draft.firewall.manage),
    set: |draft, value| {
        draft.firewall.manage = value.yes_no()?;
        Ok(())
    },
};

fn score_text(tenths: u32) -> String {
    if tenths.is_multiple_of(10) { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) }
}

fn score(text: &str) -> Result<u32, String> {
    let refused = || {
        format!(
            "'{}' is not a score: give a number from 0.1 to 100, like 6 or 6.5.",
            crate::printable::excerpt(text, 20)
        )
    };
    let (whole, tenth) = text.trim().split_once('.').unwrap_or((text.trim(), "0"));
    let digits = |part: &str, most: usize| {
        (!part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
    };
    let tenths = match (digits(whole, 3).flatten(), digits(tenth, 1).flatten()) {
        (Some(whole), Some(tenth)) => whole * 10 + tenth,
        _ => return Err(refused()),
    };
    if (1..=1000).contains(&tenths) { Ok(tenths) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Domain, MailDomain};
    use crate::steps::Draft;

    #[test]
    fn scores_are_read_and_shown_in_points() {
        for (text, tenths) in [("6", 60), ("6.5", 65), (" 15.0 ", 150), ("0.1", 1)] {
            assert_eq!(score(text), Ok(tenths), "{text}");
        }
        for text in ["", "six", "-1", "6.55", "0", "101", "6.", ".5", "+6"] {
            assert!(score(text).unwrap_err().contains("is not a score"), "{text}");
        }
        assert_eq!((score_text(60), score_text(65)), ("6".into(), "6.5".into()));
    }

    #[test]
    fn different_policies_from_a_file_stay_unless_one_is_chosen() {
        let mut draft = Draft::default();
        for (name, dmarc) in [("a.example", DmarcPolicy::None), ("b.example", DmarcPolicy::Reject)] {
            draft.domains.push(MailDomain { dmarc, ..MailDomain::new(Domain::parse(name).unwrap()) });
        }
        assert_eq!((DMARC.get)(&draft), Value::Missing);
        draft.answer(&DMARC, Value::Missing).unwrap();
        assert_eq!(draft.domains[1].dmarc, DmarcPolicy::Reject);
        draft.answer(&DMARC, Value::Choice("quarantine".into())).unwrap();
        assert!(draft.domains.iter().all(|d| d.dmarc == DmarcPolicy::Quarantine));
    }
}
