//! `smtp-relay-open`: nobody may send to others through us. Never DATA; RSET between the tries; few refusals a
//! connection, because Postfix slows down after ten errors and hangs up at twenty.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::join_all;

use crate::checks::asked::not_ours;
use crate::checks::worst::worst;
use crate::checks::{Check, Context, Reach, Subject};
use crate::finding::{Area, Finding};
use crate::probe::smtp::{Reply, Smtp};
use crate::probe::{ProbeError, Target, Transcript};
use crate::spec::{Domain, Fqdn};

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

/// Refused tries on one connection.
const A_CONNECTION: usize = 8;

/// Whose a recipient's last part is: where such an address takes anything, a try there proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Home {
    Foreign,
    Host,
    Domain,
    Literal,
}

/// One way: who to whom, and whose the recipient looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    sender: String,
    recipient: String,
    home: Home,
    /// Whether it only finds out if that home takes any name at all.
    control: bool,
}

/// Three controls, then nmap's sixteen ways, and three that name a domain of ours (they catch `allow_percent_hack` with a
/// local domain).
fn ways(foreign: &Fqdn, ours: &Domain, host: &Fqdn, address: IpAddr) -> Vec<Way> {
    let (r, d, h) = (foreign.as_str(), ours.as_str(), host.as_str());
    // An address literal (RFC 5321 section 4.1.3).
    let i = match address {
        IpAddr::V4(v4) => format!("[{v4}]"),
        IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    };
    // The try must fail because it is a relay, not because the sender is odd: one that exists is used where it can be.
    let stranger = format!("relaytest@{r}");
    let u = "relaytest";
    let control = |home, at: &str| Way {
        sender: stranger.clone(),
        recipient: format!("relaytest-nobody@{at}"),
        home,
        control: true,
    };
    let way =
        |sender: &str, recipient: String, home| Way { sender: sender.to_owned(), recipient, home, control: false };
    vec![
        control(Home::Host, h),
        control(Home::Domain, d),
        control(Home::Literal, &i),
        way("", format!("{u}@{r}"), Home::Foreign),
        way(&stranger, format!("{u}@{r}"), Home::Foreign),
        way(&format!("{u}@{h}"), format!("{u}@{r}"), Home::Foreign),
        way(&format!("{u}@{d}"), format!("{u}@{r}"), Home::Foreign),
        way(&format!("{u}@{i}"), format!("{u}@{r}"), Home::Foreign),
        way(&stranger, format!("{u}%{r}@{i}"), Home::Literal),
        way(&stranger, format!("{u}%{r}@{h}"), Home::Host),
        way(&stranger, format!("{u}%{r}@{d}"), Home::Domain),
        // Without a domain the host's own name is meant.
        way(&stranger, format!("\"{u}@{r}\""), Home::Host),
        way(&stranger, format!("\"{u}%{r}\""), Home::Host),
        way(&stranger, format!("\"{u}@{r}\"@{i}"), Home::Literal),
        way(&stranger, format!("\"{u}@{r}\"@{d}"), Home::Domain),
        way(&stranger, format!("{u}@{r}@{i}"), Home::Literal),
        way(&stranger, format!("{u}@{r}@{h}"), Home::Host),
        way(&stranger, format!("@{i}:{u}@{r}"), Home::Foreign),
        way(&stranger, format!("@{h}:{u}@{r}"), Home::Foreign),
        way(&stranger, format!("{r}!{u}"), Home::Host),
        way(&stranger, format!("{r}!{u}@{i}"), Home::Literal),
        way(&stranger, format!("{r}!{u}@{h}"), Home::Host),
    ]
}

/// One try, and what the server said to it.
struct Try {
    way: Way,
    reply: Reply,
}

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
    for portion in ways.chunks(A_CONNECTION) {
        if let Err(error) = try_all(&target, portion, &transcript, &mut tries).await {
            let finding = judge(&tries, address);
            // A relay that was found stays found when the connection breaks later.
            return match finding.outcome {
                crate::finding::Outcome::Fail => finding,
                _ => Finding::unknown(error.to_string()),
            }
            .evidence(transcript.evidence());
        }
    }
    judge(&tries, address).evidence(transcript.evidence())
}

async fn try_all(
    target: &Target,
    portion: &[Way],
    transcript: &Transcript,
    tries: &mut Vec<Try>,
) -> Result<(), ProbeError> {
    let mut smtp = Smtp::connect(target, transcript.clone()).await?;
    smtp.ehlo("relaytest.invalid").await?;
    for way in portion {
        let mut reply = smtp.command(&format!("MAIL FROM:<{}>", way.sender)).await?;
        if reply.is_success() {
            reply = smtp.command(&format!("RCPT TO:<{}>", way.recipient)).await?;
        }
        tries.push(Try { way: way.clone(), reply });
        smtp.command("RSET").await?;
    }
    smtp.quit().await;
    Ok(())
}

fn judge(tries: &[Try], address: IpAddr) -> Finding {
    // Where any name is taken (a catch-all, the host's own mail), a strange name is only one more of them.
    let takes_any = |home: Home| tries.iter().any(|t| t.way.control && t.way.home == home && t.reply.is_success());
    let counted: Vec<&Try> = tries.iter().filter(|t| !t.way.control && !takes_any(t.way.home)).collect();
    if let Some(open) = counted.iter().find(|t| t.reply.is_success()) {
        return Finding::fail(
            format!("mail from <{}> to <{}> is taken", open.way.sender, open.way.recipient),
            "every try refused",
        )
        .instructions(
            "Stop Postfix (systemctl stop postfix) and look at smtpd_relay_restrictions and mynetworks: \
             'mailwizard apply' puts both right.",
        );
    }
    if counted.iter().all(|t| t.reply.is_temporary()) {
        return Finding::unknown("every try was put off (4yz): the server may be refusing everybody just now");
    }
    Finding::pass(format!("{} ways to relay refused, coming from {address}", counted.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

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

    #[test]
    fn nineteen_ways_are_tried_and_each_only_once() {
        let all = ways(
            &Fqdn::parse("mx.remote.example").unwrap(),
            &Domain::parse("example.org").unwrap(),
            &Fqdn::parse("mail.example.org").unwrap(),
            "2001:db8::1".parse().unwrap(),
        );
        let distinct: std::collections::BTreeSet<_> = all.iter().filter(|w| !w.control).collect();
        assert_eq!((all.len(), distinct.len()), (22, 19));
        assert!(all.iter().any(|w| w.sender.is_empty() && w.recipient == "relaytest@mx.remote.example"));
        assert!(all.iter().any(|w| w.recipient == "relaytest%mx.remote.example@[IPv6:2001:db8::1]"));
    }
}
