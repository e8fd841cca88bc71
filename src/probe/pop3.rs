//! A POP3 client that keeps every line (RFC 1939, CAPA RFC 2449, STLS RFC 2595).

use tokio::time::Instant;

use super::error::ProbeError;
use super::tls::{Peer, TlsSeen, Trust};
use super::transcript::Transcript;
use super::wire::{Target, Wire};
use crate::spec::Secret;

/// The most lines that one multi-line answer may have.
const MAX_LINES: usize = 200;

/// A dialogue with a POP3 server.
pub struct Pop3 {
    wire: Wire,
    /// The greeting behind "+OK".
    pub greeting: String,
}

impl Pop3 {
    /// Connects and reads the greeting (port 110).
    pub async fn connect(target: &Target, transcript: Transcript) -> Result<Self, ProbeError> {
        let wire = Wire::connect(target, transcript).await?;
        Self::greeted(wire, target).await
    }

    /// Connects, turns TLS on, and reads the greeting (port 995).
    pub async fn connect_tls(
        target: &Target,
        peer: impl Into<Peer>,
        trust: &Trust,
        transcript: Transcript,
    ) -> Result<Self, ProbeError> {
        let mut wire = Wire::connect(target, transcript).await?;
        wire.start_tls(peer, trust).await?;
        Self::greeted(wire, target).await
    }

    /// The dialogue over a connection where the greeting comes next.
    pub async fn greeted(mut wire: Wire, target: &Target) -> Result<Self, ProbeError> {
        let line = wire.line("greeting", target.greeting_timeout).await?;
        let greeting = status(&line)?.map_err(|reply| ProbeError::Refusal { command: "the connection", reply })?;
        Ok(Self { wire, greeting })
    }

    /// CAPA: one capability a line, upper case; none where the server does not know the command.
    pub async fn capabilities(&mut self) -> Result<Vec<String>, ProbeError> {
        if self.command("CAPA", "CAPA").await?.is_err() {
            return Ok(Vec::new());
        }
        Ok(self.lines("list of capabilities").await?.iter().map(|l| l.to_ascii_uppercase()).collect())
    }

    /// STLS and the handshake; capabilities are to be asked for again (RFC 2595 section 4).
    pub async fn start_tls(&mut self, peer: impl Into<Peer>, trust: &Trust) -> Result<(), ProbeError> {
        self.command("STLS", "STLS").await?.map_err(|reply| ProbeError::Refusal { command: "STLS", reply })?;
        self.wire.start_tls(peer, trust).await
    }

    /// STLS; what is given back is where the handshake begins.
    pub async fn ask_for_tls(mut self) -> Result<Wire, ProbeError> {
        self.command("STLS", "STLS").await?.map_err(|reply| ProbeError::Refusal { command: "STLS", reply })?;
        Ok(self.wire)
    }

    /// USER and PASS. `Ok(Err(text))` is a refusal.
    pub async fn login(&mut self, user: &str, password: &Secret) -> Result<Result<(), String>, ProbeError> {
        let line = Secret::new(format!("USER {user}"));
        self.wire.send_secret(&line, &format!("USER {user}")).await?;
        if let Err(refusal) = self.answer("reply to USER").await? {
            return Ok(Err(refusal));
        }
        let line = Secret::new(format!("PASS {}", password.expose()));
        self.wire.send_secret(&line, "PASS (hidden)").await?;
        Ok(self.answer("reply to PASS").await?.map(|_| ()))
    }

    /// QUIT; how the server takes it changes nothing.
    pub async fn quit(mut self) {
        let _ = self.command("QUIT", "QUIT").await;
        self.wire.close().await;
    }

    /// What was seen of TLS.
    pub fn tls(&self) -> Option<&TlsSeen> {
        self.wire.tls.as_ref()
    }

    /// Sends a line and reads "+OK text" (`Ok`) or "-ERR text" (`Err`).
    async fn command(&mut self, name: &str, line: &str) -> Result<Result<String, String>, ProbeError> {
        self.wire.send(line).await?;
        self.answer(&format!("reply to {name}")).await
    }

    async fn answer(&mut self, waiting_for: &str) -> Result<Result<String, String>, ProbeError> {
        let limit = self.wire.reply_timeout;
        let line = self.wire.line(waiting_for, limit).await?;
        status(&line)
    }

