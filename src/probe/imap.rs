//! An IMAP client that keeps every line (RFC 3501, RFC 9051).

use super::error::ProbeError;
use super::tls::{Peer, TlsSeen, Trust};
use super::transcript::Transcript;
use super::wire::{Target, Wire};
use crate::spec::Secret;

/// The most untagged responses that one command may bring.
const MAX_RESPONSES: usize = 2_000;
/// The most literals within one response.
const MAX_LITERALS: usize = 20;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// OK.
    Ok,
    /// NO.
    No,
    /// BAD.
    Bad,
}

/// One untagged response: its line with each literal's place marked `{n}`, and the literals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untagged {
    /// The line after "* ", lossy UTF-8, hostile.
    pub line: String,
    /// The literals in it, in order.
    pub literals: Vec<Vec<u8>>,
}

/// What a command brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// How it ended.
    pub status: Status,
    /// The text after the status.
    pub text: String,
    /// What came before.
    pub untagged: Vec<Untagged>,
}

impl Response {
    /// The words after an untagged keyword: `SEARCH 1 2` gives "1 2" for "SEARCH".
    pub fn words_of(&self, keyword: &str) -> Option<&str> {
        self.untagged.iter().find_map(|u| {
            let (word, rest) = u.line.split_once(' ').unwrap_or((&u.line, ""));
            word.eq_ignore_ascii_case(keyword).then_some(rest)
        })
    }

    fn shown(&self) -> String {
        let word = match self.status {
            Status::Ok => "OK",
            Status::No => "NO",
            Status::Bad => "BAD",
        };
        format!("{word} {}", self.text)
    }
}

/// A mailbox of LIST.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Attributes, lower case, with the backslash ("\sent").
    pub attributes: Vec<String>,
    /// The name as sent, without quotes.
    pub name: String,
}

/// A dialogue with an IMAP server.
pub struct Imap {
    wire: Wire,
    commands: u32,
    /// The greeting without "* ".
    pub greeting: String,
}

impl Imap {
    /// Connects, turns TLS on and reads the greeting (port 993).
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

    /// Connects in clear and reads the greeting (port 143).
    pub async fn connect(target: &Target, transcript: Transcript) -> Result<Self, ProbeError> {
        let wire = Wire::connect(target, transcript).await?;
        Self::greeted(wire, target).await
    }

    /// The dialogue over a connection where the greeting comes next.
    pub async fn greeted(wire: Wire, target: &Target) -> Result<Self, ProbeError> {
        let mut imap = Self { wire, commands: 0, greeting: String::new() };
        let greeting = imap.untagged("greeting", target.greeting_timeout).await?;
        let word = greeting.line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
        if !matches!(word.as_str(), "OK" | "PREAUTH") {
            return Err(ProbeError::Refusal { command: "the connection", reply: greeting.line });
        }
        imap.greeting = greeting.line;
        Ok(imap)
    }

    /// STARTTLS and the handshake; what was learned before does not count any more (RFC 9051 section 6.2.1).
    pub async fn start_tls(&mut self, peer: impl Into<Peer>, trust: &Trust) -> Result<(), ProbeError> {
        self.done("STARTTLS", "STARTTLS").await?;
        self.wire.start_tls(peer, trust).await
    }

    /// STARTTLS; what is given back is where the handshake begins.
    pub async fn ask_for_tls(mut self) -> Result<Wire, ProbeError> {
        self.done("STARTTLS", "STARTTLS").await?;
        Ok(self.wire)
    }

    /// CAPABILITY: the words, upper case.
    pub async fn capabilities(&mut self) -> Result<Vec<String>, ProbeError> {
        let response = self.done("CAPABILITY", "CAPABILITY").await?;
        Ok(response.words_of("CAPABILITY").unwrap_or_default().split(' ').map(str::to_ascii_uppercase).collect())
    }

