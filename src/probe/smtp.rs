//! An SMTP client that keeps every line (RFC 5321, STARTTLS RFC 3207, AUTH RFC 4954).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::error::ProbeError;
use super::tls::{Peer, TlsSeen, Trust};
use super::transcript::Transcript;
use super::wire::{Target, Wire};
use crate::spec::Secret;

/// The most lines that one reply may have.
const MAX_REPLY_LINES: usize = 100;

/// A reply: a code and one or more lines of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The three digits.
    pub code: u16,
    /// The text after the code of each line; lossy UTF-8, hostile.
    pub lines: Vec<String>,
}

impl Reply {
    /// 2yz: done.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.code)
    }

    /// 4yz: not now.
    pub fn is_temporary(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// 5yz: never.
    pub fn is_permanent(&self) -> bool {
        (500..600).contains(&self.code)
    }

    /// Code and text on one line, printable, at most 200 characters.
    pub fn text(&self) -> String {
        crate::printable::excerpt(&format!("{} {}", self.code, self.lines.join(" / ")), 200)
    }
}

/// How a wrong or right password was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authentication {
    /// 235.
    Accepted,
    /// 535 and its like.
    Rejected(Reply),
    /// 454 and its like: the server's password service does not work.
    Unavailable(Reply),
}

/// A dialogue with an SMTP server.
pub struct Smtp {
    wire: Wire,
    /// The greeting.
    pub greeting: Reply,
    /// The keywords of the last EHLO, upper case, each with its parameters as sent.
    pub keywords: Vec<(String, String)>,
}

impl Smtp {
    /// Connects and reads the greeting; the greeting's code is the caller's to judge.
    pub async fn connect(target: &Target, transcript: Transcript) -> Result<Self, ProbeError> {
        let wire = Wire::connect(target, transcript).await?;
        Self::greeted(wire, target).await
    }

