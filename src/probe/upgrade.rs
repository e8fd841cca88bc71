//! How each protocol gets to the point where TLS begins.

use std::time::Duration;

use super::error::ProbeError;
use super::imap::Imap;
use super::pop3::Pop3;
use super::sieve::Sieve;
use super::smtp::Smtp;
use super::transcript::Transcript;
use super::wire::{Target, Wire};

/// A protocol that is spoken in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// SMTP, between servers and for submission.
    Smtp,
    /// IMAP.
    Imap,
    /// POP3.
    Pop3,
    /// ManageSieve.
    Sieve,
}

impl Protocol {
    /// What is spoken in clear at a well-known port before STARTTLS; `None` where TLS comes first or nothing is known.
    pub fn in_clear_at(port: u16) -> Option<Self> {
        match port {
            25 | 587 | 2525 => Some(Self::Smtp),
            143 => Some(Self::Imap),
            110 => Some(Self::Pop3),
            4190 => Some(Self::Sieve),
            _ => None,
        }
    }
}

/// A connection on which TLS is to begin now: at once, or behind the STARTTLS of a protocol.
pub async fn until_tls(
    target: &Target,
    protocol: Option<Protocol>,
    our_name: Option<&str>,
    transcript: &Transcript,
) -> Result<Wire, ProbeError> {
    let transcript = transcript.clone();
    match protocol {
        None => Wire::connect(target, transcript).await,
        Some(Protocol::Smtp) => {
            let mut smtp = Smtp::connect(target, transcript).await?;
            if !smtp.greeting.is_success() {
                return Err(ProbeError::Refusal { command: "the connection", reply: smtp.greeting.text() });
            }
            let name = our_name.map_or_else(|| smtp.own_literal(), str::to_owned);
            smtp.ehlo(&name).await?;
            smtp.ask_for_tls().await
        }
        Some(Protocol::Imap) => Imap::connect(target, transcript).await?.ask_for_tls().await,
        Some(Protocol::Pop3) => Pop3::connect(target, transcript).await?.ask_for_tls().await,
        Some(Protocol::Sieve) => Sieve::connect(target, transcript).await?.ask_for_tls().await,
    }
}

/// How long servers that refuse version after version are given between two connections: some count connections.
pub const BETWEEN_CONNECTIONS: Duration = Duration::from_millis(50);
