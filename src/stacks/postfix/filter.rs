//! The milters that Postfix asks, in their order.

use super::server::Server;
use crate::spec::SignerKind;

/// Rspamd's milter.
pub(super) const RSPAMD_PORT: u16 = 11332;
/// OpenDKIM's milter.
pub(super) const OPENDKIM_PORT: u16 = 12301;

/// Rspamd judges first; what it lets through is signed.
pub(super) fn milters(server: &Server) -> Vec<String> {
    let opendkim = (server.spec.signer.kind == SignerKind::Opendkim).then_some(OPENDKIM_PORT);
    [RSPAMD_PORT].into_iter().chain(opendkim).map(|port| format!("inet:127.0.0.1:{port}")).collect()
}
