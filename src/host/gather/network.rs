//! Addresses, resolver, ports of SSH.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use super::{answer, text};
use crate::facts::{Addresses, Listener, ResolvConfOwner, ResolverFacts};
use crate::host::{Host, HostError};

/// Addresses far away, of a root name server: only the way there is asked of the kernel, nothing is sent.
const FAR_V4: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 41, 0, 4));
const FAR_V6: IpAddr = IpAddr::V6(Ipv6Addr::new(0x2001, 0x503, 0xba3e, 0, 0, 0, 2, 0x30));

/// An address is free to be used after a second or two.
const LOOKS: usize = 12;
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

pub(super) fn addresses(host: &dyn Host) -> Result<Addresses, HostError> {
    let v4 = |address| if let IpAddr::V4(v4) = address { Some(v4) } else { None };
    let v6 = |address| if let IpAddr::V6(v6) = address { Some(v6) } else { None };
    Ok(Addresses {
        interfaces: host.interface_addresses()?,
        egress_ipv4: host.egress(FAR_V4).and_then(v4),
        egress_ipv6: egress_v6(host)?.and_then(v6),
    })
}

/// The way out by IPv6. An address that is just coming up is waited for: without it, all would be planned for a machine
/// that has no IPv6.
fn egress_v6(host: &dyn Host) -> Result<Option<IpAddr>, HostError> {
    for _ in 0..LOOKS {
        let found = host.egress(FAR_V6);
        if found.is_some() || !an_address_comes_up(host)? {
            return Ok(found);
        }
        host.sleep(BETWEEN_LOOKS);
    }
    Ok(host.egress(FAR_V6))
}

/// Whether a global IPv6 address is still being looked for on the link (RFC 4862 section 5.4): `/proc/net/if_inet6`,
/// "address index prefix scope flags name", of which scope 0 is global and the flags are IFA_F_TENTATIVE and
/// IFA_F_DADFAILED of rtnetlink(7).
fn an_address_comes_up(host: &dyn Host) -> Result<bool, HostError> {
    let (tentative, refused) = (0x40, 0x08);
    let lines = text(host, "/proc/net/if_inet6")?.unwrap_or_default();
    Ok(lines.lines().any(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let flags = words.get(4).and_then(|flags| u32::from_str_radix(flags, 16).ok()).unwrap_or(0);
        words.get(3) == Some(&"00") && flags & tentative != 0 && flags & refused == 0
    }))
}

/// `/etc/resolv.conf` (resolv.conf(5)) and who writes it.
pub(super) fn resolver(host: &dyn Host) -> Result<ResolverFacts, HostError> {
    let resolv_conf = text(host, "/etc/resolv.conf")?.unwrap_or_default();
    let words = |line: &'_ str| line.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lines: Vec<Vec<String>> = resolv_conf.lines().map(words).collect();
    let servers = lines.iter().filter(|w| w.first().is_some_and(|w| w == "nameserver"));
    let trust_ad = lines.iter().any(|w| w.first().is_some_and(|w| w == "options") && w.iter().any(|w| w == "trust-ad"));
    Ok(ResolverFacts {
        servers: servers.filter_map(|w| w.get(1)?.parse().ok()).collect(),
        trust_ad,
        owner: resolv_conf_owner(host, &resolv_conf)?,
        resolv_conf,
    })
}

fn resolv_conf_owner(host: &dyn Host, content: &str) -> Result<ResolvConfOwner, HostError> {
    let target = host.link_target(Path::new("/etc/resolv.conf"))?;
    let target = target.as_deref().map(|t| t.to_string_lossy().into_owned()).unwrap_or_default();
    let comments: String = content.lines().filter(|l| l.starts_with(['#', ';'])).collect();
    // The file that we put in an owner's place names him in a comment: he is still there. resolvconf's own comment
    // speaks of systemd-resolved's address.
    let says_resolved = ["managed by man:systemd-resolved", "in place of systemd-resolved"];
    let is_resolveds = says_resolved.iter().any(|words| comments.contains(words));
    Ok(if target.contains("systemd/resolve") || (is_resolveds && !target.contains("resolvconf")) {
        ResolvConfOwner::SystemdResolved
    } else if target.contains("resolvconf") || comments.to_lowercase().contains("resolvconf") {
        ResolvConfOwner::Resolvconf
    } else if target.contains("NetworkManager") || comments.contains("NetworkManager") {
        ResolvConfOwner::NetworkManager
    } else if comments.contains("dhcpcd") {
        ResolvConfOwner::Dhcpcd
    } else if host.list(Path::new("/var/lib/dhcp"))?.iter().any(|name| name.starts_with("dhclient")) {
        ResolvConfOwner::Dhclient
    } else {
        ResolvConfOwner::PlainFile
    })
}

/// Ports that sshd is configured for.
pub(super) fn sshd_ports(host: &dyn Host) -> Result<Vec<u16>, HostError> {
    let said = answer(host, "sshd", &["-T"])?.unwrap_or_default();
    Ok(said.lines().filter_map(|line| line.strip_prefix("port ")?.trim().parse().ok()).collect())
}

/// All ports by which the operator may come in: configured, listened on, and of the connection of this moment.
pub(super) fn ssh_ports(host: &dyn Host, configured: Vec<u16>, listeners: &[Listener]) -> Vec<u16> {
    let mut ports: BTreeSet<u16> = configured.into_iter().collect();
    ports.extend(listeners.iter().filter(|l| l.process.as_deref().is_some_and(|p| p.contains("sshd"))).map(|l| l.port));
    // "client-address client-port server-address server-port", ssh(1).
    let connection = host.environment("SSH_CONNECTION").unwrap_or_default();
    ports.extend(connection.split(' ').nth(3).and_then(|port| port.parse::<u16>().ok()));
    ports.into_iter().collect()
}
