//! `smtp-greeting`, `smtp-ehlo`, `smtp-starttls`, `smtp-auth-on-25`, `smtp-size-8bit`: what port 25 says of itself.

use std::sync::Arc;
use std::time::Duration;

use crate::checks::asked::not_ours;
use crate::checks::port_look::SmtpSeen;
use crate::checks::worst::worst;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::spec::Fqdn;

const TIMEOUT: Duration = Duration::from_secs(60);

/// Port 25 greets with 220 and our host name, at every address.
pub static SMTP_GREETING: Check = Check {
    id: "smtp-greeting",
    area: Area::Smtp,
    why: "Other servers hand mail in here; when an address is silent, some of them wait for days.",
    rfc: "RFC 5321 sections 3.1 and 4.3.1",
    needs: &["service-running"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[25]),
    run: |context, subject| {
        Box::pin(each(context, subject, |context, host, seen| match context.own() {
            Ok(_) => greeting(host.as_str(), seen),
            Err(_) => any_greeting(seen),
        }))
    },
};

/// EHLO is answered with the keywords of ESMTP.
pub static SMTP_EHLO: Check = Check {
    id: "smtp-ehlo",
    area: Area::Smtp,
    why: "Without EHLO a sender can offer neither encryption nor modern mail.",
    rfc: "RFC 5321 section 4.1.1.1",
    needs: &["smtp-greeting"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(each(context, subject, |_, _, seen| ehlo(seen))),
};

/// STARTTLS is offered and works.
pub static SMTP_STARTTLS: Check = Check {
    id: "smtp-starttls",
    area: Area::Smtp,
    why: "Without it mail to you travels in clear, and large senders mark or refuse the connection.",
    rfc: "RFC 3207",
    needs: &["smtp-ehlo"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(each(context, subject, |_, _, seen| starttls(seen))),
};

/// No log-in is offered on port 25.
pub static SMTP_AUTH_ON_25: Check = Check {
    id: "smtp-auth-on-25",
    area: Area::Smtp,
    why: "Every guesser on the internet tries passwords at port 25; your users log in at 465 and 587.",
    rfc: "RFC 4954 section 4, RFC 8314 section 3",
    needs: &["smtp-ehlo"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(each(context, subject, |_, _, seen| auth(seen))),
};

/// Large and 8-bit mail is taken.
pub static SMTP_SIZE_8BIT: Check = Check {
    id: "smtp-size-8bit",
    area: Area::Smtp,
    why: "A sender that knows the limit says at once that a message is too large, instead of after sending it.",
    rfc: "RFC 1870, RFC 6152",
    needs: &["smtp-ehlo"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(each(context, subject, |_, _, seen| size_and_8bit(seen))),
};

/// Judges the dialogue at every address of the host.
async fn each(context: Arc<Context>, subject: Subject, judge: fn(&Context, &Fqdn, &SmtpSeen) -> Finding) -> Finding {
    let Subject::Port(host, port) = &subject else { return not_ours() };
    let looks = context.port_looks(host, *port).await;
    let findings = looks.iter().map(|look| {
        let finding = match look.smtp() {
            Ok(seen) => judge(&context, host, seen),
            Err(reason) if context.own().is_err() => context.unreachable(host, *port, &reason, "220 and a greeting"),
            Err(reason) => Finding::fail(reason, "220 and a greeting").instructions(
                "'mailwizard check --only service-running' says whether Postfix runs; 'journalctl -u postfix*' why not.",
            ),
        };
        (look.socket.ip().to_string(), finding.evidence(&look.evidence))
    });
    worst(findings.collect())
}

fn greeting(our_name: &str, seen: &SmtpSeen) -> Finding {
    let reply = &seen.greeting;
    if reply.code != 220 {
        return Finding::fail(reply.text(), format!("220 {our_name}"))
            .instructions("The server is up, but refuses to serve: its log says why.");
    }
    let name = reply.lines.first().and_then(|l| l.split_whitespace().next()).unwrap_or_default();
    if name.eq_ignore_ascii_case(our_name) {
        Finding::pass(reply.text())
    } else {
        Finding::warn(format!("it calls itself '{}'", excerpt(name, 80)), our_name).automatic("mailwizard apply")
    }
}

/// Of others only that they greet, with a full name: which of their names they use is their choice.
fn any_greeting(seen: &SmtpSeen) -> Finding {
    let reply = &seen.greeting;
    let name = reply.lines.first().and_then(|l| l.split_whitespace().next()).unwrap_or_default();
    match reply.code {
        220 if Fqdn::parse(name).is_ok() || name.starts_with('[') => Finding::pass(reply.text()),
        220 => Finding::warn(format!("it calls itself '{}'", excerpt(name, 80)), "a full host name"),
        _ => Finding::fail(reply.text(), "220 and a host name"),
    }
}

fn ehlo(seen: &SmtpSeen) -> Finding {
    match &seen.ehlo {
        Ok(_) => {
            let words: Vec<String> = seen.in_clear.iter().map(|(k, _)| excerpt(k, 40)).collect();
            Finding::pass(words.join(" "))
        }
        Err(error) => Finding::fail(error.to_string(), "250 and a list of keywords"),
    }
}

fn starttls(seen: &SmtpSeen) -> Finding {
    if !seen.in_clear.iter().any(|(k, _)| k == "STARTTLS") {
        return Finding::fail("STARTTLS is not offered", "STARTTLS").automatic("mailwizard apply");
    }
    match &seen.tls {
        Ok(tls) => Finding::pass(format!("{}, {}", tls.version, tls.cipher)),
        Err(error) => Finding::fail(error.to_string(), "TLS 1.2 or 1.3 after STARTTLS")
            .instructions("The log of Postfix names the certificate or key that it cannot use."),
    }
}

fn auth(seen: &SmtpSeen) -> Finding {
    let offers = |keywords: &[(String, String)]| keywords.iter().any(|(k, _)| k == "AUTH");
    if offers(&seen.in_clear) {
        return Finding::fail("AUTH is offered before TLS", "no AUTH on port 25").automatic("mailwizard apply");
    }
    if offers(&seen.encrypted) {
        return Finding::warn("AUTH is offered after STARTTLS", "no AUTH on port 25").automatic("mailwizard apply");
    }
    Finding::pass("no log-in on port 25")
}

fn size_and_8bit(seen: &SmtpSeen) -> Finding {
    let keywords = if seen.encrypted.is_empty() { &seen.in_clear } else { &seen.encrypted };
    let parameters = |word: &str| keywords.iter().find(|(k, _)| k == word).map(|(_, p)| p.as_str());
    if parameters("8BITMIME").is_none() {
        return Finding::warn("8BITMIME is not offered", "8BITMIME");
    }
    match parameters("SIZE").map(|p| p.trim().parse::<u64>()) {
        None => Finding::warn("SIZE is not offered", "SIZE with the limit in bytes"),
        // RFC 1870 section 4: no number or 0 is no fixed limit.
        Some(Err(_) | Ok(0)) => Finding::pass("8BITMIME, and no fixed size limit"),
        Some(Ok(bytes)) if bytes < 10_000_000 => {
            Finding::warn(format!("messages of at most {} MB", bytes / 1_000_000), "at least 10 MB")
                .instructions("Raise protection.message_size_mb.")
        }
        Some(Ok(bytes)) => Finding::pass(format!("8BITMIME, messages of up to {} MB", bytes / 1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::ProbeError;
    use crate::probe::smtp::Reply;

    fn seen(code: u16, greeting: &str, in_clear: &[(&str, &str)], encrypted: &[(&str, &str)]) -> SmtpSeen {
        let reply = Reply { code, lines: vec![greeting.to_owned()] };
        let owned = |list: &[(&str, &str)]| list.iter().map(|(k, p)| ((*k).to_owned(), (*p).to_owned())).collect();
        SmtpSeen {
            greeted_after: Duration::ZERO,
            greeting: reply.clone(),
            ehlo: Ok(reply),
            in_clear: owned(in_clear),
            tls: Err(ProbeError::Tls("none".into())),
            encrypted: owned(encrypted),
        }
    }

    #[test]
    fn a_greeting_is_judged_by_code_and_name() {
        let judge = |code, text: &str| greeting("mail.example.org", &seen(code, text, &[], &[])).outcome;
        assert_eq!(judge(220, "Mail.Example.Org ESMTP"), Outcome::Pass);
        assert_eq!(judge(220, "localhost.localdomain ESMTP"), Outcome::Warn);
        assert_eq!(judge(554, "mail.example.org no"), Outcome::Fail);
    }

    #[test]
    fn auth_is_looked_for_in_both_lists() {
        assert_eq!(auth(&seen(220, "x", &[], &[])).outcome, Outcome::Pass);
        assert_eq!(auth(&seen(220, "x", &[], &[("AUTH", "PLAIN")])).outcome, Outcome::Warn);
        assert_eq!(auth(&seen(220, "x", &[("AUTH", "PLAIN")], &[])).outcome, Outcome::Fail);
    }

    #[test]
    fn size_zero_is_no_limit() {
        let judge = |size: &str| size_and_8bit(&seen(220, "x", &[("8BITMIME", ""), ("SIZE", size)], &[])).outcome;
        assert_eq!(judge("0"), Outcome::Pass);
        assert_eq!(judge(""), Outcome::Pass);
        assert_eq!(judge("52428800"), Outcome::Pass);
        assert_eq!(judge("1000000"), Outcome::Warn);
        assert_eq!(starttls(&seen(220, "x", &[("SIZE", "1")], &[])).outcome, Outcome::Fail);
    }
}
