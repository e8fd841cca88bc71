//! `submission-465-implicit`, `submission-587-starttls`, `submission-auth-before-tls`, `submission-required`: what the
//! submission ports offer to somebody who has not logged in.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;

use crate::checks::asked::not_ours;
use crate::checks::port_look::SmtpSeen;
use crate::checks::worst::worst;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::smtp::Smtp;
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::Fqdn;

const TIMEOUT: Duration = Duration::from_secs(60);

/// 465 speaks TLS from the first byte and offers log-in.
pub static SUBMISSION_465_IMPLICIT: Check = Check {
    id: "submission-465-implicit",
    area: Area::Submission,
    why: "Mail programs send through this port; it is the one that RFC 8314 prefers.",
    rfc: "RFC 8314 section 3.3",
    needs: &["service-running"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[465]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            let looks = context.port_looks(host, *port).await;
            let judged = looks.iter().map(|look| {
                let finding = match look.smtp() {
                    Ok(seen) => offers_login(seen),
                    Err(reason) => context
                        .unreachable(host, *port, &reason, "TLS from the first byte, then 220")
                        .automatic("mailwizard apply"),
                };
                (look.socket.ip().to_string(), finding.evidence(&look.evidence))
            });
            worst(judged.collect())
        })
    },
};

/// 587 speaks in clear, offers STARTTLS, and log-in after it.
pub static SUBMISSION_587_STARTTLS: Check = Check {
    id: "submission-587-starttls",
    area: Area::Submission,
    why: "Many mail programs are set to this port.",
    rfc: "RFC 6409, RFC 3207",
    needs: &["service-running"],
    reach: Reach::Anyone,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[587]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            let looks = context.port_looks(host, *port).await;
            let judged = looks.iter().map(|look| {
                let finding = match look.smtp() {
                    Ok(seen) if !seen.in_clear.iter().any(|(k, _)| k == "STARTTLS") => {
                        Finding::fail("STARTTLS is not offered", "STARTTLS").automatic("mailwizard apply")
                    }
                    Ok(seen) => offers_login(seen),
                    Err(reason) => context
                        .unreachable(host, *port, &with_hint(&look.seen, reason), "220, then STARTTLS")
                        .automatic("mailwizard apply"),
                };
                (look.socket.ip().to_string(), finding.evidence(&look.evidence))
            });
            worst(judged.collect())
        })
    },
};

/// 587 neither offers nor takes a log-in before TLS.
pub static SUBMISSION_AUTH_BEFORE_TLS: Check = Check {
    id: "submission-auth-before-tls",
    area: Area::Submission,
    why: "A password sent in clear can be read by everybody on the way.",
    rfc: "RFC 4954 section 4, RFC 8314 section 4.1",
    needs: &["submission-587-starttls"],
    reach: Reach::Permitted,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[587]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            let asked = context.sockets(host, *port).into_iter().map(|socket| {
                let context = &context;
                async move {
                    let _turn = context.turn(host).await;
                    let transcript = Transcript::new();
                    let finding = auth_in_clear(context, socket, &transcript).await;
                    let finding = finding.unwrap_or_else(|error| Finding::unknown(error.to_string()));
                    (socket.ip().to_string(), finding.evidence(transcript.evidence()))
                }
            });
            worst(join_all(asked).await)
        })
    },
};

/// Nothing is taken from somebody who has not logged in, on 587 and 465.
pub static SUBMISSION_REQUIRED: Check = Check {
    id: "submission-required",
    area: Area::Submission,
    why: "A submission port that takes mail without a log-in is an open relay.",
    rfc: "RFC 6409 section 4.3",
    needs: &["submission-465-implicit", "submission-587-starttls"],
    reach: Reach::Permitted,
    timeout: TIMEOUT,
    subjects: |context| context.ports(&[587]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, _) = &subject else { return not_ours() };
            let sockets = context.sockets(host, 587).into_iter().chain(context.sockets(host, 465));
            let asked = sockets.map(|socket| {
                let context = &context;
                async move {
                    let _turn = context.turn(host).await;
                    let transcript = Transcript::new();
                    let finding = without_login(context, host, socket, &transcript).await;
                    let finding = finding.unwrap_or_else(|error| Finding::unknown(error.to_string()));
                    (socket.to_string(), finding.evidence(transcript.evidence()))
                }
            });
            worst(join_all(asked).await)
        })
    },
};

