//! A ManageSieve client that keeps every line (RFC 5804).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::error::ProbeError;
use super::tls::{Peer, TlsSeen, Trust};
use super::transcript::Transcript;
use super::wire::{Target, Wire};
use crate::spec::Secret;

/// The most lines that one answer may have.
const MAX_LINES: usize = 200;

/// A capability with its value: `("SIEVE", "fileinto reject")`; the name in upper case.
pub type Capability = (String, String);

/// A dialogue with a ManageSieve server.
pub struct Sieve {
    wire: Wire,
    /// The text of the OK that ends the greeting.
    pub greeting: String,
    /// What the server offered last, in its order: at the greeting, and again after STARTTLS.
    pub capabilities: Vec<Capability>,
}

/// How an answer ended.
enum Ending {
    Ok(String),
    /// NO or BYE, with its text.
    Refused(String),
}

impl Sieve {
    /// Connects in clear and reads the greeting (port 4190); there is no port with TLS from the first byte.
    pub async fn connect(target: &Target, transcript: Transcript) -> Result<Self, ProbeError> {
        let wire = Wire::connect(target, transcript).await?;
        Self::greeted(wire, target).await
    }

    /// The dialogue over a connection where the greeting comes next.
    pub async fn greeted(wire: Wire, target: &Target) -> Result<Self, ProbeError> {
        let mut sieve = Self { wire, greeting: String::new(), capabilities: Vec::new() };
        sieve.greeting = sieve.offered("greeting", target.greeting_timeout).await?;
        Ok(sieve)
    }

