//! A connection that speaks in lines, keeps a transcript, and cannot be flooded or kept waiting.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsConnector;

use super::error::ProbeError;
use super::tls::{Certificates, Peer, TlsSeen, Trust, inspecting};
use super::transcript::Transcript;
use crate::spec::Secret;

/// The longest line that is taken: RFC 5321 allows 512 octets, RFC 9051 recommends 8,192 for IMAP.
const MAX_LINE: usize = 16 * 1024;
/// The most that one dialogue may receive.
const MAX_RECEIVED: usize = 4 * 1024 * 1024;
/// After each such time without a word the transcript says that we still wait.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where to connect and how long to wait.
#[derive(Debug, Clone)]
pub struct Target {
    /// Address and port.
    pub address: SocketAddr,
    /// The address to come from; the system's choice when `None`.
    pub from: Option<IpAddr>,
    /// How long the connection may take.
    pub connect_timeout: Duration,
    /// How long the first words may take: servers delay their greeting to unmask spammers (postscreen 6 s, others up
    /// to 30 s).
    pub greeting_timeout: Duration,
    /// How long any later answer may take.
    pub reply_timeout: Duration,
    /// How long the whole dialogue may take, however often the server says something.
    pub dialogue_timeout: Duration,
}

impl Target {
    /// A target with 5 s to connect, 30 s for the greeting, 10 s for each answer and two minutes for everything.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            from: None,
            connect_timeout: Duration::from_secs(5),
            greeting_timeout: Duration::from_secs(30),
            reply_timeout: Duration::from_secs(10),
            dialogue_timeout: Duration::from_secs(120),
        }
    }

    /// The same, coming from one of our addresses.
    pub fn coming_from(mut self, address: IpAddr) -> Self {
        self.from = Some(address);
        self
    }
}

/// Anything that carries bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The connection.
pub struct Wire {
    stream: Option<Box<dyn Stream>>,
    received: Vec<u8>,
    total: usize,
    address: SocketAddr,
    from: Option<IpAddr>,
    deadline: Instant,
    dialogue_timeout: Duration,
    /// How long an answer may take.
    pub reply_timeout: Duration,
    /// What was seen of TLS, once it is on.
    pub tls: Option<TlsSeen>,
    /// What another session with the same server would begin with.
    sessions: Option<(Arc<ClientConfig>, ServerName<'static>)>,
    /// The dialogue so far.
    pub transcript: Transcript,
}

impl Wire {
    /// Connects.
    pub async fn connect(target: &Target, transcript: Transcript) -> Result<Self, ProbeError> {
        let address = target.address;
        let result = timeout(target.connect_timeout, open(target)).await;
        let stream = match result {
            Err(_) => Err(ProbeError::ConnectTimedOut { target: address, limit: target.connect_timeout }),
            Ok(Err(e)) if e.kind() == std::io::ErrorKind::ConnectionRefused => Err(ProbeError::Refused(address)),
            Ok(Err(e)) => Err(ProbeError::Unreachable { target: address, reason: e.to_string() }),
            Ok(Ok(stream)) => Ok(stream),
        };
        let stream = stream.inspect_err(|e| transcript.note(&e.to_string()))?;
        let from = stream.local_addr().ok().map(|a| a.ip());
        let words = from.map(|ip| format!(" from {ip}")).unwrap_or_default();
        transcript.note(&format!("connected to {address}{words}"));
        Ok(Self { from, ..Self::over(stream, target, transcript) })
    }

    /// The same over a connection that is there already.
    pub fn over(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        target: &Target,
        transcript: Transcript,
    ) -> Self {
        Self {
            stream: Some(Box::new(stream)),
            received: Vec::new(),
            total: 0,
            address: target.address,
            from: None,
            deadline: Instant::now() + target.dialogue_timeout,
            dialogue_timeout: target.dialogue_timeout,
            reply_timeout: target.reply_timeout,
            tls: None,
            sessions: None,
            transcript,
        }
    }

    /// Where to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How we may call ourselves in EHLO where we know no name of ours: an address literal (RFC 5321 section 4.1.3).
    pub fn own_literal(&self) -> String {
        match self.from {
            Some(IpAddr::V6(v6)) => format!("[IPv6:{v6}]"),
            Some(IpAddr::V4(v4)) => format!("[{v4}]"),
            None => "[127.0.0.1]".to_owned(),
        }
    }

    /// One line without its line end. A lone LF ends a line too.
    pub async fn line(&mut self, waiting_for: &str, limit: Duration) -> Result<Vec<u8>, ProbeError> {
        self.line_by(waiting_for, Instant::now() + limit, limit).await
    }

