//! `sieve-4190`: filters that people change from their mail program.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::worst::worst;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::printable::excerpt;
use crate::probe::sieve::{Capability, Sieve};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::Fqdn;

/// Port 4190 is closed, or takes no log-in before STARTTLS.
pub static SIEVE_4190: Check = Check {
    id: "sieve-4190",
    area: Area::Sieve,
    why: "Whoever can log in there in clear loses the password; whoever cannot log in at all has no filters.",
    rfc: "RFC 5804 sections 1.7 and 2.2",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: |context| context.ports(&[4190]),
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

/// What was offered before TLS, and how TLS went.
struct Seen {
    in_clear: Vec<Capability>,
    encrypted: Result<Vec<Capability>, ProbeError>,
}

/// There is no port with TLS from the first byte: the server speaks first, in clear.
async fn look(context: &Context, host: &Fqdn, socket: SocketAddr, transcript: &Transcript) -> Result<Seen, ProbeError> {
    let mut sieve = Sieve::connect(&Target::new(socket), transcript.clone()).await?;
    let in_clear = sieve.capabilities.clone();
    let encrypted = match sieve.capability("STARTTLS") {
        Some(_) => sieve.start_tls(host, &context.trust).await.map(|()| sieve.capabilities.clone()),
        None => Ok(Vec::new()),
    };
    sieve.logout().await;
    Ok(Seen { in_clear, encrypted })
}

fn judge(seen: Result<Seen, ProbeError>) -> Finding {
    let seen = match seen {
        Ok(seen) => seen,
        Err(ProbeError::Refused(_)) => return Finding::pass("closed: filters are not managed from outside"),
        Err(error) if error.is_out_of_reach() => return Finding::pass(format!("it cannot be reached: {error}")),
        Err(error) => return Finding::fail(error.to_string(), "the capabilities of ManageSieve"),
    };
    let value = |name: &str| seen.in_clear.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let expected = "STARTTLS, and no SASL mechanism before it";
    if value("STARTTLS").is_none() {
        return Finding::fail("STARTTLS is not offered", expected).automatic("mailwizard apply");
    }
    if value("SASL").is_some_and(|mechanisms| !mechanisms.trim().is_empty()) {
        return Finding::fail("log-ins are taken in clear", expected).automatic("mailwizard apply");
    }
    match seen.encrypted {
        Ok(offered) if offered.iter().any(|(n, v)| n == "SASL" && !v.trim().is_empty()) => {
            Finding::pass(excerpt(value("IMPLEMENTATION").unwrap_or("ManageSieve"), 60))
        }
        Ok(_) => Finding::warn("no log-in is offered after STARTTLS either", "a SASL mechanism after TLS"),
        Err(error) => Finding::fail(format!("STARTTLS is offered and fails: {error}"), "TLS after STARTTLS"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn capabilities(list: &[(&str, &str)]) -> Vec<Capability> {
        list.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn there_is_no_implicit_tls_and_a_closed_port_is_fine() {
        let judged = |before: &[(&str, &str)], after: &[(&str, &str)]| {
            judge(Ok(Seen { in_clear: capabilities(before), encrypted: Ok(capabilities(after)) })).outcome
        };
        let ready = [("IMPLEMENTATION", "Dovecot Pigeonhole"), ("SASL", ""), ("STARTTLS", "")];
        assert_eq!(judged(&ready, &[("SASL", "PLAIN LOGIN")]), Outcome::Pass);
        assert_eq!(judged(&[("SASL", "PLAIN"), ("STARTTLS", "")], &[("SASL", "PLAIN")]), Outcome::Fail);
        assert_eq!(judged(&[("SASL", "")], &[]), Outcome::Fail);
        assert_eq!(judge(Err(ProbeError::Refused("192.0.2.1:4190".parse().unwrap()))).outcome, Outcome::Pass);
    }
}
