//! Why a dialogue ended early.

use std::net::SocketAddr;
use std::time::Duration;

use crate::printable::excerpt;

/// A dialogue could not be held.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// Nothing listens there.
    #[error("{0} refused the connection")]
    Refused(SocketAddr),
    /// No way there, or the network said no.
    #[error("{target} could not be reached: {reason}")]
    Unreachable {
        /// Where to.
        target: SocketAddr,
        /// The system's words.
        reason: String,
    },
    /// The connection was not there in time.
    #[error("{target} did not answer within {} s", limit.as_secs())]
    ConnectTimedOut {
        /// Where to.
        target: SocketAddr,
        /// The limit.
        limit: Duration,
    },
    /// The other side fell silent.
    #[error("the server sent no {waiting_for} within {} s", limit.as_secs())]
    TimedOut {
        /// "greeting", "reply to EHLO".
        waiting_for: String,
        /// The limit.
        limit: Duration,
    },
    /// It said something again and again, but came to no end.
    #[error("the dialogue had come to no end after {} s", _0.as_secs())]
    TooLong(Duration),
    /// The other side hung up.
    #[error("the server closed the connection instead of sending a {waiting_for}")]
    Closed {
        /// "greeting", "reply to EHLO".
        waiting_for: String,
    },
    /// A line without end, or a reply without end.
    #[error("the server sent {0}")]
    Flood(&'static str),
    /// Not what the protocol says.
    #[error("the server sent '{}', which is no {protocol} reply", excerpt(line, 80))]
    NotTheProtocol {
        /// "SMTP".
        protocol: &'static str,
        /// What it sent.
        line: String,
    },
    /// The server said no where the dialogue needs a yes.
    #[error("the server answered {command} with '{}'", excerpt(reply, 200))]
    Refusal {
        /// What was asked, without secrets.
        command: &'static str,
        /// What it answered.
        reply: String,
    },
    /// TLS could not be agreed upon.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// Bytes that came in clear after the reply to STARTTLS would be taken for encrypted ones (CVE-2011-0411).
    #[error("{0} bytes came in clear between STARTTLS and TLS: somebody may be injecting them")]
    Injected(usize),
    /// The certificate is not trusted, so no password goes over this connection.
    #[error("no password is sent over this connection: {0}")]
    NoSecretHere(String),
    /// Reading or writing failed.
    #[error("the connection broke: {0}")]
    Broken(String),
}

impl ProbeError {
    /// Whether the machine that was asked for is out of reach from here, which says nothing about its settings.
    pub fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::ConnectTimedOut { .. })
    }
}
