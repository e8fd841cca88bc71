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
use crate::stacks::CommandLine;

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
    if let Some(trusted) = trusted_here(context, address).await {
        return Finding::unknown(format!(
            "from here every address of this machine is trusted ({trusted} is in mynetworks), so nothing can be proven"
        ))
        .instructions(format!(
            "Try it from another machine: mailwizard check {host} {domain} --intrusive {host} --only smtp-relay-open"
        ));
    }
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

/// The network of Postfix's `mynetworks` that our own address is in: whoever comes from there may relay, which is no
/// fault as long as nobody else does.
async fn trusted_here(context: &Context, address: IpAddr) -> Option<String> {
    let host = context.own().ok()?.host.clone()?;
    let read = tokio::task::spawn_blocking(move || {
        host.which("postconf")?;
        let command = CommandLine::new("postconf", &["-hx", "mynetworks"]);
        host.run(&command, &mut |_| {}).ok().filter(|o| o.succeeded()).map(|o| o.stdout)
    });
    network_of(&read.await.ok()??, address)
}

/// Entries are addresses, networks, IPv6 in brackets, or tables, which are passed over (postconf(5) mynetworks).
fn network_of(mynetworks: &str, address: IpAddr) -> Option<String> {
    let holds = |entry: &&str| {
        let bare = entry.replace(['[', ']'], "");
        let (network, length) = bare.split_once('/').unwrap_or((&bare, ""));
        let bits = |ip: IpAddr| match ip {
            IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
            IpAddr::V6(v6) => v6.to_bits(),
        };
        let Ok(network) = network.parse::<IpAddr>() else { return false };
        let length = length.parse::<u32>().unwrap_or(128);
        network.is_ipv4() == address.is_ipv4()
            && (bits(network) ^ bits(address)).leading_zeros() >= length.min(if network.is_ipv4() { 32 } else { 128 })
    };
    mynetworks.split([' ', ',', '\t', '\n']).find(holds).map(str::to_owned)
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

    #[test]
    fn coming_from_a_trusted_network_proves_nothing() {
        let usual = "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128\n";
        let within = |text: &str, address: &str| network_of(text, address.parse().unwrap());
        assert_eq!(within(usual, "198.51.100.10"), None);
        assert_eq!(within(usual, "2001:db8:100::10"), None);
        // mynetworks_style = subnet, and Docker's gateway.
        assert_eq!(within("127.0.0.0/8, 198.51.100.0/24", "198.51.100.10").as_deref(), Some("198.51.100.0/24"));
        assert_eq!(
            within("172.16.0.0/12 [2001:db8:100::]/48", "2001:db8:100::10").as_deref(),
            Some("[2001:db8:100::]/48")
        );
        assert_eq!(within("198.51.100.10 cidr:/etc/postfix/nets", "198.51.100.10").as_deref(), Some("198.51.100.10"));
        assert_eq!(within("198.51.100.100 0.0.0.0/33", "198.51.100.10"), None);
    }
}
