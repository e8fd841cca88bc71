//! The ways in which a server may be talked into relaying (RFC 5321 section 7.9). Never DATA; RSET between the tries; few
//! refusals a connection, because Postfix slows down after ten errors and hangs up at twenty.

use std::net::IpAddr;

use super::error::ProbeError;
use super::smtp::{Reply, Smtp};
use super::transcript::Transcript;
use super::wire::Target;
use crate::spec::{Domain, Fqdn};

/// Refused tries on one connection.
const A_CONNECTION: usize = 8;

/// Whose a recipient's last part is: where such an address takes anything, a try there proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// Somebody else's.
    Foreign,
    /// The host's own name.
    Host,
    /// A domain of ours.
    Domain,
    /// The host's address.
    Literal,
}

/// One way: who to whom, and whose the recipient looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// MAIL FROM, without brackets; empty for the null sender.
    pub sender: String,
    /// RCPT TO, without brackets.
    pub recipient: String,
    /// Whose the recipient looks.
    pub home: Home,
    /// Whether it only finds out if that home takes any name at all.
    pub control: bool,
}

/// Three controls, then nmap's sixteen ways, and three that name a domain of ours (they catch `allow_percent_hack` with a
/// local domain).
pub fn ways(foreign: &Fqdn, ours: &Domain, host: &Fqdn, address: IpAddr) -> Vec<Way> {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// The way.
    pub way: Way,
    /// The reply to RCPT, or to MAIL where that was refused already.
    pub reply: Reply,
}

/// What a server made of all ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relaying<'a> {
    /// This one was taken.
    Open(&'a Way),
    /// All were put off: it may be refusing everybody just now.
    Undecided,
    /// So many were refused for good or, some of them, put off.
    Closed(usize),
}

/// What the tries amount to. Where any name is taken at a home (a catch-all, the host's own mail), a strange name there is
/// only one more of them and does not count.
pub fn judge(tries: &[Try]) -> Relaying<'_> {
    let takes_any = |home: Home| tries.iter().any(|t| t.way.control && t.way.home == home && t.reply.is_success());
    let counted: Vec<&Try> = tries.iter().filter(|t| !t.way.control && !takes_any(t.way.home)).collect();
    if let Some(open) = counted.iter().find(|t| t.reply.is_success()) {
        return Relaying::Open(&open.way);
    }
    match counted.iter().all(|t| t.reply.is_temporary()) {
        true => Relaying::Undecided,
        false => Relaying::Closed(counted.len()),
    }
}

/// Tries every way, a few on each connection; what was tried before an error stays in `tries`.
pub async fn try_ways(
    target: &Target,
    ways: &[Way],
    transcript: &Transcript,
    tries: &mut Vec<Try>,
) -> Result<(), ProbeError> {
    for portion in ways.chunks(A_CONNECTION) {
        try_portion(target, portion, transcript, tries).await?;
    }
    Ok(())
}

async fn try_portion(
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

#[cfg(test)]
mod tests {
    use super::*;

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
