//! `smtp-starttls-injection`: what was sent before TLS is forgotten when TLS begins.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::worst::worst;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::{ProbeError, Target, Transcript, Wire};
use crate::spec::Fqdn;

/// How long an answer to what was injected is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// A command behind STARTTLS in the same segment is not carried out inside TLS.
pub static SMTP_STARTTLS_INJECTION: Check = Check {
    id: "smtp-starttls-injection",
    area: Area::Smtp,
    why: "Somebody on the way could put commands before the encryption that the server takes for yours.",
    rfc: "RFC 3207 section 6, CVE-2011-0411",
    needs: &["smtp-starttls"],
    reach: Reach::Permitted,
    timeout: Duration::from_secs(60),
    subjects: |context| context.ports(&[25, 587]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            // All addresses lead to the same daemon: one is asked.
            let tried = context.sockets(host, *port).into_iter().take(1).map(|socket| at(&context, host, socket));
            worst(join_all(tried).await)
        })
    },
};

async fn at(context: &Arc<Context>, host: &Fqdn, socket: SocketAddr) -> (String, Finding) {
    let transcript = Transcript::new();
    let _turn = context.turn(host).await;
    let finding = match inject(context, host, socket, &transcript).await {
        Ok(finding) => finding,
        Err(error) => Finding::unknown(error.to_string()),
    };
    (socket.ip().to_string(), finding.evidence(transcript.evidence()))
}

async fn inject(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Finding, ProbeError> {
    let target = Target::new(socket);
    let mut wire = Wire::connect(&target, transcript.clone()).await?;
    reply(&mut wire, "greeting", target.greeting_timeout).await?;
    wire.send(&format!("EHLO {}", context.ehlo_name())).await?;
    reply(&mut wire, "reply to EHLO", target.reply_timeout).await?;
    wire.send_bytes(b"STARTTLS\r\nNOOP\r\n", "STARTTLS and NOOP in one segment").await?;
    let answer = reply(&mut wire, "reply to STARTTLS", target.reply_timeout).await?;
    if !answer.starts_with("220") {
        return Ok(Finding::pass(format!("the server refuses it: {}", excerpt(&answer, 100))));
    }
    match wire.start_tls(host, &context.trust).await {
        Ok(()) => {}
        // It answered NOOP in clear: the client may be confused, but nothing got inside TLS.
        Err(ProbeError::Injected(bytes)) => {
            return Ok(Finding::warn(
                format!("{bytes} bytes more came in clear after the answer to STARTTLS"),
                "nothing between STARTTLS and TLS",
            )
            .instructions("Upgrade the mail server."));
        }
        Err(ProbeError::Closed { .. }) => return Ok(Finding::pass("the server hangs up")),
        // A server that takes NOOP for a part of the handshake ends it, which is safe.
        Err(ProbeError::Tls(reason)) => return Ok(Finding::pass(format!("the handshake ends: {reason}"))),
        Err(other) => return Err(other),
    }
    let unsolicited = wire.line("answer to what was injected", PATIENCE).await;
    wire.close().await;
    match unsolicited {
        Err(ProbeError::TimedOut { .. } | ProbeError::Closed { .. }) => {
            Ok(Finding::pass("what came before TLS is thrown away"))
        }
        Ok(line) => Ok(Finding::fail(
            format!(
                "a command sent in clear was carried out inside TLS: {}",
                excerpt(&String::from_utf8_lossy(&line), 100)
            ),
            "silence",
        )
        .instructions("Upgrade the mail server: this was closed in 2011.")),
        Err(other) => Err(other),
    }
}

/// The last line of a reply, whatever its lines were cut into.
async fn reply(wire: &mut Wire, waiting_for: &str, limit: Duration) -> Result<String, ProbeError> {
    // A reply without end is ended by the limits of the connection.
    loop {
        let line = wire.line(waiting_for, limit).await?;
        if line.get(3) != Some(&b'-') {
            return Ok(String::from_utf8_lossy(&line).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::test_server::{Step, certificate, play, send};

    async fn against(then: Vec<Step>) -> Finding {
        let hello =
            vec![send("220 mail.example.org ESMTP\r\n"), Step::Hear, send("250-mail.example.org\r\n250 STARTTLS\r\n")];
        let script = hello.into_iter().chain(then).collect();
        let (address, _server) = play(script).await;
        let host = Fqdn::parse("mail.example.org").unwrap();
        let dns = crate::probe::dns::DnsClient::at("127.0.0.1:9".parse().unwrap());
        let context = Context::elsewhere(crate::spec::Spec::new(host.clone()), dns);
        inject(&context, &host, address, &Transcript::new()).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_inside_tls_is_told_from_silence_refusal_and_one_in_clear() {
        let own = || certificate(&["mail.example.org"], |_| {}).config;
        let begin = || send("220 go ahead\r\n");
        let hear = || Step::HearBytes(16);
        let wait = || Step::Wait(Duration::from_secs(3));
        let silent = against(vec![hear(), begin(), Step::Tls(own()), wait()]).await;
        assert_eq!(silent.outcome, Outcome::Pass, "{silent:?}");
        let carried_out = against(vec![hear(), begin(), Step::Tls(own()), send("250 2.0.0 Ok\r\n"), wait()]).await;
        assert_eq!(carried_out.outcome, Outcome::Fail, "{carried_out:?}");
        let refused = against(vec![hear(), send("554 5.5.0 SMTP protocol synchronization\r\n")]).await;
        assert_eq!(refused.outcome, Outcome::Pass, "{refused:?}");
        let in_clear = against(vec![hear(), send("220 go ahead\r\n250 2.0.0 Ok\r\n"), wait()]).await;
        assert_eq!(in_clear.outcome, Outcome::Warn, "{in_clear:?}");
    }
}