    /// Connects, turns TLS on, and reads the greeting (port 465, RFC 8314 section 3.3).
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
        let greeting = read_reply(&mut wire, "greeting", target.greeting_timeout).await?;
        Ok(Self { wire, greeting, keywords: Vec::new() })
    }

    /// Says EHLO and remembers the keywords. A refusal is an error.
    pub async fn ehlo(&mut self, our_name: &str) -> Result<Reply, ProbeError> {
        let reply = self.command(&format!("EHLO {our_name}")).await?;
        if !reply.is_success() {
            return Err(ProbeError::Refusal { command: "EHLO", reply: reply.text() });
        }
        self.remember(&reply);
        Ok(reply)
    }

    /// Takes the keywords out of a reply to EHLO.
    pub fn remember(&mut self, reply: &Reply) {
        self.keywords = reply
            .lines
            .iter()
            .skip(1)
            .map(|line| {
                let (word, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
                (word.to_ascii_uppercase(), rest.to_owned())
            })
            .collect();
    }

    /// The parameters of a keyword that was offered.
    pub fn keyword(&self, word: &str) -> Option<&str> {
        self.keywords.iter().find(|(k, _)| k == word).map(|(_, parameters)| parameters.as_str())
    }

    /// STARTTLS, the handshake, and EHLO again, because everything learned before does not count (RFC 3207 section 4.2).
    pub async fn start_tls(&mut self, peer: impl Into<Peer>, trust: &Trust, our_name: &str) -> Result<(), ProbeError> {
        let reply = self.command("STARTTLS").await?;
        if reply.code != 220 {
            return Err(ProbeError::Refusal { command: "STARTTLS", reply: reply.text() });
        }
        self.wire.start_tls(peer, trust).await?;
        self.ehlo(our_name).await?;
        Ok(())
    }

    /// STARTTLS; what is given back is where the handshake begins.
    pub async fn ask_for_tls(mut self) -> Result<Wire, ProbeError> {
        let reply = self.command("STARTTLS").await?;
        if reply.code != 220 {
            return Err(ProbeError::Refusal { command: "STARTTLS", reply: reply.text() });
        }
        Ok(self.wire)
    }

    /// AUTH PLAIN with the initial response (RFC 4616, RFC 4954).
    pub async fn auth_plain(&mut self, user: &str, password: &Secret) -> Result<Authentication, ProbeError> {
        let message = Zeroizing::new(format!("\0{user}\0{}", password.expose()));
        let line = Secret::new(format!("AUTH PLAIN {}", BASE64_STANDARD.encode(message.as_bytes())));
        self.wire.send_secret(&line, "AUTH PLAIN (hidden)").await?;
        let reply = self.reply("reply to AUTH").await?;
        Ok(judged(reply))
    }

    /// AUTH LOGIN, which some mail programs still use.
    pub async fn auth_login(&mut self, user: &str, password: &Secret) -> Result<Authentication, ProbeError> {
        let reply = self.command("AUTH LOGIN").await?;
        if reply.code != 334 {
            return Ok(judged(reply));
        }
        let user = Secret::new(BASE64_STANDARD.encode(user));
        self.wire.send_secret(&user, "(user name hidden)").await?;
        let reply = self.reply("reply to AUTH").await?;
        if reply.code != 334 {
            return Ok(judged(reply));
        }
        let password = Secret::new(BASE64_STANDARD.encode(password.expose()));
        self.wire.send_secret(&password, "(password hidden)").await?;
        let reply = self.reply("reply to AUTH").await?;
        Ok(judged(reply))
    }

    /// DATA with a message in CRLF lines; dots are stuffed here (RFC 5321 section 4.5.2).
    pub async fn data(&mut self, message: &[u8]) -> Result<Reply, ProbeError> {
        let reply = self.command("DATA").await?;
        if reply.code != 354 {
            return Ok(reply);
        }
        let mut stuffed = Vec::with_capacity(message.len() + 64);
        for line in message.split_inclusive(|b| *b == b'\n') {
            if line.first() == Some(&b'.') {
                stuffed.push(b'.');
            }
            stuffed.extend_from_slice(line);
        }
        if !stuffed.ends_with(b"\r\n") {
            stuffed.extend_from_slice(b"\r\n");
        }
        stuffed.extend_from_slice(b".\r\n");
        self.wire.send_bytes(&stuffed, &format!("(the message, {} bytes, and a final dot)", message.len())).await?;
        self.reply("reply to the message").await
    }

    /// Sends a line and reads the reply.
    pub async fn command(&mut self, line: &str) -> Result<Reply, ProbeError> {
        self.wire.send(line).await?;
        let verb = line.split(' ').next().unwrap_or_default();
        self.reply(&format!("reply to {verb}")).await
    }

    /// Sends a line that gets no reply: one of a message.
    pub async fn say_only(&mut self, line: &str) -> Result<(), ProbeError> {
        self.wire.send(line).await
    }

    /// Sends a line with a secret and reads the reply; the transcript gets `shown`.
    pub async fn say_secret(&mut self, line: &Secret, shown: &str) -> Result<Reply, ProbeError> {
        self.wire.send_secret(line, shown).await?;
        self.reply("reply to AUTH").await
    }

    /// Whether a secret may go over this connection; the error says why not.
    pub fn may_carry_secrets(&self) -> Result<(), ProbeError> {
        self.wire.may_carry_secrets()
    }

    /// The handshake behind a reply 220 to STARTTLS. EHLO is to be said again.
    pub async fn upgrade(&mut self, peer: &Peer, trust: &Trust) -> Result<(), ProbeError> {
        self.keywords.clear();
        self.wire.start_tls(peer, trust).await
    }

    /// Waits, as long as it takes, until the server says something or hangs up. Nothing is lost when this is given up.
    pub async fn wait_for_words(&mut self) -> Result<(), ProbeError> {
        self.wire.wait_for_bytes().await
    }

    /// The next reply, to nothing that was said here.
    pub async fn next_reply(&mut self, waiting_for: &str) -> Result<Reply, ProbeError> {
        self.reply(waiting_for).await
    }

    /// Says goodbye; how the server takes it changes nothing.
    pub async fn quit(mut self) {
        if self.wire.send("QUIT").await.is_ok() {
            let _ = self.reply("reply to QUIT").await;
        }
        self.wire.close().await;
    }

    /// How we may call ourselves where we know no name of ours.
    pub fn own_literal(&self) -> String {
        self.wire.own_literal()
    }

    /// What was seen of TLS.
    pub fn tls(&self) -> Option<&TlsSeen> {
        self.wire.tls.as_ref()
    }

    async fn reply(&mut self, waiting_for: &str) -> Result<Reply, ProbeError> {
        let limit = self.wire.reply_timeout;
        read_reply(&mut self.wire, waiting_for, limit).await
    }
}

fn judged(reply: Reply) -> Authentication {
    match reply.code {
        235 => Authentication::Accepted,
        400..500 => Authentication::Unavailable(reply),
        _ => Authentication::Rejected(reply),
    }
}

/// Reads a whole reply: lines "250-…" until one "250 …" or "250", all with the same code (RFC 5321 section 4.2.1).
async fn read_reply(wire: &mut Wire, waiting_for: &str, limit: std::time::Duration) -> Result<Reply, ProbeError> {
    let mut reply: Option<Reply> = None;
    // The limit is the whole reply's: a server that drips a line now and then does not hold us for ever.
    let deadline = Instant::now() + limit;
    for _ in 0..MAX_REPLY_LINES {
        let line = wire.line_by(waiting_for, deadline, limit).await?;
        let not_smtp =
            || ProbeError::NotTheProtocol { protocol: "SMTP", line: String::from_utf8_lossy(&line).into_owned() };
        let (code, last, text) = parse_line(&line).ok_or_else(not_smtp)?;
        let so_far = reply.get_or_insert(Reply { code, lines: Vec::new() });
        if so_far.code != code {
            return Err(not_smtp());
        }
        so_far.lines.push(text);
        if last && let Some(reply) = reply {
            return Ok(reply);
        }
    }
    Err(ProbeError::Flood("a reply of more than 100 lines"))
}

fn parse_line(line: &[u8]) -> Option<(u16, bool, String)> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(digits[0], b'2'..=b'5') {
        return None;
    }
    let code = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match rest.split_first() {
        None => Some((code, true, String::new())),
        Some((b' ', rest)) => Some((code, true, text(rest))),
        Some((b'-', rest)) => Some((code, false, text(rest))),
        Some(_) => None,
    }
}
