//! One dialogue with each socket, held once and judged by many checks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Context;
use crate::probe::imap::Imap;
use crate::probe::smtp::{Reply, Smtp};
use crate::probe::tls::TlsSeen;
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::Fqdn;

/// What one socket showed.
pub(super) struct PortLook {
    pub socket: SocketAddr,
    pub evidence: Vec<String>,
    pub seen: Result<PortSeen, ProbeError>,
}

/// What a socket that answered showed.
pub(super) enum PortSeen {
    Smtp(SmtpSeen),
    Imap(ImapSeen),
}

pub(super) struct SmtpSeen {
    /// From the connection to the whole greeting.
    pub greeted_after: Duration,
    pub greeting: Reply,
    /// The reply to EHLO before TLS on 25 and 587, the only one on 465.
    pub ehlo: Result<Reply, ProbeError>,
    /// Keywords before TLS; none on 465.
    pub in_clear: Vec<(String, String)>,
    pub tls: Result<TlsSeen, ProbeError>,
    /// Keywords after TLS.
    pub encrypted: Vec<(String, String)>,
}

pub(super) struct ImapSeen {
    pub capabilities: Result<Vec<String>, ProbeError>,
    pub tls: Option<TlsSeen>,
}

impl PortLook {
    /// The dialogue, where it was one of SMTP; the error is in words.
    pub fn smtp(&self) -> Result<&SmtpSeen, String> {
        match &self.seen {
            Ok(PortSeen::Smtp(seen)) => Ok(seen),
            Ok(PortSeen::Imap(_)) => Err("it is not an SMTP port".into()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// What was seen of TLS, or why nothing was.
    pub fn tls(&self) -> Result<&TlsSeen, String> {
        match &self.seen {
            Ok(PortSeen::Smtp(seen)) => seen.tls.as_ref().map_err(ToString::to_string),
            Ok(PortSeen::Imap(seen)) => seen.tls.as_ref().ok_or_else(|| "there was no TLS".into()),
            Err(error) => Err(error.to_string()),
        }
    }
}

#[cfg(test)]
impl PortLook {
    /// A dialogue of SMTP in which nothing but TLS is of interest.
    pub fn of_tls(socket: SocketAddr, tls: Result<TlsSeen, ProbeError>) -> Arc<Self> {
        let reply = Reply { code: 220, lines: vec!["x".into()] };
        let smtp = SmtpSeen {
            greeted_after: Duration::ZERO,
            greeting: reply.clone(),
            ehlo: Ok(reply),
            in_clear: Vec::new(),
            tls,
            encrypted: Vec::new(),
        };
        Arc::new(Self { socket, evidence: Vec::new(), seen: Ok(PortSeen::Smtp(smtp)) })
    }
}

impl Context {
    /// The dialogue with one socket of a host: 25 and 587 with STARTTLS, 465 with TLS from the first byte, 993 with IMAP.
    pub(super) async fn port_look(&self, host: &Fqdn, socket: SocketAddr) -> Arc<PortLook> {
        self.shared.ports.once((host.clone(), socket), || self.look_at(host, socket)).await
    }

    /// The dialogues with a host's sockets at `port`, all at once where the host is ours.
    pub(super) async fn port_looks(&self, host: &Fqdn, port: u16) -> Vec<Arc<PortLook>> {
        futures_util::future::join_all(self.sockets(host, port).into_iter().map(|s| self.port_look(host, s))).await
    }

    async fn look_at(&self, host: &Fqdn, socket: SocketAddr) -> PortLook {
        let _turn = self.turn(host).await;
        let transcript = Transcript::new();
        let target = Target::new(socket);
        let seen = match socket.port() {
            465 => self.implicit(host, &target, &transcript).await.map(PortSeen::Smtp),
            993 => self.imap(host, &target, &transcript).await.map(PortSeen::Imap),
            _ => self.starttls(host, &target, &transcript).await.map(PortSeen::Smtp),
        };
        PortLook { socket, evidence: transcript.evidence(), seen }
    }

    async fn starttls(&self, host: &Fqdn, target: &Target, transcript: &Transcript) -> Result<SmtpSeen, ProbeError> {
        let began = Instant::now();
        let mut smtp = Smtp::connect(target, transcript.clone()).await?;
        let greeted_after = began.elapsed();
        let greeting = smtp.greeting.clone();
        let ehlo = smtp.ehlo(self.ehlo_name()).await;
        let in_clear = std::mem::take(&mut smtp.keywords);
        let tls = match &ehlo {
            Err(error) => Err(error.clone()),
            Ok(_) => smtp
                .start_tls(host, &self.trust, self.ehlo_name())
                .await
                .and_then(|()| smtp.tls().cloned().ok_or_else(|| ProbeError::Tls("nothing was seen of it".into()))),
        };
        let encrypted = if tls.is_ok() { std::mem::take(&mut smtp.keywords) } else { Vec::new() };
        smtp.quit().await;
        Ok(SmtpSeen { greeted_after, greeting, ehlo, in_clear, tls, encrypted })
    }

    async fn implicit(&self, host: &Fqdn, target: &Target, transcript: &Transcript) -> Result<SmtpSeen, ProbeError> {
        let began = Instant::now();
        let mut smtp = Smtp::connect_tls(target, host, &self.trust, transcript.clone()).await?;
        let greeted_after = began.elapsed();
        let greeting = smtp.greeting.clone();
        let ehlo = smtp.ehlo(self.ehlo_name()).await;
        let encrypted = std::mem::take(&mut smtp.keywords);
        let tls = smtp.tls().cloned().ok_or_else(|| ProbeError::Tls("nothing was seen of it".into()));
        smtp.quit().await;
        Ok(SmtpSeen { greeted_after, greeting, ehlo, in_clear: Vec::new(), tls, encrypted })
    }

    async fn imap(&self, host: &Fqdn, target: &Target, transcript: &Transcript) -> Result<ImapSeen, ProbeError> {
        let mut imap = Imap::connect_tls(target, host, &self.trust, transcript.clone()).await?;
        let capabilities = imap.capabilities().await;
        let tls = imap.tls().cloned();
        imap.logout().await;
        Ok(ImapSeen { capabilities, tls })
    }
}
