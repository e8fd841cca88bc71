//! `imap-143-starttls`: nobody reads mail in clear.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::worst::worst;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::imap::Imap;
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::Fqdn;

/// Port 143 is closed, or takes no log-in before STARTTLS.
pub static IMAP_143_STARTTLS: Check = Check {
    id: "imap-143-starttls",
    area: Area::Imap,
    why: "A port that takes log-ins in clear leaks the password of everyone who uses it.",
    rfc: "RFC 9051 sections 6.2.1 and 6.2.3, RFC 8314 section 4.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: |context| context.ports(&[143]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            let looked = context.sockets(host, *port).into_iter().map(|socket| at(&context, host, socket));
            worst(join_all(looked).await)
        })
    },
};

async fn at(context: &Arc<Context>, host: &Fqdn, socket: SocketAddr) -> (String, Finding) {
    let transcript = Transcript::new();
    let _turn = context.turn(host).await;
    let finding = judge(look(context, host, socket, &transcript).await);
    (socket.ip().to_string(), finding.evidence(transcript.evidence()))
}

/// Capabilities before and after TLS.
struct Seen {
    in_clear: Vec<String>,
    encrypted: Result<Vec<String>, ProbeError>,
}

async fn look(context: &Context, host: &Fqdn, socket: SocketAddr, transcript: &Transcript) -> Result<Seen, ProbeError> {
    let mut imap = Imap::connect(&Target::new(socket), transcript.clone()).await?;
    let in_clear = imap.capabilities().await?;
    // What was said before TLS does not count after it (RFC 9051 section 6.2.1).
    let encrypted = match imap.start_tls(host, &context.trust).await {
        Ok(()) => imap.capabilities().await,
        Err(error) => Err(error),
    };
    imap.logout().await;
    Ok(Seen { in_clear, encrypted })
}

fn judge(seen: Result<Seen, ProbeError>) -> Finding {
    let seen = match seen {
        Ok(seen) => seen,
        Err(ProbeError::Refused(_)) => return Finding::pass("143 is closed: 993 is for everybody"),
        Err(error) if error.is_out_of_reach() => return Finding::pass(format!("143 cannot be reached: {error}")),
        Err(error) => return Finding::unknown(error.to_string()),
    };
    let offers = |word: &str| seen.in_clear.iter().any(|w| w.eq_ignore_ascii_case(word));
    let expected = "STARTTLS and LOGINDISABLED before TLS, or a closed port";
    if !offers("STARTTLS") {
        return Finding::fail("143 is open without STARTTLS", expected).automatic("mailwizard apply");
    }
    if !offers("LOGINDISABLED") {
        return Finding::fail("143 takes log-ins in clear", expected).automatic("mailwizard apply");
    }
    match seen.encrypted {
        Ok(_) => Finding::pass("no log-in before STARTTLS"),
        Err(ProbeError::Injected(bytes)) => {
            Finding::fail(format!("{bytes} bytes came in clear after the answer to STARTTLS"), "nothing before TLS")
        }
        Err(error) => Finding::fail(format!("STARTTLS is offered and fails: {error}"), "TLS after STARTTLS"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::test_server::{Step, certificate, play, send};
    use crate::probe::tls::Trust;

    async fn against(in_clear: &str) -> Outcome {
        let own = certificate(&["mail.example.org"], |_| {});
        let (address, _server) = play(vec![
            send("* OK ready\r\n"),
            Step::Hear,
            send(format!("* CAPABILITY {in_clear}\r\na1 OK done\r\n")),
            Step::Hear,
            send("a2 OK begin\r\n"),
            Step::Tls(own.config),
            Step::Hear,
            // Only the second list counts after TLS.
            send("* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na3 OK done\r\n"),
            Step::Hear,
        ])
        .await;
        let transcript = Transcript::new();
        let host = Fqdn::parse("mail.example.org").unwrap();
        let dns = crate::probe::dns::DnsClient::at("127.0.0.1:9".parse().unwrap());
        let mut context = Context::elsewhere(crate::spec::Spec::new(host.clone()), dns);
        context.trust = Trust::nobody();
        judge(look(&context, &host, address, &transcript).await).outcome
    }

    #[tokio::test]
    async fn a_log_in_in_clear_is_told_from_one_after_starttls() {
        assert_eq!(against("IMAP4rev1 STARTTLS LOGINDISABLED").await, Outcome::Pass);
        assert_eq!(against("IMAP4rev1 STARTTLS AUTH=PLAIN").await, Outcome::Fail);
        assert_eq!(against("IMAP4rev1 LOGINDISABLED").await, Outcome::Fail);
    }

    #[test]
    fn a_closed_port_is_fine() {
        let refused = Err(ProbeError::Refused("192.0.2.1:143".parse().unwrap()));
        assert_eq!(judge(refused).outcome, Outcome::Pass);
    }
}
