//! `smtp-relay-open`: nobody may send to others through us.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::join_all;

use crate::checks::asked::not_ours;
use crate::checks::worst::worst;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::relay::{Relaying, Try, judge as judged, try_ways, ways};
use crate::probe::{Target, Transcript};
use crate::spec::Fqdn;

/// The relay test at every address of ours.
pub static SMTP_RELAY_OPEN: Check = Check {
    id: "smtp-relay-open",
    area: Area::Smtp,
    why: "An open relay sends spam in your name within hours, and is on every block list within a day.",
    rfc: "RFC 5321 section 7.9, RFC 2505",
    needs: &["smtp-ehlo"],
    reach: Reach::Permitted,
    timeout: Duration::from_secs(120),
    subjects: |context| context.ports(&[25]),
    run: |context, subject| {
        Box::pin(async move {
            let Subject::Port(host, port) = &subject else { return not_ours() };
            let Some(foreign) = context.foreign_target() else {
                return Finding::unknown("checks.port25_targets names no foreign host to try to relay to");
            };
            let tried = context.sockets(host, *port).into_iter().map(|socket| {
                let (context, foreign) = (&context, &foreign);
                async move { (socket.ip().to_string(), at(context, host, socket.ip(), foreign).await) }
            });
            worst(join_all(tried).await)
        })
    },
};

async fn at(context: &Context, host: &Fqdn, address: IpAddr, foreign: &Fqdn) -> Finding {
    let Some(domain) = context.domain_of(host).or_else(|| context.looked_at().domains.first()) else {
        return Finding::skipped("no domain is known that takes mail here");
    };
    let transcript = Transcript::new();
    let ways = ways(foreign, domain, host, address);
    let target = Target::new((address, 25).into());
    let target = match context.own() {
        // We come from the address that we go to: it is ours, but not in mynetworks, which holds loopback only.
        Ok(_) => target.coming_from(address),
        Err(_) => target,
    };
    let _turn = context.turn(host).await;
    let mut tries = Vec::new();
    if let Err(error) = try_ways(&target, &ways, &transcript, &mut tries).await {
        let finding = judge(&tries, address);
        // A relay that was found stays found when the connection breaks later.
        return match finding.outcome {
            crate::finding::Outcome::Fail => finding,
            _ => Finding::unknown(error.to_string()),
        }
        .evidence(transcript.evidence());
    }
    judge(&tries, address).evidence(transcript.evidence())
}

fn judge(tries: &[Try], address: IpAddr) -> Finding {
    match judged(tries) {
        Relaying::Open(way) => {
            Finding::fail(format!("mail from <{}> to <{}> is taken", way.sender, way.recipient), "every try refused")
                .instructions(
                    "Stop Postfix (systemctl stop postfix) and look at smtpd_relay_restrictions and mynetworks: \
             'mailwizard apply' puts both right.",
                )
        }
        Relaying::Undecided => {
            Finding::unknown("every try was put off (4yz): the server may be refusing everybody just now")
        }
        Relaying::Closed(count) => Finding::pass(format!("{count} ways to relay refused, coming from {address}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;
    use crate::probe::relay::{Home, Way};
    use crate::probe::smtp::Reply;

    fn tried(home: Home, control: bool, code: u16) -> Try {
        let way = Way { sender: String::new(), recipient: "u@r.example".into(), home, control };
        Try { way, reply: Reply { code, lines: vec!["x".into()] } }
    }

    fn outcome(tries: &[Try]) -> Outcome {
        judge(tries, "198.51.100.10".parse().unwrap()).outcome
    }

    #[test]
    fn one_accepted_try_is_an_open_relay_and_all_deferred_is_no_verdict() {
        let foreign = |code| tried(Home::Foreign, false, code);
        assert_eq!(outcome(&[foreign(554), foreign(501), foreign(450)]), Outcome::Pass);
        assert_eq!(outcome(&[foreign(554), foreign(250), foreign(554)]), Outcome::Fail);
        assert_eq!(outcome(&[foreign(451), foreign(450)]), Outcome::Unknown);
    }

    #[test]
    fn a_name_that_looks_foreign_at_a_catch_all_is_no_relay() {
        let foreign = || tried(Home::Foreign, false, 554);
        let at_host = || tried(Home::Host, false, 250);
        assert_eq!(outcome(&[tried(Home::Host, true, 250), foreign(), at_host()]), Outcome::Pass);
        assert_eq!(outcome(&[tried(Home::Host, true, 550), foreign(), at_host()]), Outcome::Fail);
        assert_eq!(outcome(&[tried(Home::Domain, true, 250), foreign(), at_host()]), Outcome::Fail);
    }
}