    /// LOGIN. `Ok(Err(text))` is a refusal.
    pub async fn login(&mut self, user: &str, password: &Secret) -> Result<Result<(), String>, ProbeError> {
        let tag = self.next_tag();
        let quotable = |s: &str| s.chars().all(|c| c.is_ascii() && !c.is_ascii_control() && !matches!(c, '"' | '\\'));
        if quotable(user) && quotable(password.expose()) {
            let line = Secret::new(format!("{tag} LOGIN \"{user}\" \"{}\"", password.expose()));
            self.wire.send_secret(&line, &format!("{tag} LOGIN \"{user}\" (hidden)")).await?;
        } else {
            // What cannot stand between quotes goes as literals (RFC 3501 section 4.3).
            let first = Secret::new(format!("{tag} LOGIN {{{}}}", user.len()));
            self.wire.send_secret(&first, &format!("{tag} LOGIN (hidden)")).await?;
            self.continuation().await?;
            let second = Secret::new(format!("{user} {{{}}}", password.expose().len()));
            self.wire.send_secret(&second, "(user name hidden)").await?;
            self.continuation().await?;
            self.wire.send_secret(password, "(password hidden)").await?;
        }
        let response = self.response(&tag, "LOGIN").await?;
        Ok(if response.status == Status::Ok { Ok(()) } else { Err(response.shown()) })
    }

    /// SELECT: how many messages there are.
    pub async fn select(&mut self, folder: &str) -> Result<u32, ProbeError> {
        let response = self.done("SELECT", &format!("SELECT {}", quoted(folder))).await?;
        let exists = response.untagged.iter().find_map(|u| u.line.strip_suffix(" EXISTS")?.parse().ok());
        Ok(exists.unwrap_or(0))
    }

    /// UID SEARCH HEADER `name` `value`: the UIDs.
    pub async fn search_header(&mut self, name: &str, value: &str) -> Result<Vec<u32>, ProbeError> {
        let command = format!("UID SEARCH HEADER {name} {}", quoted(value));
        let response = self.done("SEARCH", &command).await?;
        Ok(response.words_of("SEARCH").unwrap_or_default().split(' ').filter_map(|w| w.parse().ok()).collect())
    }

    /// UIDs of messages that have been in the folder for more than `seconds` (RFC 5032).
    pub async fn search_older(&mut self, seconds: u32) -> Result<Vec<u32>, ProbeError> {
        let response = self.done("SEARCH", &format!("UID SEARCH OLDER {seconds}")).await?;
        Ok(response.words_of("SEARCH").unwrap_or_default().split(' ').filter_map(|w| w.parse().ok()).collect())
    }

    /// The whole message, without marking it read; `None` where the server sends none.
    pub async fn fetch(&mut self, uid: u32) -> Result<Option<Vec<u8>>, ProbeError> {
        let response = self.done("FETCH", &format!("UID FETCH {uid} BODY.PEEK[]")).await?;
        Ok(response.untagged.into_iter().find_map(|u| u.literals.into_iter().next()))
    }

    /// Removes a message for good.
    pub async fn delete(&mut self, uid: u32) -> Result<(), ProbeError> {
        self.done("STORE", &format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)")).await?;
        self.done("EXPUNGE", "EXPUNGE").await?;
        Ok(())
    }

    /// LIST with special-use attributes (RFC 6154).
    pub async fn folders(&mut self) -> Result<Vec<Folder>, ProbeError> {
        let response = self.done("LIST", "LIST \"\" \"*\"").await?;
        Ok(response.untagged.iter().filter_map(parse_list).collect())
    }

    /// LOGOUT; how the server takes it changes nothing.
    pub async fn logout(mut self) {
        let tag = self.next_tag();
        if self.wire.send(&format!("{tag} LOGOUT")).await.is_ok() {
            let _ = self.response(&tag, "LOGOUT").await;
        }
        self.wire.close().await;
    }

    /// What was seen of TLS.
    pub fn tls(&self) -> Option<&TlsSeen> {
        self.wire.tls.as_ref()
    }