    /// One line of an answer that has to be there as a whole by `deadline`, `limit` after it was asked for.
    pub(super) async fn line_by(
        &mut self,
        waiting_for: &str,
        deadline: Instant,
        limit: Duration,
    ) -> Result<Vec<u8>, ProbeError> {
        let (left, late) = self.left(waiting_for, deadline, limit);
        let transcript = self.transcript.clone();
        let line = {
            let reading = timeout(left, self.line_without_limit(waiting_for));
            tokio::pin!(reading);
            let mut waited = Duration::ZERO;
            loop {
                tokio::select! {
                    biased;
                    read = &mut reading => break read.unwrap_or(Err(late)),
                    () = sleep(PATIENCE) => {
                        waited += PATIENCE;
                        let (waited, limit) = (waited.as_secs(), limit.as_secs());
                        transcript.note(&format!("no {waiting_for} yet after {waited} s; waiting up to {limit} s"));
                    }
                }
            }
        };
        match &line {
            Ok(line) => self.transcript.server(line),
            Err(e) => self.transcript.note(&e.to_string()),
        }
        line
    }

    /// How long to wait now, and what to say when that was in vain.
    fn left(&self, waiting_for: &str, deadline: Instant, limit: Duration) -> (Duration, ProbeError) {
        let until = |end: Instant| end.saturating_duration_since(Instant::now());
        if self.deadline < deadline {
            return (until(self.deadline), ProbeError::TooLong(self.dialogue_timeout));
        }
        (until(deadline), ProbeError::TimedOut { waiting_for: waiting_for.to_owned(), limit })
    }

    /// Exactly `count` bytes, of an IMAP literal. The transcript holds how many, not which: a message is not shown.
    pub async fn exactly(&mut self, count: usize, limit: Duration) -> Result<Vec<u8>, ProbeError> {
        if count > MAX_RECEIVED {
            return Err(ProbeError::Flood("a literal of more than 4 MiB"));
        }
        let (left, late) = self.left("literal", Instant::now() + limit, limit);
        let read = timeout(left, async {
            while self.received.len() < count {
                self.fill("literal").await?;
            }
            Ok(())
        });
        read.await.unwrap_or(Err(late))?;
        self.transcript.note(&format!("{count} bytes"));
        Ok(self.received.drain(..count).collect())
    }

    /// Sends a line; CRLF is added.
    pub async fn send(&mut self, line: &str) -> Result<(), ProbeError> {
        self.transcript.client(line);
        self.write(format!("{line}\r\n").as_bytes()).await
    }

    /// Sends a line with a secret; the transcript gets `shown`. Refused where TLS is off or the certificate is not to be
    /// trusted.
    pub async fn send_secret(&mut self, line: &Secret, shown: &str) -> Result<(), ProbeError> {
        self.may_carry_secrets()?;
        self.transcript.client(shown);
        self.write(line.expose().as_bytes()).await?;
        self.write(b"\r\n").await
    }

    /// Whether a secret may go over this connection; the error says why not.
    pub fn may_carry_secrets(&self) -> Result<(), ProbeError> {
        match &self.tls {
            None => Err(ProbeError::NoSecretHere("it is not encrypted".into())),
            Some(seen) if !seen.may_carry_secrets() => Err(ProbeError::NoSecretHere(seen.objection())),
            Some(_) => Ok(()),
        }
    }

    /// Waits until the other side says something or hangs up. Nothing is lost when this is given up.
    pub async fn wait_for_bytes(&mut self) -> Result<(), ProbeError> {
        if self.received.is_empty() { self.fill("word").await } else { Ok(()) }
    }

    /// Sends bytes as they are; the transcript gets `shown`.
    pub async fn send_bytes(&mut self, bytes: &[u8], shown: &str) -> Result<(), ProbeError> {
        self.transcript.client(shown);
        self.write(bytes).await
    }

    /// Turns TLS on. The connection goes on whatever the certificate is worth; [`Wire::tls`] holds the verdict.
    pub async fn start_tls(&mut self, peer: impl Into<Peer>, trust: &Trust) -> Result<(), ProbeError> {
        if !self.received.is_empty() {
            let error = ProbeError::Injected(self.received.len());
            self.transcript.note(&error.to_string());
            return Err(error);
        }
        let result = self.handshake(&peer.into(), trust).await;
        match &result {
            Ok(seen) => {
                self.transcript.note(&format!("{}, {}", seen.version, seen.cipher));
                if !seen.objection().is_empty() {
                    self.transcript.note(&seen.objection());
                }
            }
            Err(e) => self.transcript.note(&e.to_string()),
        }
        self.tls = Some(result?);
        Ok(())
    }

