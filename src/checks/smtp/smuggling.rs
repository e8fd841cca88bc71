//! `smtp-pipelining-smuggle`: only CR LF dot CR LF ends a message.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use crate::checks::asked::not_ours;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::{ProbeError, Target, Transcript, Wire};

/// A dot between other line ends does not end a message.
pub static SMTP_PIPELINING_SMUGGLE: Check = Check {
    id: "smtp-pipelining-smuggle",
    area: Area::Smtp,
    why: "Where a server ends a message elsewhere than others do, strangers put a second one with a forged sender into it.",
    rfc: "RFC 5321 sections 2.3.8 and 4.1.1.4, CVE-2023-51764",
    needs: &["smtp-ehlo"],
    reach: Reach::ThisServer,
    timeout: Duration::from_secs(90),
    subjects: |context| context.ports(&[25]),
    run: |context, subject| Box::pin(smuggle(context, subject)),
};

/// Line ends that are none, each around a dot.
const ENDS: [(&str, &[u8]); 5] = [
    ("LF . LF", b"\n.\n"),
    ("LF . CR LF", b"\n.\r\n"),
    ("CR LF . LF", b"\r\n.\n"),
    ("CR . CR", b"\r.\r"),
    ("CR LF . CR", b"\r\n.\r"),
];
/// A server that took the message says so within this; silence means that it waits for the rest.
const PATIENCE: Duration = Duration::from_secs(3);

/// How a server took one of the ends.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Took {
    /// It waits for the rest of the message.
    Waits,
    /// It refused the message for it.
    Refused(String),
    /// It took the message as ended.
    Ended(String),
    /// It did not come to that.
    NotTried(String),
}

async fn smuggle(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Port(host, port) = &subject else { return not_ours() };
    let own = match context.own() {
        Ok(own) => own,
        Err(finding) => return finding,
    };
    let Some(login) = &own.login else {
        return Finding::skipped("the checks have no mailbox yet: 'mailwizard apply' makes it");
    };
    let Some(socket) = context.sockets(host, *port).first().copied() else {
        return Finding::skipped("there is no address of ours to ask at");
    };
    let recipient = login.account.address.to_string();
    let tried = ENDS.map(|(name, end)| {
        let (context, recipient) = (&context, &recipient);
        async move {
            let transcript = Transcript::new();
            let took = one(context, socket, recipient, end, &transcript).await;
            let took = took.unwrap_or_else(|error| Took::NotTried(error.to_string()));
            ((name, took), transcript.evidence())
        }
    });
    let (seen, evidence): (Vec<_>, Vec<_>) = join_all(tried).await.into_iter().unzip();
    judge(&seen).evidence(evidence.concat())
}

/// A message to our own mailbox that is never ended rightly: a server that reads as it should throws it away when the
/// connection ends (RFC 5321 section 4.1.1.4), so that nothing is delivered.
async fn one(
    context: &Context,
    socket: SocketAddr,
    recipient: &str,
    end: &[u8],
    transcript: &Transcript,
) -> Result<Took, ProbeError> {
    let target = Target::new(socket);
    let mut wire = Wire::connect(&target, transcript.clone()).await?;
    last_line(&mut wire, "greeting", target.greeting_timeout).await?;
    for (command, expected) in [
        (format!("EHLO {}", context.ehlo_name()), "250"),
        ("MAIL FROM:<>".to_owned(), "250"),
        (format!("RCPT TO:<{recipient}>"), "250"),
        ("DATA".to_owned(), "354"),
    ] {
        wire.send(&command).await?;
        let reply = last_line(&mut wire, "reply", target.reply_timeout).await?;
        if !reply.starts_with(expected) {
            return Ok(Took::NotTried(reply));
        }
    }
    let mut message =
        format!("From: <>\r\nTo: <{recipient}>\r\nSubject: where a message ends\r\n\r\nA dot follows.").into_bytes();
    message.extend_from_slice(end);
    let shown = String::from_utf8_lossy(end).replace('\r', "\\r").replace('\n', "\\n");
    wire.send_bytes(&message, &format!("(a message that ends in {shown})")).await?;
    let took = match last_line(&mut wire, "answer to the message", PATIENCE).await {
        Err(ProbeError::TimedOut { .. }) => Took::Waits,
        Err(ProbeError::Closed { .. }) => Took::Refused("the connection is closed".into()),
        Err(error) => return Err(error),
        Ok(reply) if reply.starts_with('2') => Took::Ended(reply),
        // A message that was put off or refused after its content was read was ended too; one refused for its line ends not.
        Ok(reply) if reply.starts_with('4') || !is_about_line_ends(&reply) => Took::Ended(reply),
        Ok(reply) => Took::Refused(reply),
    };
    wire.close().await;
    Ok(took)
}

