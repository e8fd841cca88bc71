//! `tls-ciphers`: cipher suites that protect nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::join_all;

use super::asked::not_ours;
use super::tls_look::{LIMIT, PORTS};
use super::tls_versions::ready_for_tls;
use super::worst::worst;
use super::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::hello::{Answer, Suite, Version, offer};
use crate::probe::{ProbeError, Transcript};
use crate::spec::Fqdn;

/// The most suites that are looked for one after the other.
const MOST: usize = 6;

/// No port takes a suite without encryption, with a broken cipher or, where passwords go, without authentication.
pub static TLS_CIPHERS: Check = Check {
    id: "tls-ciphers",
    area: Area::Tls,
    why: "A connection with a broken cipher looks encrypted and can be read.",
    rfc: "RFC 9325 section 4.2, RFC 7465",
    needs: &["tls-versions"],
    reach: Reach::Permitted,
    timeout: LIMIT,
    subjects: |context| context.ports(&PORTS),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            let asked = context.sockets(host, *port).into_iter().take(1).map(|socket| at(&context, host, socket));
            worst(join_all(asked).await)
        })
    },
};

async fn at(context: &Arc<Context>, host: &Fqdn, socket: SocketAddr) -> (String, Finding) {
    let transcript = Transcript::new();
    let finding = match weak(context, host, socket, &transcript).await {
        Ok(taken) => judge(socket.port(), &taken),
        Err(error @ ProbeError::Refused(_)) => {
            context.unreachable(host, socket.port(), &error.to_string(), "a port that answers")
        }
        Err(error) => Finding::unknown(error.to_string()),
    };
    (socket.ip().to_string(), finding.evidence(transcript.evidence()))
}

/// Offers all weak suites at once; each that is taken is left out of the next offer.
async fn weak(
    context: &Context,
    host: &Fqdn,
    socket: SocketAddr,
    transcript: &Transcript,
) -> Result<Vec<Suite>, ProbeError> {
    let mut offered: Vec<Suite> =
        Suite::of_version(Version::Tls12).into_iter().filter(|s| s.weakness().is_some()).collect();
    let mut taken = Vec::new();
    let _turn = context.turn(host).await;
    while taken.len() < MOST && !offered.is_empty() {
        let mut wire = ready_for_tls(context, socket, transcript).await?;
        let answer = offer(&mut wire, Version::Tls12, &offered, Some(host)).await;
        wire.close().await;
        match answer? {
            Answer::Taken(hello) if offered.contains(&hello.suite) => {
                offered.retain(|s| *s != hello.suite);
                taken.push(hello.suite);
            }
            Answer::Taken(_) | Answer::Refused => break,
        }
    }
    Ok(taken)
}

fn judge(port: u16, taken: &[Suite]) -> Finding {
    let is_anonymous = |suite: &&Suite| suite.name().contains("_anon_");
    let named = |suites: Vec<&Suite>| {
        let words: Vec<String> =
            suites.iter().map(|s| format!("{} ({})", s.name(), s.weakness().unwrap_or_default())).collect();
        words.join(", ")
    };
    let expected = "none of the broken ones";
    let (anonymous, broken): (Vec<&Suite>, Vec<&Suite>) = taken.iter().partition(is_anonymous);
    if !broken.is_empty() {
        // An old sender on port 25 would otherwise send in clear.
        return match port {
            25 => Finding::warn(named(broken), expected),
            _ => Finding::fail(named(broken), expected),
        }
        .automatic("mailwizard apply");
    }
    match (anonymous.is_empty(), port) {
        (true, _) => Finding::pass("no broken cipher is taken"),
        // Encryption without a certificate is what opportunistic TLS is about (postconf(5) smtpd_tls_exclude_ciphers).
        (false, 25) => Finding::info("senders that ask for it get encryption without a certificate, better than none"),
        (false, _) => Finding::fail(named(anonymous), expected).automatic("mailwizard apply"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn anonymous_suites_are_harmless_at_port_25_only_and_stapling_is_not_asked_for() {
        let anonymous = Suite(0x00a6);
        let (null, rc4) = (Suite(0x003b), Suite(0x0005));
        assert_eq!(judge(25, &[]).outcome, Outcome::Pass);
        assert_eq!(judge(25, &[anonymous]).outcome, Outcome::Info);
        assert_eq!(judge(465, &[anonymous]).outcome, Outcome::Fail);
        assert_eq!(judge(25, &[rc4]).outcome, Outcome::Warn);
        assert_eq!(judge(993, &[null]).outcome, Outcome::Fail);
        assert!(judge(993, &[null]).found.contains("nothing is encrypted"));
    }

    #[test]
    fn what_is_offered_is_what_is_broken() {
        let offered: Vec<Suite> =
            Suite::of_version(Version::Tls12).into_iter().filter(|s| s.weakness().is_some()).collect();
        assert!(offered.len() > 8, "{offered:?}");
        assert!(!offered.iter().any(|s| s.name().contains("GCM") && !s.name().contains("anon")));
    }
}
