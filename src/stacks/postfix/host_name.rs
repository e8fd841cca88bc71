//! The host's name: `/etc/hosts`, `/etc/mailname`, and cloud-init told to leave both alone.

use std::net::IpAddr;

use super::server::Server;
use crate::facts::Addresses;
use crate::spec::Fqdn;
use crate::stacks::{Desired, ManagedFile};

pub(super) fn add(server: &Server, desired: &mut Desired) {
    let spec = server.spec;
    desired.host_name = Some(spec.hostname.clone());
    let existing = server.existing("/etc/hosts").unwrap_or(&server.facts.etc_hosts);
    let hosts = etc_hosts(existing, &spec.hostname, &own_addresses(&server.facts.addresses));
    desired.files.extend([
        // A start copies it into Postfix's chroot.
        ManagedFile::text("/etc/hosts", hosts, "this host's own name")
            .used_by(&["postfix.service"])
            .restarts(&["postfix.service"]),
        ManagedFile::text("/etc/mailname", format!("{}\n", spec.hostname), "this host's own name for mail programs"),
    ]);
    if server.facts.has_cloud_init {
        let text = "# Written by mailwizard: without it the host name and /etc/hosts are put back at the next start.\npreserve_hostname: true\nmanage_etc_hosts: false\n";
        let path = "/etc/cloud/cloud.cfg.d/99-mailwizard.cfg";
        desired.files.push(ManagedFile::text(path, text.to_owned(), "cloud-init leaves the name alone"));
    }
}

/// The file with the host name on this machine's own addresses and nowhere else: on 127.0.1.1, where installers put it,
/// programs that look up their own name would take the machine for a loopback. Where no address of a family was found,
/// one that the name has already stays: an interface may just be coming up.
fn etc_hosts(existing: &str, host: &Fqdn, found: &[IpAddr]) -> String {
    let (name, short) = (host.as_str(), host.first_label());
    let mut text = String::new();
    let mut own = found.to_vec();
    for line in existing.lines() {
        let (entry, comment) = line.split_once('#').map_or((line, None), |(e, c)| (e, Some(c)));
        let mut words = entry.split_whitespace();
        let Some(address) = words.next() else {
            text.push_str(line);
            text.push('\n');
            continue;
        };
        let all: Vec<&str> = words.collect();
        let kept: Vec<&str> = all.iter().copied().filter(|w| ![name, short].contains(w)).collect();
        if kept.len() == all.len() {
            text.push_str(line);
            text.push('\n');
            continue;
        }
        if let Ok(address) = address.parse::<IpAddr>()
            && !address.is_loopback()
            && !own.iter().any(|o| o.is_ipv4() == address.is_ipv4())
        {
            own.push(address);
        }
        if kept.is_empty() {
            continue;
        }
        text.push_str(&format!("{address} {}", kept.join(" ")));
        if let Some(comment) = comment {
            text.push_str(&format!(" #{comment}"));
        }
        text.push('\n');
    }
    if own.is_empty() {
        own.push(IpAddr::from([127, 0, 1, 1]));
    }
    own.sort();
    for address in own {
        text.push_str(&format!("{address} {name} {short}\n"));
    }
    text
}

/// One address of each family that is on an interface; behind NAT that is the private one.
fn own_addresses(found: &Addresses) -> Vec<IpAddr> {
    let egress = [found.egress_ipv4.map(IpAddr::V4), found.egress_ipv6.map(IpAddr::V6)];
    egress.into_iter().flatten().filter(|a| !a.is_loopback()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_moves_from_the_loopback_to_the_machines_own_addresses() {
        let host = Fqdn::parse("mail.example.org").unwrap();
        let before = "# by cloud-init\n127.0.0.1 localhost mail\n127.0.1.1 mail.example.org mail\n127.0.1.1 vps-1 mail.example.org # old\n\n::1 localhost\n";
        let after = "# by cloud-init\n127.0.0.1 localhost\n127.0.1.1 vps-1 # old\n\n::1 localhost\n192.0.2.10 mail.example.org mail\n";
        let own = ["192.0.2.10".parse().unwrap()];
        assert_eq!(etc_hosts(before, &host, &own), after);
        assert_eq!(etc_hosts(after, &host, &own), after);
    }

    #[test]
    fn an_address_that_is_away_for_a_moment_stays_named() {
        let host = Fqdn::parse("mail.example.org").unwrap();
        let both = "192.0.2.10 mail.example.org mail\n2001:db8::10 mail.example.org mail\n";
        let (v4, other) = ("192.0.2.10".parse().unwrap(), "192.0.2.99".parse().unwrap());
        assert_eq!(etc_hosts(both, &host, &[v4]), both);
        assert_eq!(etc_hosts(both, &host, &[]), both);
        assert_eq!(etc_hosts(both, &host, &[other]), both.replace("2.10", "2.99"));
    }

    #[test]
    fn without_an_address_the_name_still_resolves() {
        let host = Fqdn::parse("mail.example.org").unwrap();
        assert_eq!(etc_hosts("127.0.0.1 mail\n", &host, &[]), "127.0.1.1 mail.example.org mail\n");
    }
}