/// "521 5.5.2 … Error: bare <LF> received".
fn is_about_line_ends(reply: &str) -> bool {
    let lower = reply.to_ascii_lowercase();
    ["bare", "<lf>", "line feed", "newline", "line end"].iter().any(|word| lower.contains(word))
}

async fn last_line(wire: &mut Wire, waiting_for: &str, limit: Duration) -> Result<String, ProbeError> {
    loop {
        let line = wire.line(waiting_for, limit).await?;
        if line.get(3) != Some(&b'-') {
            return Ok(String::from_utf8_lossy(&line).into_owned());
        }
    }
}

fn judge(seen: &[(&str, Took)]) -> Finding {
    let expected = "only CR LF . CR LF ends a message";
    let ended: Vec<String> = seen
        .iter()
        .filter_map(|(name, took)| match took {
            Took::Ended(reply) => Some(format!("{name} ends a message ({})", excerpt(reply, 80))),
            _ => None,
        })
        .collect();
    if !ended.is_empty() {
        return Finding::fail(ended.join("; "), expected).automatic(
            "mailwizard apply sets smtpd_forbid_bare_newline = normalize (Postfix 3.7.10, 3.8.5, 3.9 and later)",
        );
    }
    let not_tried = seen.iter().find_map(|(_, took)| match took {
        Took::NotTried(reason) => Some(reason),
        _ => None,
    });
    match not_tried {
        Some(reason) => Finding::unknown(format!("the message was not taken: {}", excerpt(reason, 120))),
        None => Finding::pass(expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::dns_world;
    use crate::finding::Outcome;
    use crate::probe::test_server::{Step, play, send};

    async fn against(answer: Option<&str>) -> Took {
        let mut script = vec![send("220 mail.example.org ESMTP\r\n")];
        for reply in ["250 mail.example.org\r\n", "250 ok\r\n", "250 ok\r\n", "354 go on\r\n"] {
            script.extend([Step::Hear, send(reply)]);
        }
        script.push(match answer {
            Some(reply) => send(format!("{reply}\r\n")),
            None => Step::Wait(Duration::from_secs(4)),
        });
        script.push(Step::Wait(Duration::from_millis(50)));
        let (address, _server) = play(script).await;
        let dns = crate::probe::dns::DnsClient::at("127.0.0.1:9".parse().unwrap());
        let context = Context::elsewhere(dns_world::spec(), dns);
        one(&context, address, "check@example.org", b"\n.\n", &Transcript::new()).await.unwrap()
    }

    #[tokio::test]
    async fn waiting_on_refusing_and_taking_are_told_apart() {
        assert_eq!(against(None).await, Took::Waits);
        assert!(matches!(
            against(Some("521 5.5.2 mail.example.org Error: bare <LF> received")).await,
            Took::Refused(_)
        ));
        assert!(matches!(against(Some("250 2.0.0 Ok: queued as 1234")).await, Took::Ended(_)));
        assert!(
            matches!(against(Some("451 4.7.1 Try again later")).await, Took::Ended(_)),
            "the filter saw it as ended"
        );
    }

    #[test]
    fn one_false_end_is_enough_and_a_refused_message_proves_nothing() {
        let waits = || ("LF . LF", Took::Waits);
        assert_eq!(judge(&[waits(), ("CR . CR", Took::Refused("521".into()))]).outcome, Outcome::Pass);
        assert_eq!(judge(&[waits(), ("CR . CR", Took::Ended("250".into()))]).outcome, Outcome::Fail);
        assert_eq!(judge(&[waits(), ("CR . CR", Took::NotTried("450".into()))]).outcome, Outcome::Unknown);
    }
}