/// Who swapped the two ways finds two sides that wait for one another.
fn with_hint<T>(seen: &Result<T, ProbeError>, reason: String) -> String {
    match seen {
        Err(ProbeError::TimedOut { .. }) => format!("{reason}; it may want TLS from the first byte, as on 465"),
        _ => reason,
    }
}

fn offers_login(seen: &SmtpSeen) -> Finding {
    if seen.greeting.code != 220 {
        return Finding::fail(seen.greeting.text(), "220");
    }
    if let Err(error) = seen.ehlo.as_ref().map(|_| ()).and(seen.tls.as_ref().map(|_| ())) {
        return Finding::fail(error.to_string(), "TLS and a list of keywords");
    }
    let offered = seen.encrypted.iter().find(|(k, _)| k == "AUTH").map(|(_, p)| p.to_ascii_uppercase());
    match offered {
        None => Finding::fail("no log-in is offered after TLS", "AUTH PLAIN").automatic("mailwizard apply"),
        Some(words) if !words.split(' ').any(|w| w == "PLAIN") => {
            Finding::warn(format!("AUTH {}", crate::printable::excerpt(&words, 80)), "AUTH PLAIN among them")
        }
        Some(words) => Finding::pass(format!("TLS, then AUTH {}", crate::printable::excerpt(&words, 80))),
    }
}

async fn auth_in_clear(context: &Context, socket: SocketAddr, transcript: &Transcript) -> Result<Finding, ProbeError> {
    let mut smtp = Smtp::connect(&Target::new(socket), transcript.clone()).await?;
    smtp.ehlo(context.ehlo_name()).await?;
    if smtp.keyword("AUTH").is_some() {
        smtp.quit().await;
        return Ok(Finding::fail("AUTH is offered before TLS", "AUTH only after TLS").automatic("mailwizard apply"));
    }
    // Nobody's name and nobody's password: "\0x\0x".
    let reply = smtp.command("AUTH PLAIN AHgAeA==").await?;
    smtp.quit().await;
    Ok(match reply.code {
        235 | 334 | 535 => Finding::fail(
            format!("AUTH before TLS is looked into: {}", reply.text()),
            "530 or 538 without looking at the password",
        )
        .automatic("mailwizard apply"),
        _ => Finding::pass(format!("refused: {}", reply.text())),
    })
}

