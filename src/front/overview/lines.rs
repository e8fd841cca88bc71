//! An overview in lines of text, the same for the hub and for `mailwizard status`.

use super::{Overview, Part, Records};
use crate::checks::age;
use crate::front::size;

/// What is said while a look has not ended.
const AWAITED: &str = "...";

/// One line: what it is about, and what is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about, a word.
    pub label: &'static str,
    /// What is said, on one line; it may be cut at its end.
    pub text: String,
}

/// The state of the server, a line each.
pub fn lines(overview: &Overview) -> Vec<Line> {
    [
        ("Checks", checks(overview)),
        ("Domains", domains(overview)),
        ("Accounts", accounts(overview)),
        ("Mail", mail(overview)),
        ("Certificate", certificate(overview)),
        ("System", system(overview)),
    ]
    .into_iter()
    .map(|(label, text)| Line { label, text })
    .collect()
}

/// What is said of a part: `...` until its look has ended, or why it could not be found out.
fn said<T>(part: &Part<T>, words: impl FnOnce(&T) -> String) -> String {
    match part {
        Part::Awaited => AWAITED.into(),
        Part::Unknown(reason) => format!("not known: {}", crate::printable::excerpt(reason, 160)),
        Part::Known(found) => words(found),
    }
}

fn checks(overview: &Overview) -> String {
    said(&overview.checks, |last| {
        let Some(last) = last else { return "not run yet".into() };
        let summary = &last.summary;
        let counts = [
            (summary.fail, "failed"),
            (summary.warn, "warned"),
            (summary.unknown, "unknown"),
            (summary.pass, "ok"),
            (summary.info, "noted"),
        ];
        let counts: Vec<String> =
            counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
        match last.clock.as_str() {
            "" => counts.join(", "),
            clock => format!("{}; checked {clock}", counts.join(", ")),
        }
    })
}

fn domains(overview: &Overview) -> String {
    said(&overview.server, |server| {
        let word = |domain: &super::ServedDomain| match overview.records(&domain.name) {
            _ if domain.is_moving => format!("{} (moving here)", domain.name),
            None | Some(Records::Right) => domain.name.to_string(),
            Some(Records::NotLookedAt) => format!("{} (records not looked at)", domain.name),
            Some(Records::Wrong(1)) => format!("{} (1 record not right)", domain.name),
            Some(Records::Wrong(n)) => format!("{} ({n} records not right)", domain.name),
        };
        let trouble = |domain: &&super::ServedDomain| {
            domain.is_moving || !matches!(overview.records(&domain.name), None | Some(Records::Right))
        };
        // Those that are not well are named first: there may be hundreds.
        let (bad, good): (Vec<_>, Vec<_>) = server.domains.iter().partition(trouble);
        let count = if server.domains.len() > 1 { format!("{}: ", server.domains.len()) } else { String::new() };
        let names: Vec<String> = bad.into_iter().chain(good).take(20).map(word).collect();
        format!("{count}{}", names.join(", "))
    })
}

fn accounts(overview: &Overview) -> String {
    said(&overview.server, |server| {
        let mut words = vec![counted(server.accounts, "account"), counted(server.aliases, "alias")];
        match &overview.accounts {
            Part::Awaited => words.push(AWAITED.into()),
            Part::Unknown(_) => {}
            Part::Known(accounts) => {
                words.push(size::bytes(accounts.total));
                if let Some((address, bytes)) = accounts.largest.as_ref().filter(|_| server.accounts > 1) {
                    words.push(format!("the largest {address} ({})", size::bytes(*bytes)));
                }
            }
        }
        words.join(", ")
    })
}

fn mail(overview: &Overview) -> String {
    let queue = said(&overview.queue, |queue| match queue.waiting {
        0 => "queue empty".into(),
        n => format!("{n} in the queue, the oldest for {}", age(queue.oldest)),
    });
    let today = said(&overview.mail, |mail| {
        format!("since midnight {} in, {} out, {} refused", mail.received, mail.sent, mail.refused)
    });
    if queue == AWAITED && today == AWAITED { AWAITED.into() } else { format!("{queue}; {today}") }
}

