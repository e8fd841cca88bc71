//! `pop-995` and `pop-110-stls`: POP3, where somebody still offers it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::worst::worst;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::pop3::Pop3;
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::Fqdn;

/// Port 995 is closed, or speaks TLS and POP3.
pub static POP_995: Check = Check {
    id: "pop-995",
    area: Area::Pop,
    why: "Old mail programs fetch mail through this port.",
    rfc: "RFC 8314 section 3.2, RFC 1939",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: |context| context.ports(&[995]),
    run: |context, subject| Box::pin(each(context, subject)),
};

/// Port 110 is closed, or takes no log-in before STLS.
pub static POP_110_STLS: Check = Check {
    id: "pop-110-stls",
    area: Area::Pop,
    why: "A port that takes log-ins in clear leaks the password of everyone who uses it.",
    rfc: "RFC 2595 section 4, RFC 8314 section 4.1",
    needs: &[],
    reach: Reach::Anyone,
    timeout: Duration::from_secs(60),
    subjects: |context| context.ports(&[110]),
    run: |context, subject| Box::pin(each(context, subject)),
};

async fn each(context: Arc<Context>, subject: Subject) -> Finding {
    let Subject::Port(host, port) = &subject else { return not_ours() };
    let looked = context.sockets(host, *port).into_iter().map(|socket| at(&context, host, socket));
    worst(join_all(looked).await)
}

async fn at(context: &Arc<Context>, host: &Fqdn, socket: SocketAddr) -> (String, Finding) {
    let transcript = Transcript::new();
    let _turn = context.turn(host).await;
    let finding = match socket.port() {
        110 => in_clear(look_in_clear(context, host, socket, &transcript).await),
        _ => encrypted(look_encrypted(context, host, socket, &transcript).await),
    };
    (socket.ip().to_string(), finding.evidence(transcript.evidence()))
}

async fn look_encrypted(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Vec<String>, ProbeError> {
    let mut pop = Pop3::connect_tls(&Target::new(socket), host, &context.trust, transcript.clone()).await?;
    let capabilities = pop.capabilities().await?;
    pop.quit().await;
    Ok(capabilities)
}

/// Capabilities before TLS, and whether STLS worked where it was offered.
async fn look_in_clear(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<(Vec<String>, Result<(), ProbeError>), ProbeError> {
    let mut pop = Pop3::connect(&Target::new(socket), transcript.clone()).await?;
    let capabilities = pop.capabilities().await?;
    let tls = match has(&capabilities, "STLS") {
        true => pop.start_tls(host, &context.trust).await,
        false => Ok(()),
    };
    pop.quit().await;
    Ok((capabilities, tls))
}

fn has(capabilities: &[String], word: &str) -> bool {
    capabilities.iter().any(|c| c.split(' ').next().is_some_and(|w| w.eq_ignore_ascii_case(word)))
}

fn closed(error: &ProbeError) -> Option<Finding> {
    (matches!(error, ProbeError::Refused(_)) || error.is_out_of_reach())
        .then(|| Finding::pass("closed: POP3 is not offered there"))
}

fn encrypted(seen: Result<Vec<String>, ProbeError>) -> Finding {
    match seen {
        Ok(capabilities) if has(&capabilities, "UIDL") => Finding::pass("TLS, and POP3 with UIDL"),
        Ok(_) => Finding::info("TLS, and POP3 without UIDL: programs cannot leave mail on the server"),
        Err(error) => closed(&error).unwrap_or_else(|| Finding::fail(error.to_string(), "TLS, then '+OK'")),
    }
}

fn in_clear(seen: Result<(Vec<String>, Result<(), ProbeError>), ProbeError>) -> Finding {
    let expected = "STLS and no USER before TLS, or a closed port";
    match seen {
        Err(error) => closed(&error).unwrap_or_else(|| Finding::unknown(error.to_string())),
        Ok((capabilities, _)) if !has(&capabilities, "STLS") => Finding::fail("110 is open without STLS", expected),
        // What CAPA names before TLS is what a program will try.
        Ok((capabilities, _))
            if has(&capabilities, "USER")
                || capabilities.iter().any(|c| c.to_ascii_uppercase().starts_with("SASL ")) =>
        {
            Finding::fail("110 takes log-ins in clear", expected)
        }
        Ok((_, Err(error))) => Finding::fail(format!("STLS is offered and fails: {error}"), "TLS after STLS"),
        Ok((_, Ok(()))) => Finding::pass("no log-in before STLS"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn words(list: &[&str]) -> Vec<String> {
        list.iter().map(|w| (*w).to_owned()).collect()
    }

    #[test]
    fn user_before_tls_is_a_log_in_in_clear() {
        let judge = |list: &[&str]| in_clear(Ok((words(list), Ok(())))).outcome;
        assert_eq!(judge(&["STLS", "UIDL", "TOP"]), Outcome::Pass);
        assert_eq!(judge(&["STLS", "USER"]), Outcome::Fail);
        assert_eq!(judge(&["STLS", "SASL PLAIN"]), Outcome::Fail);
        assert_eq!(judge(&["UIDL"]), Outcome::Fail);
        // "SASL" without a mechanism offers none.
        assert_eq!(judge(&["STLS", "SASL"]), Outcome::Pass);
    }

    #[test]
    fn not_to_offer_pop3_is_fine() {
        let refused = || ProbeError::Refused("192.0.2.1:995".parse().unwrap());
        assert_eq!(encrypted(Err(refused())).outcome, Outcome::Pass);
        assert_eq!(in_clear(Err(refused())).outcome, Outcome::Pass);
        assert_eq!(encrypted(Ok(words(&["UIDL", "USER"]))).outcome, Outcome::Pass, "USER within TLS is right");
        assert_eq!(encrypted(Err(ProbeError::Tls("x".into()))).outcome, Outcome::Fail);
    }
}
