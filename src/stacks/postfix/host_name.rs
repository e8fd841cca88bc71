//! The host's name: `/etc/hosts`, `/etc/mailname`, and cloud-init told to leave both alone.

use std::net::IpAddr;

use super::server::Server;
use crate::stacks::{Desired, ManagedFile};

pub(super) fn add(server: &Server, desired: &mut Desired) {
    let spec = server.spec;
    desired.host_name = Some(spec.hostname.clone());
    let hosts = server.existing("/etc/hosts").unwrap_or(&server.facts.etc_hosts);
    desired.files.extend([
        ManagedFile::text("/etc/hosts", etc_hosts(server, hosts), "this host's own name"),
        ManagedFile::text("/etc/mailname", format!("{}\n", spec.hostname), "this host's own name for mail programs"),
    ]);
    if server.facts.has_cloud_init {
        let text = "# Written by mailwizard: without it the host name and /etc/hosts are put back at the next start.\npreserve_hostname: true\nmanage_etc_hosts: false\n";
        let path = "/etc/cloud/cloud.cfg.d/99-mailwizard.cfg";
        desired.files.push(ManagedFile::text(path, text.to_owned(), "cloud-init leaves the name alone"));
    }
}

/// The file with the host name on this machine's own addresses and nowhere else: on 127.0.1.1, where installers put it,
/// programs that look up their own name would take the machine for a loopback.
fn etc_hosts(server: &Server, existing: &str) -> String {
    let (name, short) = (server.spec.hostname.as_str(), server.spec.hostname.first_label());
    let mut text = String::new();
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
        } else if kept.is_empty() {
            continue;
        } else {
            text.push_str(&format!("{address} {}", kept.join(" ")));
            if let Some(comment) = comment {
                text.push_str(&format!(" #{comment}"));
            }
        }
        text.push('\n');
    }
    for address in own_addresses(server) {
        text.push_str(&format!("{address} {name} {short}\n"));
    }
    text
}

/// One address of each family that is on an interface; behind NAT that is the private one.
fn own_addresses(server: &Server) -> Vec<IpAddr> {
    let found = &server.facts.addresses;
    let egress = [found.egress_ipv4.map(IpAddr::V4), found.egress_ipv6.map(IpAddr::V6)];
    let addresses: Vec<IpAddr> = egress.into_iter().flatten().filter(|a| !a.is_loopback()).collect();
    if addresses.is_empty() { vec![IpAddr::from([127, 0, 1, 1])] } else { addresses }
}