fn certificate(overview: &Overview) -> String {
    said(&overview.certificate, |certificate| {
        let left = match certificate.days_left {
            None => return "none that can be used".into(),
            Some(..0) => "expired".into(),
            Some(left) => format!("{left} of {} left", days(certificate.lifetime)),
        };
        let served = match certificate.served {
            (_, 0) => "no mail port listens".into(),
            (good, all) if good == all => format!("served on all {all} sockets"),
            (good, all) => format!("served on {good} of {all} sockets"),
        };
        let kind = if certificate.is_self_signed { "self-signed; " } else { "" };
        format!("{kind}{left}; {served}")
    })
}

fn system(overview: &Overview) -> String {
    let system = said(&overview.system, |system| {
        let firewall = system.firewall.unwrap_or("no firewall");
        format!("{}; {} % disk; {firewall}", system.distribution, system.disk_used)
    });
    let updates = said(&overview.updates, |updates| match (updates.packages, updates.security) {
        (0, _) => "up to date".into(),
        (n, 0) => format!("{} to update", counted(n, "package")),
        (n, security) => format!("{} to update, {security} for security", counted(n, "package")),
    });
    if system == AWAITED { AWAITED.into() } else { format!("{system}; {updates}") }
}

/// "1 account", "2 accounts", "2 aliases".
pub(super) fn counted(number: usize, what: &str) -> String {
    match (number, what.ends_with('s')) {
        (1, _) => format!("1 {what}"),
        (n, true) => format!("{n} {what}es"),
        (n, false) => format!("{n} {what}s"),
    }
}

/// "1 day", "61 days".
pub(super) fn days(days: i64) -> String {
    if days == 1 { "1 day".into() } else { format!("{days} days") }
}

#[cfg(test)]
mod tests {
    use super::super::{Accounts, Certificate, MailToday, Queue, ServedDomain, Server, System, Updates};
    use super::*;
    use crate::spec::{Domain, Fqdn, Mailbox};

    fn text(overview: &Overview, label: &str) -> String {
        lines(overview).into_iter().find(|line| line.label == label).unwrap().text
    }

    #[test]
    fn what_is_not_looked_at_yet_is_three_dots() {
        assert!(lines(&Overview::default()).iter().all(|line| line.text == "..."));
    }

    #[test]
    fn each_part_fills_its_line() {
        let overview = Overview {
            server: Part::Known(Server {
                hostname: Fqdn::parse("mail.example.org").unwrap(),
                domains: ["example.org", "example.net"]
                    .map(|name| ServedDomain { name: Domain::parse(name).unwrap(), is_moving: name == "example.net" })
                    .into(),
                accounts: 14,
                aliases: 1,
            }),
            accounts: Part::Known(Accounts {
                total: 3_330_000_000,
                largest: Some((Mailbox::parse("alice@example.org").unwrap(), 1_300_000_000)),
            }),
            queue: Part::Known(Queue::default()),
            mail: Part::Known(MailToday { received: 212, sent: 31, refused: 87 }),
            certificate: Part::Known(Certificate {
                days_left: Some(61),
                lifetime: 90,
                is_self_signed: false,
                served: (6, 6),
                last_error: None,
                due: None,
            }),
            system: Part::Known(System {
                distribution: "Debian 13".into(),
                disk_used: 41,
                disk_free: 1,
                firewall: Some("nftables"),
            }),
            updates: Part::Known(Updates { packages: 12, security: 3, needs_restart: false }),
            checks: Part::Unknown("the file is damaged".into()),
            ..Overview::default()
        };
        assert_eq!(text(&overview, "Domains"), "2: example.net (moving here), example.org");
        assert_eq!(text(&overview, "Accounts"), "14 accounts, 1 alias, 3.1 GB, the largest alice@example.org (1.2 GB)");
        assert_eq!(text(&overview, "Mail"), "queue empty; since midnight 212 in, 31 out, 87 refused");
        assert_eq!(text(&overview, "Certificate"), "61 of 90 days left; served on all 6 sockets");
        assert_eq!(text(&overview, "System"), "Debian 13; 41 % disk; nftables; 12 packages to update, 3 for security");
        assert_eq!(text(&overview, "Checks"), "not known: the file is damaged");
    }

    #[test]
    fn numbers_are_said_as_people_say_them() {
        assert_eq!((counted(1, "alias"), counted(4, "alias")), ("1 alias".into(), "4 aliases".into()));
    }
}