    /// The lines up to a lone dot, a dot before each taken off (RFC 1939 section 3).
    async fn lines(&mut self, waiting_for: &str) -> Result<Vec<String>, ProbeError> {
        let limit = self.wire.reply_timeout;
        let deadline = Instant::now() + limit;
        let mut lines = Vec::new();
        while lines.len() < MAX_LINES {
            let line = self.wire.line_by(waiting_for, deadline, limit).await?;
            match line.strip_prefix(b".") {
                Some(b"") => return Ok(lines),
                Some(rest) => lines.push(String::from_utf8_lossy(rest).into_owned()),
                None => lines.push(String::from_utf8_lossy(&line).into_owned()),
            }
        }
        Err(ProbeError::Flood("an answer of more than 200 lines"))
    }
}

/// "+OK text" is `Ok(Ok(text))`, "-ERR text" `Ok(Err(text))`, anything else is no POP3.
fn status(line: &[u8]) -> Result<Result<String, String>, ProbeError> {
    let text = String::from_utf8_lossy(line);
    let (word, rest) = text.split_once(' ').unwrap_or((&text, ""));
    match word {
        "+OK" => Ok(Ok(rest.to_owned())),
        "-ERR" => Ok(Err(text.into_owned())),
        _ => Err(ProbeError::NotTheProtocol { protocol: "POP3", line: text.into_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::Fqdn;
    use std::time::Duration;

    use super::*;
    use crate::probe::test_server::{Step, certificate, play, send};

    #[tokio::test]
    async fn capabilities_before_and_after_stls_and_a_login() {
        let own = certificate(&["mail.example.org"], |_| {});
        let script = vec![
            send("+OK Dovecot ready.\r\n"),
            Step::Hear,
            send("+OK\r\nCAPA\r\nST"),
            send("LS\r\n..odd\r\n.\r\n"),
            Step::Hear,
            send("+OK Begin TLS\r\n"),
            Step::Tls(own.config.clone()),
            Step::Hear,
            send("+OK\r\nUSER\r\nUIDL\r\n.\r\n"),
            Step::Hear,
            send("+OK\r\n"),
            Step::Hear,
            send("-ERR [AUTH] Authentication failed.\r\n"),
            Step::Hear,
            send("+OK bye\r\n"),
        ];
        let (address, server) = play(script).await;
        let transcript = Transcript::new();
        let mut pop3 = Pop3::connect(&Target::new(address), transcript.clone()).await.unwrap();
        assert_eq!(pop3.greeting, "Dovecot ready.");
        assert_eq!(pop3.capabilities().await.unwrap(), ["CAPA", "STLS", ".ODD"]);
        let password = Secret::new("hunter2".into());
        assert!(matches!(pop3.login("a@example.org", &password).await, Err(ProbeError::NoSecretHere(_))));
        let trust = Trust::nobody().with_own(own.der.clone());
        pop3.start_tls(&Fqdn::parse("mail.example.org").unwrap(), &trust).await.unwrap();
        assert_eq!(pop3.capabilities().await.unwrap(), ["USER", "UIDL"]);
        let refusal = pop3.login("a@example.org", &password).await.unwrap();
        assert_eq!(refusal, Err("-ERR [AUTH] Authentication failed.".into()));
        pop3.quit().await;
        assert_eq!(server.await.unwrap(), ["CAPA", "STLS", "CAPA", "USER a@example.org", "PASS hunter2", "QUIT"]);
        assert!(transcript.evidence().iter().all(|l| !l.contains("hunter2")));
    }

    #[tokio::test]
    async fn another_protocol_a_refusal_and_a_list_without_end() {
        let connect = |script: Vec<Step>| async move {
            let (address, _server) = play(script).await;
            Pop3::connect(&Target::new(address), Transcript::new()).await
        };
        let other = connect(vec![send("* OK IMAP4rev1\r\n")]).await;
        assert!(matches!(other.err(), Some(ProbeError::NotTheProtocol { protocol: "POP3", .. })));
        let refused = connect(vec![send("-ERR [SYS/TEMP] not now\r\n")]).await;
        assert!(matches!(refused.err(), Some(ProbeError::Refusal { .. })));
        let endless = vec![
            send("+OK\r\n"),
            Step::Hear,
            send("+OK\r\n".to_owned() + &"X\r\n".repeat(1_000)),
            Step::Wait(Duration::from_millis(50)),
        ];
        let mut pop3 = connect(endless).await.unwrap();
        assert!(matches!(pop3.capabilities().await, Err(ProbeError::Flood(_))));
    }
}
