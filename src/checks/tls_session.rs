//! `tls-0rtt`, `tls-ocsp`: what a port gives along with a session.

use std::net::SocketAddr;
use std::time::Duration;

use super::tls_look::{LIMIT, PORTS, TlsLook, at_port};
use super::tls_versions::ready_for_tls;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::{ProbeError, Transcript};
use crate::spec::Fqdn;

/// A client that comes back has to wait for the handshake before it sends.
pub static TLS_0RTT: Check = Check {
    id: "tls-0rtt",
    area: Area::Tls,
    why: "What is sent before the handshake has ended can be sent again by whoever recorded it: a login, a message.",
    rfc: "RFC 8446 sections 2.3 and 8",
    needs: &["tls-versions"],
    reach: Reach::Permitted,
    timeout: LIMIT,
    subjects: |context| context.ports(&PORTS),
    run: |context, subject| Box::pin(async move { judged(&context, &subject, judge_early_data).await }),
};

/// Whether word of the authority is stapled to the certificate. Nobody needs it any more: Let's Encrypt has given none
/// since 2025, and certificates are short-lived instead.
pub static TLS_OCSP: Check = Check {
    id: "tls-ocsp",
    area: Area::Tls,
    why: "Stapled word of the authority says that the certificate is not revoked; those of today live too short to need it.",
    rfc: "RFC 6066 section 8",
    needs: &["tls-versions"],
    reach: Reach::Permitted,
    timeout: LIMIT,
    subjects: |context| context.ports(&PORTS),
    run: |context, subject| Box::pin(async move { judged(&context, &subject, judge_stapling).await }),
};

/// What one socket gave along with a session.
pub(super) type SessionLook = TlsLook<Session>;

#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    early_data: bool,
    /// Bytes of an OCSP response.
    stapled: usize,
}

async fn judged(context: &Context, subject: &Subject, judge: fn(Session) -> Finding) -> Finding {
    at_port(context, subject, |host, socket| async move {
        let look = || async {
            let transcript = Transcript::new();
            TlsLook::take(context, host, &transcript, session(context, host, socket, &transcript)).await
        };
        let look = context.shared.sessions.once((host.clone(), socket), look).await;
        look.judged(context, host, socket, judge)
    })
    .await
}

async fn session(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Session, ProbeError> {
    let mut wire = ready_for_tls(context, socket, transcript).await?;
    wire.start_tls(host, &context.trust).await?;
    if socket.port() == 25 {
        wire.send(&format!("EHLO {}", context.ehlo_name())).await?;
    }
    // The ticket of a session comes before the first words.
    wire.line("words after the handshake", Duration::from_secs(30)).await?;
    let early_data = wire.may_send_early();
    let stapled = wire.tls.as_ref().map_or(0, |tls| tls.stapled);
    wire.close().await;
    Ok(Session { early_data, stapled })
}

fn judge_early_data(session: Session) -> Finding {
    if session.early_data {
        return Finding::warn("a client that comes back may send before the handshake has ended", "nothing sent early")
            .instructions(
                "Neither Postfix nor Dovecot lets it: look at what stands in front of them (nginx: ssl_early_data off).",
            );
    }
    Finding::pass("nothing is taken before the handshake has ended")
}

fn judge_stapling(session: Session) -> Finding {
    match session.stapled {
        0 => Finding::pass("none is stapled, and none is needed"),
        bytes => Finding::info(format!("{bytes} bytes are stapled")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::finding::Outcome;
    use crate::probe::test_server::{Step, TestCertificate, certificate, play, send};
    use crate::probe::tls::Trust;
    use crate::probe::{Target, Wire};

    async fn seen(served: &TestCertificate) -> Session {
        let script = vec![Step::Tls(served.config.clone()), send("* OK\r\n"), Step::Wait(Duration::from_millis(50))];
        let (address, _server) = play(script).await;
        let mut wire = Wire::connect(&Target::new(address), Transcript::new()).await.unwrap();
        let host = Fqdn::parse("mail.example.org").unwrap();
        wire.start_tls(&host, &Trust::nobody()).await.unwrap();
        wire.line("greeting", Duration::from_secs(5)).await.unwrap();
        Session { early_data: wire.may_send_early(), stapled: wire.tls.unwrap().stapled }
    }

    #[tokio::test]
    async fn leave_to_send_early_is_seen_in_the_ticket_and_no_stapling_is_no_fault() {
        let mut served = certificate(&["mail.example.org"], |_| {});
        let usual = seen(&served).await;
        assert_eq!(judge_early_data(usual).outcome, Outcome::Pass);
        assert_eq!(judge_stapling(usual).outcome, Outcome::Pass);
        Arc::get_mut(&mut served.config).unwrap().max_early_data_size = 1024;
        assert_eq!(judge_early_data(seen(&served).await).outcome, Outcome::Warn);
        assert_eq!(judge_stapling(Session { stapled: 503, ..usual }).outcome, Outcome::Info);
    }
}