    /// The value of a capability that was offered.
    pub fn capability(&self, name: &str) -> Option<&str> {
        self.capabilities.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// STARTTLS and the handshake, after which the server lists its capabilities anew by itself (RFC 5804 section 2.2).
    pub async fn start_tls(&mut self, peer: impl Into<Peer>, trust: &Trust) -> Result<(), ProbeError> {
        let limit = self.wire.reply_timeout;
        self.wire.send("STARTTLS").await?;
        let (_, ending) = self.answer("reply to STARTTLS", limit).await?;
        if let Ending::Refused(reply) = ending {
            return Err(ProbeError::Refusal { command: "STARTTLS", reply });
        }
        self.wire.start_tls(peer, trust).await?;
        self.offered("list of capabilities", limit).await?;
        Ok(())
    }

    /// STARTTLS; what is given back is where the handshake begins.
    pub async fn ask_for_tls(mut self) -> Result<Wire, ProbeError> {
        let limit = self.wire.reply_timeout;
        self.wire.send("STARTTLS").await?;
        let (_, ending) = self.answer("reply to STARTTLS", limit).await?;
        match ending {
            Ending::Refused(reply) => Err(ProbeError::Refusal { command: "STARTTLS", reply }),
            Ending::Ok(_) => Ok(self.wire),
        }
    }

    /// AUTHENTICATE "PLAIN" with the initial response. `Ok(Err(text))` is a refusal.
    pub async fn login(&mut self, user: &str, password: &Secret) -> Result<Result<(), String>, ProbeError> {
        let message = Zeroizing::new(format!("\0{user}\0{}", password.expose()));
        let line = Secret::new(format!("AUTHENTICATE \"PLAIN\" \"{}\"", BASE64_STANDARD.encode(message.as_bytes())));
        self.wire.send_secret(&line, "AUTHENTICATE \"PLAIN\" (hidden)").await?;
        let limit = self.wire.reply_timeout;
        let (_, ending) = self.answer("reply to AUTHENTICATE", limit).await?;
        Ok(match ending {
            Ending::Ok(_) => Ok(()),
            Ending::Refused(text) => Err(text),
        })
    }

    /// LOGOUT; how the server takes it changes nothing.
    pub async fn logout(mut self) {
        let limit = self.wire.reply_timeout;
        if self.wire.send("LOGOUT").await.is_ok() {
            let _ = self.answer("reply to LOGOUT", limit).await;
        }
        self.wire.close().await;
    }

    /// What was seen of TLS.
    pub fn tls(&self) -> Option<&TlsSeen> {
        self.wire.tls.as_ref()
    }

    /// Reads a list of capabilities; gives the text behind its OK.
    async fn offered(&mut self, waiting_for: &str, limit: std::time::Duration) -> Result<String, ProbeError> {
        let (lines, ending) = self.answer(waiting_for, limit).await?;
        match ending {
            Ending::Refused(reply) => Err(ProbeError::Refusal { command: "the connection", reply }),
            Ending::Ok(text) => {
                self.capabilities = lines
                    .iter()
                    .map(|line| {
                        let mut words = strings(line).into_iter();
                        let name = words.next().unwrap_or_default().to_ascii_uppercase();
                        (name, words.next().unwrap_or_default())
                    })
                    .collect();
                Ok(text)
            }
        }
    }

    /// The lines before OK, NO or BYE, and how that said it. A literal stands in its line as a quoted string.
    async fn answer(
        &mut self,
        waiting_for: &str,
        limit: std::time::Duration,
    ) -> Result<(Vec<String>, Ending), ProbeError> {
        let deadline = Instant::now() + limit;
        let mut lines = Vec::new();
        while lines.len() < MAX_LINES {
            let line = self.wire.line_by(waiting_for, deadline, limit).await?;
            let mut line = String::from_utf8_lossy(&line).into_owned();
            while let Some((before, size)) = announced_literal(&line) {
                let literal = self.wire.exactly(size, limit).await?;
                let rest = self.wire.line_by(waiting_for, deadline, limit).await?;
                let literal = String::from_utf8_lossy(&literal).replace('\\', "\\\\").replace('"', "\\\"");
                line = format!("{before}\"{literal}\"{}", String::from_utf8_lossy(&rest));
                if line.len() > 64 * 1024 {
                    return Err(ProbeError::Flood("an answer of more than 64 KiB in one line"));
                }
            }
            if line.starts_with('"') {
                lines.push(line);
                continue;
            }
            let (word, text) = line.split_once(' ').unwrap_or((&line, ""));
            let ending = match word.to_ascii_uppercase().as_str() {
                "OK" => Ending::Ok(text.to_owned()),
                "NO" | "BYE" => Ending::Refused(line.clone()),
                _ => return Err(ProbeError::NotTheProtocol { protocol: "ManageSieve", line }),
            };
            return Ok((lines, ending));
        }
        Err(ProbeError::Flood("an answer of more than 200 lines"))
    }
}

/// What stands before `{n}` or `{n+}` at the end of a line, and n.
fn announced_literal(line: &str) -> Option<(&str, usize)> {
    let (before, size) = line.strip_suffix('}')?.rsplit_once('{')?;
    Some((before, size.trim_end_matches('+').parse().ok()?))
}

/// The quoted strings of a line, in order.
fn strings(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut current: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (&mut current, c) {
            (None, '"') => current = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => found.extend(current.take()),
            (Some(text), '\\') => text.extend(characters.next()),
            (Some(text), c) => text.push(c),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::test_server::{Step, certificate, play, send};
    use crate::spec::Fqdn;

    #[tokio::test]
    async fn capabilities_come_again_by_themselves_after_tls() {
        let own = certificate(&["mail.example.org"], |_| {});
        let script = vec![
            send("\"IMPLEMENTATION\" \"Dovecot \\\"Pigeonhole\\\"\"\r\n\"SIEVE\" {8}\r\nfilein"),
            send("to\r\n\"STARTTLS\"\r\nOK \"Dovecot ready.\"\r\n"),
            Step::Hear,
            send("OK \"Begin TLS negotiation now.\"\r\n"),
            Step::Tls(own.config.clone()),
            send("\"SASL\" \"PLAIN\"\r\nOK \"ready\"\r\n"),
            Step::Hear,
            send("NO \"Authentication failed.\"\r\n"),
            Step::Hear,
            send("OK \"Logout completed.\"\r\n"),
        ];
        let (address, server) = play(script).await;
        let transcript = Transcript::new();
        let mut sieve = Sieve::connect(&Target::new(address), transcript.clone()).await.unwrap();
        assert_eq!(sieve.greeting, "\"Dovecot ready.\"");
        assert_eq!(sieve.capability("IMPLEMENTATION"), Some("Dovecot \"Pigeonhole\""));
        assert_eq!(sieve.capability("SIEVE"), Some("fileinto"));
        assert_eq!(sieve.capability("STARTTLS"), Some(""));
        let password = Secret::new("hunter2".into());
        assert!(matches!(sieve.login("a", &password).await, Err(ProbeError::NoSecretHere(_))));
        let trust = Trust::nobody().with_own(own.der.clone());
        sieve.start_tls(&Fqdn::parse("mail.example.org").unwrap(), &trust).await.unwrap();
        assert_eq!(sieve.capabilities, [("SASL".to_owned(), "PLAIN".to_owned())]);
        assert_eq!(sieve.login("a", &password).await.unwrap(), Err("NO \"Authentication failed.\"".into()));
        sieve.logout().await;
        assert_eq!(server.await.unwrap(), ["STARTTLS", "AUTHENTICATE \"PLAIN\" \"AGEAaHVudGVyMg==\"", "LOGOUT"]);
        assert!(transcript.evidence().iter().all(|l| !l.contains("AGEAaHVudGVyMg")));
    }

    #[tokio::test]
    async fn a_server_that_says_bye_or_speaks_otherwise_is_named() {
        for (greeting, refused) in [("BYE \"too many connections\"\r\n", true), ("220 hello\r\n", false)] {
            let (address, _server) = play(vec![send(greeting)]).await;
            let error = Sieve::connect(&Target::new(address), Transcript::new()).await.err().unwrap();
            assert_eq!(matches!(error, ProbeError::Refusal { .. }), refused, "{error}");
        }
    }
}