async fn without_login(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Finding, ProbeError> {
    let Some(foreign) = context.foreign_target() else {
        return Ok(Finding::unknown("checks.port25_targets names no foreign host to try to send to"));
    };
    let target = match context.own() {
        // From the address that we go to: ours, but outside mynetworks, which holds loopback only.
        Ok(_) => Target::new(socket).coming_from(socket.ip()),
        Err(_) => Target::new(socket),
    };
    let mut smtp = if socket.port() == 465 {
        Smtp::connect_tls(&target, host, &context.trust, transcript.clone()).await?
    } else {
        let mut smtp = Smtp::connect(&target, transcript.clone()).await?;
        smtp.ehlo(context.ehlo_name()).await?;
        smtp.start_tls(host, &context.trust, context.ehlo_name()).await?;
        smtp
    };
    if socket.port() == 465 {
        smtp.ehlo(context.ehlo_name()).await?;
    }
    let mut reply = smtp.command(&format!("MAIL FROM:<relaytest@{foreign}>")).await?;
    if reply.is_success() {
        reply = smtp.command(&format!("RCPT TO:<relaytest@{foreign}>")).await?;
    }
    smtp.command("RSET").await?;
    smtp.quit().await;
    Ok(if reply.is_success() {
        Finding::fail("mail to others is taken without a log-in", "530 or 554").automatic("mailwizard apply")
    } else if reply.is_temporary() {
        Finding::unknown(format!("for now: {}", reply.text()))
    } else {
        Finding::pass(format!("refused: {}", reply.text()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::dns_world;
    use crate::finding::Outcome;
    use crate::probe::dns::DnsClient;
    use crate::probe::smtp::Reply;
    use crate::probe::test_server::{Step, play, send};
    use crate::probe::tls::{Distrust, TlsSeen};

    fn context() -> Context {
        Context::elsewhere(dns_world::spec(), DnsClient::at("127.0.0.1:9".parse().unwrap()))
    }

    fn seen(code: u16, auth: Option<&str>) -> SmtpSeen {
        let reply = Reply { code, lines: vec!["mail.example.org".into()] };
        SmtpSeen {
            greeted_after: Duration::ZERO,
            greeting: reply.clone(),
            ehlo: Ok(reply),
            in_clear: vec![("STARTTLS".into(), String::new())],
            tls: Ok(TlsSeen {
                version: "TLS 1.3".into(),
                cipher: "x".into(),
                chain: Vec::new(),
                trust: Err(Distrust::SelfSigned),
                name: Ok(()),
                is_own: true,
                faults: Vec::new(),
                stapled: 0,
            }),
            encrypted: auth.map(|words| ("AUTH".to_owned(), words.to_owned())).into_iter().collect(),
        }
    }

    #[test]
    fn a_log_in_is_looked_for_after_tls_and_plain_must_be_among_the_ways() {
        assert_eq!(offers_login(&seen(220, Some("PLAIN LOGIN"))).outcome, Outcome::Pass);
        assert_eq!(offers_login(&seen(220, Some("login plain"))).outcome, Outcome::Pass);
        assert_eq!(offers_login(&seen(220, Some("CRAM-MD5"))).outcome, Outcome::Warn);
        assert_eq!(offers_login(&seen(220, None)).outcome, Outcome::Fail);
        assert_eq!(offers_login(&seen(554, Some("PLAIN"))).outcome, Outcome::Fail);
        let no_tls = SmtpSeen { tls: Err(ProbeError::Tls("no".into())), ..seen(220, Some("PLAIN")) };
        assert_eq!(offers_login(&no_tls).outcome, Outcome::Fail);
    }

    async fn before_tls(keywords: &str, reply: &str) -> (Finding, Vec<String>) {
        let script = vec![
            send("220 mail.example.org ESMTP\r\n"),
            Step::Hear,
            send(format!("250-mail.example.org\r\n250 {keywords}\r\n")),
            Step::Hear,
            send(format!("{reply}\r\n")),
            Step::Hear,
        ];
        let (address, server) = play(script).await;
        let finding = auth_in_clear(&context(), address, &Transcript::new()).await.unwrap();
        (finding, server.await.unwrap())
    }

    #[tokio::test]
    async fn no_password_of_anybody_is_sent_in_clear() {
        let (refused, heard) = before_tls("STARTTLS", "530 5.7.0 Must issue a STARTTLS command first").await;
        assert_eq!(refused.outcome, Outcome::Pass, "{refused:?}");
        assert_eq!(heard[1], "AUTH PLAIN AHgAeA==", "nobody's name and nobody's password");
        // Not advertised, and looked into all the same.
        assert_eq!(before_tls("STARTTLS", "535 5.7.8 authentication failed").await.0.outcome, Outcome::Fail);
        let (offered, heard) = before_tls("AUTH PLAIN LOGIN", "221 bye").await;
        assert_eq!(offered.outcome, Outcome::Fail);
        assert!(!heard.iter().any(|line| line.starts_with("AUTH")), "{heard:?}");
    }

    #[tokio::test]
    async fn the_two_ways_swapped_are_told_and_nobody_hangs() {
        let (address, _server) =
            play(vec![send("220 mail.example.org ESMTP\r\n"), Step::Wait(Duration::from_secs(1))]).await;
        let host = Fqdn::parse("mail.example.org").unwrap();
        let target = Target::new(address);
        let trust = &context().trust;
        let in_clear = Smtp::connect_tls(&target, &host, trust, Transcript::new()).await.err().unwrap();
        assert!(in_clear.to_string().contains("speak first in clear"), "{in_clear}");
        // A server that waits for TLS says nothing until somebody gives up.
        let (address, _server) = play(vec![Step::Wait(Duration::from_secs(1))]).await;
        let short = Target { greeting_timeout: Duration::from_millis(100), ..Target::new(address) };
        let silent: Result<(), ProbeError> = Smtp::connect(&short, Transcript::new()).await.map(|_| ());
        assert!(with_hint(&silent, "silent".into()).contains("TLS from the first byte"), "{silent:?}");
        assert_eq!(with_hint(&Err::<(), _>(ProbeError::Refused(address)), "refused".into()), "refused");
    }
}
