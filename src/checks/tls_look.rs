//! A look at the TLS of one port, for the checks that judge what the port agrees to.

use std::net::SocketAddr;
use std::time::Duration;

use super::asked::not_ours;
use super::worst::worst;
use super::{Context, Subject};
use crate::finding::Finding;
use crate::probe::{ProbeError, Transcript};
use crate::spec::Fqdn;

/// The ports that are looked at.
pub(super) const PORTS: [u16; 3] = [25, 465, 993];
/// How long one check may take.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// What was seen of one socket.
pub(super) struct TlsLook<T> {
    pub(super) evidence: Vec<String>,
    pub(super) seen: Result<T, ProbeError>,
}

impl<T: Copy> TlsLook<T> {
    /// Takes it when it is our turn with this host; `look` writes into `transcript`.
    pub(super) async fn take(
        context: &Context,
        host: &Fqdn,
        transcript: &Transcript,
        look: impl Future<Output = Result<T, ProbeError>>,
    ) -> Self {
        let _turn = context.turn(host).await;
        let seen = look.await;
        Self { evidence: transcript.evidence(), seen }
    }

    /// What it is worth.
    pub(super) fn judged(
        &self,
        context: &Context,
        host: &Fqdn,
        socket: SocketAddr,
        judge: fn(T) -> Finding,
    ) -> Finding {
        let finding = match &self.seen {
            Ok(seen) => judge(*seen),
            Err(error) => went_wrong(context, host, socket, error),
        };
        finding.evidence(self.evidence.iter().cloned())
    }
}

/// All addresses of a family lead to the same daemon with the same settings: one is asked.
pub(super) async fn at_port<'a, F>(
    context: &Context,
    subject: &'a Subject,
    look: impl Fn(&'a Fqdn, SocketAddr) -> F,
) -> Finding
where
    F: Future<Output = Finding>,
{
    let Subject::Port(host, port) = subject else { return not_ours() };
    match context.sockets(host, *port).into_iter().next() {
        Some(socket) => look(host, socket).await,
        None => worst(Vec::new()),
    }
}

pub(super) fn went_wrong(context: &Context, host: &Fqdn, socket: SocketAddr, error: &ProbeError) -> Finding {
    match error {
        ProbeError::Refused(_) => context.unreachable(host, socket.port(), &error.to_string(), "a port that answers"),
        _ => Finding::unknown(error.to_string()),
    }
}