    /// A command that must end with OK.
    async fn done(&mut self, name: &'static str, command: &str) -> Result<Response, ProbeError> {
        let tag = self.next_tag();
        self.wire.send(&format!("{tag} {command}")).await?;
        let response = self.response(&tag, name).await?;
        match response.status {
            Status::Ok => Ok(response),
            Status::No | Status::Bad => Err(ProbeError::Refusal { command: name, reply: response.shown() }),
        }
    }

    fn next_tag(&mut self) -> String {
        self.commands += 1;
        format!("a{}", self.commands)
    }

    async fn continuation(&mut self) -> Result<(), ProbeError> {
        let limit = self.wire.reply_timeout;
        let line = self.wire.line("continuation", limit).await?;
        if line.first() == Some(&b'+') {
            return Ok(());
        }
        Err(ProbeError::Refusal { command: "LOGIN", reply: String::from_utf8_lossy(&line).into_owned() })
    }

    async fn response(&mut self, tag: &str, name: &str) -> Result<Response, ProbeError> {
        let limit = self.wire.reply_timeout;
        let waiting_for = format!("reply to {name}");
        let mut untagged = Vec::new();
        while untagged.len() < MAX_RESPONSES {
            let (line, literals) = self.line_with_literals(&waiting_for, limit).await?;
            if let Some(rest) = line.strip_prefix("* ") {
                untagged.push(Untagged { line: rest.to_owned(), literals });
                continue;
            }
            let not_imap = || ProbeError::NotTheProtocol { protocol: "IMAP", line: line.clone() };
            let rest = line.strip_prefix(tag).and_then(|r| r.strip_prefix(' ')).ok_or_else(not_imap)?;
            let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
            let status = match word.to_ascii_uppercase().as_str() {
                "OK" => Status::Ok,
                "NO" => Status::No,
                "BAD" => Status::Bad,
                _ => return Err(not_imap()),
            };
            return Ok(Response { status, text: text.to_owned(), untagged });
        }
        Err(ProbeError::Flood("more than 2,000 responses to one command"))
    }

    async fn untagged(&mut self, waiting_for: &str, limit: std::time::Duration) -> Result<Untagged, ProbeError> {
        let (line, literals) = self.line_with_literals(waiting_for, limit).await?;
        match line.strip_prefix("* ") {
            Some(rest) => Ok(Untagged { line: rest.to_owned(), literals }),
            None => Err(ProbeError::NotTheProtocol { protocol: "IMAP", line }),
        }
    }

    /// A line, read on over each literal that it announces.
    async fn line_with_literals(
        &mut self,
        waiting_for: &str,
        limit: std::time::Duration,
    ) -> Result<(String, Vec<Vec<u8>>), ProbeError> {
        let mut text = String::new();
        let mut literals = Vec::new();
        loop {
            let line = self.wire.line(waiting_for, limit).await?;
            text.push_str(&String::from_utf8_lossy(&line));
            let Some(size) = announced_literal(&text) else { return Ok((text, literals)) };
            if literals.len() == MAX_LITERALS {
                return Err(ProbeError::Flood("a response of more than 20 literals"));
            }
            literals.push(self.wire.exactly(size, limit).await?);
        }
    }
}

/// The size in a line that ends in `{n}`.
fn announced_literal(line: &str) -> Option<usize> {
    let (_, size) = line.strip_suffix('}')?.rsplit_once('{')?;
    size.parse().ok()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `LIST (\HasNoChildren \Sent) "/" "Sent"`.
fn parse_list(response: &Untagged) -> Option<Folder> {
    let rest = response.line.strip_prefix("LIST (")?;
    let (attributes, rest) = rest.split_once(") ")?;
    let (_delimiter, name) = rest.split_once(' ')?;
    let name = match response.literals.first() {
        Some(literal) => String::from_utf8_lossy(literal).into_owned(),
        None => name.trim_matches('"').to_owned(),
    };
    Some(Folder { attributes: attributes.split(' ').map(str::to_ascii_lowercase).collect(), name })
}