    async fn handshake(&mut self, peer: &Peer, trust: &Trust) -> Result<TlsSeen, ProbeError> {
        let (mut config, seen) = inspecting(trust).map_err(ProbeError::Tls)?;
        config.enable_sni = peer.sni().is_some();
        let name = peer.server_name().map_err(ProbeError::Tls)?;
        let plain = self.stream.take().ok_or_else(|| ProbeError::Broken("it is closed".into()))?;
        let config = Arc::new(config);
        self.sessions = Some((config.clone(), name.clone()));
        let connecting = TlsConnector::from(config).connect(name, plain);
        let stream = match timeout(self.reply_timeout, connecting).await {
            Err(_) => {
                return Err(ProbeError::TimedOut { waiting_for: "TLS handshake".into(), limit: self.reply_timeout });
            }
            Ok(Err(e)) => return Err(ProbeError::Tls(explained(&e))),
            Ok(Ok(stream)) => stream,
        };
        let session = stream.get_ref().1;
        let version = match session.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2".to_owned(),
            other => format!("{other:?}"),
        };
        let cipher = session.negotiated_cipher_suite().map(|s| format!("{:?}", s.suite())).unwrap_or_default();
        self.stream = Some(Box::new(stream));
        let Certificates { chain, trust, name, is_own, faults, stapled } =
            seen.take().ok_or_else(|| ProbeError::Tls("the server showed no certificate".into()))?;
        Ok(TlsSeen { version, cipher, chain, trust, name, is_own, faults, stapled })
    }

    /// Whether the ticket of this session lets a client send before its next handshake has ended (RFC 8446 section 2.3).
    /// Tickets come after the handshake: something has to be read before.
    pub fn may_send_early(&self) -> bool {
        self.sessions.clone().is_some_and(|(config, name)| {
            ClientConnection::new(config, name).is_ok_and(|mut next| next.early_data().is_some())
        })
    }

    /// The connection itself, for a protocol that is not one of lines. Nothing may have been read ahead.
    pub(super) fn into_stream(mut self) -> Result<Box<dyn Stream>, ProbeError> {
        if !self.received.is_empty() {
            return Err(ProbeError::Injected(self.received.len()));
        }
        self.stream.take().ok_or_else(|| ProbeError::Broken("it is closed".into()))
    }

    /// When the dialogue has to be over.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Closes the connection.
    pub async fn close(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            // The other side may have closed first; either way it is over.
            let _ = timeout(Duration::from_secs(1), stream.shutdown()).await;
        }
    }

    async fn line_without_limit(&mut self, waiting_for: &str) -> Result<Vec<u8>, ProbeError> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.received[searched..].iter().position(|b| *b == b'\n') {
                let mut line: Vec<u8> = self.received.drain(..=searched + at).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            searched = self.received.len();
            if searched > MAX_LINE {
                return Err(ProbeError::Flood("a line of more than 16 KiB"));
            }
            self.fill(waiting_for).await?;
        }
    }

    async fn fill(&mut self, waiting_for: &str) -> Result<(), ProbeError> {
        let stream = self.stream.as_mut().ok_or_else(|| ProbeError::Broken("it is closed".into()))?;
        let mut piece = [0; 4096];
        let count = match stream.read(&mut piece).await {
            Ok(0) => 0,
            Ok(count) => count,
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => 0,
            Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => 0,
            Err(e) => return Err(ProbeError::Broken(e.to_string())),
        };
        if count == 0 {
            return Err(ProbeError::Closed { waiting_for: waiting_for.to_owned() });
        }
        self.total += count;
        if self.total > MAX_RECEIVED {
            return Err(ProbeError::Flood("more than 4 MiB"));
        }
        self.received.extend_from_slice(&piece[..count]);
        Ok(())
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), ProbeError> {
        let limit = self.reply_timeout;
        let stream = self.stream.as_mut().ok_or_else(|| ProbeError::Broken("it is closed".into()))?;
        let writing = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        match timeout(limit, writing).await {
            Err(_) => Err(ProbeError::TimedOut { waiting_for: "room for our data".into(), limit }),
            Ok(Err(e)) => Err(ProbeError::Broken(e.to_string())),
            Ok(Ok(())) => Ok(()),
        }
    }
}

async fn open(target: &Target) -> std::io::Result<TcpStream> {
    let socket = if target.address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    if let Some(from) = target.from {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    socket.connect(target.address).await
}

/// A failed handshake in words that lead somewhere.
fn explained(error: &std::io::Error) -> String {
    let words = error.to_string();
    match error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidMessage(_)) => {
            "the server does not speak TLS here; it may wait for STARTTLS, or speak first in clear".to_owned()
        }
        Some(rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)) => {
            "the server offers neither TLS 1.2 nor TLS 1.3".to_owned()
        }
        Some(rustls::Error::AlertReceived(alert)) => format!("the server ended the handshake ({alert:?})"),
        _ => words,
    }
}
