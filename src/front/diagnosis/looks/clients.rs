//! What a mail program or its owner runs into: a ban, a port that is not served.

use std::net::IpAddr;

use super::output;
use crate::host::Host;
use crate::symptoms::{Evidence, Look};

/// Words by which an operator says that it depends on the place.
const PLACE: [&str; 12] = [
    "home",
    "office",
    "elsewhere",
    "mobile data",
    "wifi",
    "wlan",
    "other network",
    "ban",
    "locked out",
    "my ip",
    "lte",
    "only from",
];

/// Who is shut out now. It counts where it can be the one who complains: an address that he named, one that has logged
/// in here before, or any where he says that it depends on the place. Others are strangers that guess passwords.
pub(super) fn banned(host: &dyn Host, evidence: &Evidence) -> Vec<Look> {
    let Some(list) = output(host, "fail2ban-client", &["banned"]) else { return Vec::new() };
    let shut_out: Vec<&str> = list
        .split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, '.' | ':')))
        .filter(|word| word.parse::<IpAddr>().is_ok())
        .collect();
    let said = evidence.said.to_lowercase();
    let named: Vec<String> = evidence.mentioned().into_iter().filter(|m| m.parse::<IpAddr>().is_ok()).collect();
    let known = |address: &str| evidence.has_logged_in(address);
    let theirs: Vec<&str> = match named.is_empty() {
        false => shut_out.iter().filter(|a| named.iter().any(|n| n == *a)).copied().collect(),
        true if PLACE.iter().any(|word| said.contains(word)) => shut_out.clone(),
        true => shut_out.iter().filter(|a| known(a)).copied().collect(),
    };
    let listed = |addresses: &[&str]| addresses.iter().take(10).copied().collect::<Vec<_>>().join(", ");
    if !theirs.is_empty() {
        return vec![Look { id: "banned", line: format!("fail2ban shuts out {}", listed(&theirs)) }];
    }
    let mut looks = vec![Look { id: "not-banned", line: "fail2ban shuts nobody out that it could be".to_owned() }];
    if !shut_out.is_empty() && named.is_empty() {
        let line = format!("fail2ban shuts out {}: if one of them is the client, that is it", listed(&shut_out));
        looks.push(Look { id: "possible", line });
    }
    looks
}

/// A mail port that the operator named and that nothing serves here.
pub(super) fn wrong_port(host: &dyn Host, said: &str) -> Option<Look> {
    const ASKED_AT: [u16; 5] = [110, 143, 995, 2525, 2526];
    let words = said.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse::<u16>().ok());
    let named: Vec<u16> = words.filter(|port| ASKED_AT.contains(port)).collect();
    let listeners = host.listeners().ok()?;
    let is_served = |port: u16| listeners.iter().any(|l| l.port == port && !l.address.is_loopback());
    let port = named.into_iter().find(|port| !is_served(*port))?;
    let served: Vec<String> = [993, 465, 587].into_iter().filter(|p| is_served(*p)).map(|p| p.to_string()).collect();
    (!served.is_empty()).then(|| Look {
        id: "wrong-port",
        line: format!("you named port {port}: nothing listens there; {} are served", served.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Listener;
    use crate::host::FakeHost;

    #[test]
    fn only_a_port_that_is_not_served_is_wrong() {
        let host = FakeHost::default();
        let listener = |port| Listener { address: "0.0.0.0".parse().unwrap(), port, pid: None, process: None };
        host.machine().listeners = vec![listener(993), listener(465), listener(995)];
        assert!(wrong_port(&host, "imap on port 143 is refused").is_some_and(|l| l.line.contains("993, 465")));
        for said in ["pop3 on 995", "port 993", "since 1430 today", "550 5.7.26"] {
            assert_eq!(wrong_port(&host, said), None, "{said}");
        }
    }
}
