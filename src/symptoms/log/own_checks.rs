//! Lines that our own checks cause. They try on purpose what must be refused; that is no sign of anything.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::line::Line;

/// Words that our checks bring along.
const WORDS: [&str; 2] = ["mailwizard-check", "<relaytest"];
/// What smtpd(8) says of a client, before its name and address.
const CONNECT: &str = "connect from ";
/// The most connections at once that are followed.
const CONNECTIONS: usize = 256;

/// Which lines are caused by checks: those with their words and, on the machine itself, TLS handshakes that failed
/// between it and itself, whose lines cannot have such words. The checks offer old versions of TLS.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnChecks {
    addresses: BTreeSet<IpAddr>,
    /// Processes of Postfix that serve such a connection now: what smtpd(8) writes of TLS does not name the client.
    serving: BTreeSet<u32>,
}

impl OwnChecks {
    /// On the machine that has these addresses; loopback ones are known.
    pub(super) fn from(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        Self {
            addresses: addresses.into_iter().chain([Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]).collect(),
            serving: BTreeSet::new(),
        }
    }

    /// Whether this line may say who is connected to which process.
    pub(super) fn is_to_follow(&self, line: &Line<'_>) -> bool {
        !self.addresses.is_empty() && line.message.starts_with(CONNECT)
    }

    /// Follows who is connected to which process.
    pub(super) fn follow(&mut self, line: &Line<'_>) {
        if !self.is_to_follow(line) {
            return;
        }
        let Some((client, pid)) = line.message.strip_prefix(CONNECT).zip(line.pid) else { return };
        let address = client.rsplit_once('[').and_then(|(_, address)| address.strip_suffix(']'));
        if self.is_own(address) && self.serving.len() < CONNECTIONS {
            self.serving.insert(pid);
        } else {
            self.serving.remove(&pid);
        }
    }

    /// Whether this line, one that a pattern knows, comes of a check.
    pub(super) fn caused(&self, line: &Line<'_>) -> bool {
        if WORDS.iter().any(|word| line.message.contains(word)) {
            return true;
        }
        if line.message.contains("TLS library problem") {
            return line.pid.is_some_and(|pid| self.serving.contains(&pid));
        }
        // As Dovecot's login_log_format_elements have it.
        line.message.contains("SSL_accept() failed")
            && self.is_own(line.message.split_once("rip=").and_then(|(_, rest)| rest.split([',', ' ']).next()))
    }

    fn is_own(&self, address: Option<&str>) -> bool {
        address.and_then(|address| address.parse().ok()).is_some_and(|address| self.addresses.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use crate::symptoms::log::{Clock, Scan};

    fn found(log: &str) -> Vec<&'static str> {
        let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let mut scan = Scan::new(clock, None).of_machine(["198.51.100.10".parse().unwrap()]);
        log.lines().for_each(|line| scan.line(line));
        scan.found().map(|(id, _)| id).collect()
    }

    const SMTPD: &str = "Jan  5 08:50:12 mail postfix/smtpd[7]: ";
    const PROBLEM: &str = "warning: TLS library problem: error:0A000102:SSL routines::unsupported protocol:x.c:1:";

    #[test]
    fn a_handshake_of_this_machine_with_itself_says_nothing_of_clients() {
        for own in ["mail.example.org[198.51.100.10]", "localhost[127.0.0.1]", "localhost[::1]"] {
            assert_eq!(found(&format!("{SMTPD}connect from {own}\n{SMTPD}{PROBLEM}")), [""; 0], "{own}");
        }
        let imap = "Jan  5 08:50:12 mail dovecot: imap-login: Disconnected: SSL_accept() failed: error:0A000102:SSL routines::unsupported protocol: user=<>, rip=198.51.100.10, lip=198.51.100.10, TLS";
        assert_eq!(found(imap), [""; 0]);
    }

    #[test]
    fn one_of_another_client_does_even_of_a_process_that_served_a_check_before() {
        let stranger = format!("{SMTPD}connect from a[192.0.2.1]\n{SMTPD}{PROBLEM}");
        assert_eq!(found(&stranger), ["pf-tls-proto"]);
        assert_eq!(found(&format!("{SMTPD}connect from localhost[127.0.0.1]\n{stranger}")), ["pf-tls-proto"]);
        assert_eq!(found(&format!("{SMTPD}{PROBLEM}")), ["pf-tls-proto"], "nobody knows whose it is");
        let imap = "Jan  5 08:50:12 mail dovecot: imap-login: Disconnected: SSL_accept() failed: error:0A000102:SSL routines::unsupported protocol: user=<>, rip=192.0.2.1, lip=198.51.100.10, TLS";
        assert_eq!(found(imap), ["dc-tls-old"]);
    }
}
