//! The relay test of `probe smtp --domain --foreign`.

use super::connect::Destination;
use super::shown::result;
use crate::finding::{Area, CheckResult, Finding};
use crate::probe::relay::{Relaying, judge, try_ways, ways};
use crate::probe::{Target, Transcript};
use crate::spec::{Domain, Fqdn};

/// Tries to relay through the server in every known way, up to RCPT and never further.
pub async fn test(
    destination: &Destination,
    target: &Target,
    host: &Fqdn,
    ours: &Domain,
    foreign: &Fqdn,
    transcript: &Transcript,
) -> CheckResult {
    let ways = ways(foreign, ours, host, target.address.ip());
    let mut tries = Vec::new();
    let ended = try_ways(target, &ways, transcript, &mut tries).await;
    let finding = match (judge(&tries), ended) {
        (Relaying::Open(way), _) => {
            Finding::fail(format!("mail from <{}> to <{}> is taken", way.sender, way.recipient), "every try refused")
                .instructions("Stop the mail server and look at its relay restrictions and at the networks it trusts.")
        }
        (_, Err(error)) => Finding::unknown(format!("{error}, after {} tries", tries.len())),
        (Relaying::Undecided, Ok(())) => {
            Finding::unknown("every try was put off (4yz): the server may be refusing everybody just now")
        }
        (Relaying::Closed(count), Ok(())) => Finding::pass(format!("{count} ways to relay refused")),
    };
    let lines = tries.iter().map(|t| {
        let control = if t.way.control { " (a control: does this home take any name?)" } else { "" };
        format!("MAIL FROM:<{}> RCPT TO:<{}>: {}{control}", t.way.sender, t.way.recipient, t.reply.text())
    });
    result("smtp-relay-open", Area::Smtp, &destination.subject(), finding.evidence(lines))
}
