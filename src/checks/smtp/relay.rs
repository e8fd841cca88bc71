//! `smtp-relay-open`: nobody may send to others through us. Never DATA; RSET between the tries; few refusals a
//! connection, because Postfix slows down after ten errors and hangs up at twenty.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::join_all;

use crate::checks::worst::worst;
use crate::checks::{Check, Context};
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
    intrusive: true,
    timeout: Duration::from_secs(120),
    subjects: |context| context.own_port(25),
    run: |context, _| {
        Box::pin(async move {
            let Some(foreign) = context.spec.checks.port25_targets.first().cloned() else {
                return Finding::unknown("checks.port25_targets names no foreign host to try to relay to");
            };
            let tried = context.own_addresses().into_iter().map(|address| {
                let (context, foreign) = (&context, &foreign);
                async move { (address.to_string(), at(context, address, foreign).await) }
            });
            worst(join_all(tried).await)
        })
    },
};

/// Refused tries on one connection.
const A_CONNECTION: usize = 8;

/// Sender and recipient of each try: nmap's sixteen, and three that name a domain of ours (they catch
/// `allow_percent_hack` with a local domain).
fn variants(foreign: &Fqdn, ours: &Domain, host: &Fqdn, address: IpAddr) -> Vec<(String, String)> {
    let (r, d, h) = (foreign.as_str(), ours.as_str(), host.as_str());
    // An address literal (RFC 5321 section 4.1.3).
    let i = match address {
        IpAddr::V4(v4) => format!("[{v4}]"),
        IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
    };
    // The try must fail because it is a relay, not because the sender is odd: one that exists is used where it can be.
    let stranger = format!("relaytest@{r}");
    let u = "relaytest";
    vec![
        (String::new(), format!("{u}@{r}")),
        (stranger.clone(), format!("{u}@{r}")),
        (format!("{u}@{h}"), format!("{u}@{r}")),
        (format!("{u}@{d}"), format!("{u}@{r}")),
        (format!("{u}@{i}"), format!("{u}@{r}")),
        (stranger.clone(), format!("{u}%{r}@{i}")),
        (stranger.clone(), format!("{u}%{r}@{h}")),
        (stranger.clone(), format!("{u}%{r}@{d}")),
        (stranger.clone(), format!("\"{u}@{r}\"")),
        (stranger.clone(), format!("\"{u}%{r}\"")),
        (stranger.clone(), format!("\"{u}@{r}\"@{i}")),
        (stranger.clone(), format!("\"{u}@{r}\"@{d}")),
        (stranger.clone(), format!("{u}@{r}@{i}")),
        (stranger.clone(), format!("{u}@{r}@{h}")),
        (stranger.clone(), format!("@{i}:{u}@{r}")),
        (stranger.clone(), format!("@{h}:{u}@{r}")),
        (stranger.clone(), format!("{r}!{u}")),
        (stranger.clone(), format!("{r}!{u}@{i}")),
        (stranger, format!("{r}!{u}@{h}")),
    ]
}

/// One try: who to whom, and what the server said to it.
struct Try {
    sender: String,
    recipient: String,
    reply: Reply,
}

async fn at(context: &Context, address: IpAddr, foreign: &Fqdn) -> Finding {
    let Some(ours) = context.spec.domains.first() else { return Finding::skipped("there is no domain of ours") };
    let transcript = Transcript::new();
    let variants = variants(foreign, &ours.name, &context.spec.hostname, address);
    // We come from the address that we go to: it is ours, but not in mynetworks, which holds loopback only.
    let target = Target::new((address, 25).into()).coming_from(address);
    let mut tries = Vec::new();
    for portion in variants.chunks(A_CONNECTION) {
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
    portion: &[(String, String)],
    transcript: &Transcript,
    tries: &mut Vec<Try>,
) -> Result<(), ProbeError> {
    let mut smtp = Smtp::connect(target, transcript.clone()).await?;
    smtp.ehlo("relaytest.invalid").await?;
    for (sender, recipient) in portion {
        let mut reply = smtp.command(&format!("MAIL FROM:<{sender}>")).await?;
        if reply.is_success() {
            reply = smtp.command(&format!("RCPT TO:<{recipient}>")).await?;
        }
        tries.push(Try { sender: sender.clone(), recipient: recipient.clone(), reply });
        smtp.command("RSET").await?;
    }
    smtp.quit().await;
    Ok(())
}

fn judge(tries: &[Try], address: IpAddr) -> Finding {
    if let Some(open) = tries.iter().find(|t| t.reply.is_success()) {
        return Finding::fail(
            format!("mail from <{}> to <{}> is taken", open.sender, open.recipient),
            "every try refused",
        )
        .instructions(
            "Stop Postfix (systemctl stop postfix) and look at smtpd_relay_restrictions and mynetworks: \
             'mailwizard apply' puts both right.",
        );
    }
    let deferred = tries.iter().filter(|t| t.reply.is_temporary()).count();
    if deferred == tries.len() {
        return Finding::unknown("every try was put off (4yz): the server may be refusing everybody just now");
    }
    Finding::pass(format!("{} ways to relay refused, coming from {address}", tries.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    fn tries(codes: &[u16]) -> Vec<Try> {
        let made = codes.iter().map(|code| Try {
            sender: String::new(),
            recipient: "u@r.example".into(),
            reply: Reply { code: *code, lines: vec!["x".into()] },
        });
        made.collect()
    }

    #[test]
    fn one_accepted_try_is_an_open_relay_and_all_deferred_is_no_verdict() {
        let address: IpAddr = "198.51.100.10".parse().unwrap();
        assert_eq!(judge(&tries(&[554, 501, 450]), address).outcome, Outcome::Pass);
        assert_eq!(judge(&tries(&[554, 250, 554]), address).outcome, Outcome::Fail);
        assert_eq!(judge(&tries(&[451, 450]), address).outcome, Outcome::Unknown);
    }

    #[test]
    fn nineteen_ways_are_tried_and_each_only_once() {
        let all = variants(
            &Fqdn::parse("mx.remote.example").unwrap(),
            &Domain::parse("example.org").unwrap(),
            &Fqdn::parse("mail.example.org").unwrap(),
            "2001:db8::1".parse().unwrap(),
        );
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!((all.len(), distinct.len()), (19, 19));
        assert!(all.contains(&(String::new(), "relaytest@mx.remote.example".into())));
        assert!(all.iter().any(|(_, to)| to == "relaytest%mx.remote.example@[IPv6:2001:db8::1]"));
    }
}
