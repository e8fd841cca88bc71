//! What was found on the machine: plain data, gathered by `host::gather`, read by everything pure.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Everything that could be found out without asking the operator.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// `/etc/os-release`.
    pub distribution: Distribution,
    /// Installed or, where nothing is installed, candidate versions of the packages that configuration depends on.
    pub packages: BTreeMap<String, PackageVersion>,
    /// The current host name (`/proc/sys/kernel/hostname`).
    pub host_name: String,
    /// `/etc/hosts`, whole.
    pub etc_hosts: String,
    /// Whether the effective user is root.
    pub is_root: bool,
    /// Whether systemd is PID 1.
    pub has_systemd: bool,
    /// Whether cloud-init is installed and puts names back at boot.
    pub has_cloud_init: bool,
    /// Global addresses of the interfaces.
    pub addresses: Addresses,
    /// Memory in bytes: total, available, swap.
    pub memory: Memory,
    /// Space of the file systems that mail and configuration live on.
    pub disks: Vec<Disk>,
    /// Whether the clock is synchronised; `None` when nothing could say.
    pub clock_synchronised: Option<bool>,
    /// What listens on TCP, with the process where root may see it.
    pub listeners: Vec<Listener>,
    /// Who answers DNS questions now.
    pub resolver: ResolverFacts,
    /// The firewall that is active.
    pub firewall: FirewallFacts,
    /// Ports of sshd, and of the connection the operator came by.
    pub ssh_ports: Vec<u16>,
    /// The MTA that is installed already, if any ("exim4").
    pub foreign_mta: Option<String>,
    /// Certificates that are on the machine already.
    pub certificates: Vec<FoundCertificate>,
    /// Virtualisation as systemd-detect-virt names it ("kvm", "systemd-nspawn", "none").
    pub virtualisation: String,
    /// The path of this program, for the units that run it.
    pub program: Option<PathBuf>,
    /// Uid and gid that vmail has, or will get.
    pub vmail_ids: Option<(u32, u32)>,
}

/// The distribution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// `ID`, for example "debian".
    pub id: String,
    /// `VERSION_ID`, for example "13".
    pub version: String,
    /// `VERSION_CODENAME`, for example "trixie".
    pub codename: String,
    /// `PRETTY_NAME`.
    pub pretty_name: String,
}

impl Distribution {
    /// Whether this program sets it up: Debian 12 and 13; Ubuntu 24.04 and 26.04 are rendered but were not run.
    pub fn support(&self) -> Support {
        match (self.id.as_str(), self.version.as_str()) {
            ("debian", "12" | "13") => Support::Run,
            ("ubuntu", "24.04" | "26.04") => Support::RenderedOnly,
            _ => Support::None,
        }
    }
}

/// How well a distribution is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Set up and verified in the lab.
    Run,
    /// Configuration is rendered and compared with golden files, but was never run.
    RenderedOnly,
    /// Not at all.
    None,
}

/// A package's version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageVersion {
    /// The version that counts: the installed one, else the candidate ("1:2.4.1+dfsg1-6").
    pub version: String,
    /// Whether it is installed.
    pub installed: bool,
}

impl PackageVersion {
    /// Major and minor number of the upstream version ("1:2.4.1+dfsg1" gives (2, 4)).
    pub fn major_minor(&self) -> Option<(u32, u32)> {
        let upstream = self.version.split_once(':').map_or(self.version.as_str(), |(_, rest)| rest);
        let mut numbers = upstream.split(|c: char| !c.is_ascii_digit());
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

/// Addresses of this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// Addresses on interfaces that are neither loopback nor link-local, private ones included.
    pub interfaces: Vec<IpAddr>,
    /// The source address of a UDP connect() towards the IPv4 internet: what others see unless there is NAT.
    pub egress_ipv4: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub egress_ipv6: Option<Ipv6Addr>,
}

/// Memory in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// `MemTotal`.
    pub total: u64,
    /// `MemAvailable`.
    pub available: u64,
    /// `SwapTotal`.
    pub swap: u64,
}

/// One file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disk {
    /// The path that was asked about.
    pub path: PathBuf,
    /// Size in bytes.
    pub total: u64,
    /// Bytes that an ordinary user may still write (`f_bavail`).
    pub available: u64,
    /// Free inodes in percent; 100 where the file system has no limit.
    pub inodes_free_percent: u8,
}

/// A listening TCP socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The address it is bound to.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// Process id, where it could be seen.
    pub pid: Option<u32>,
    /// Name of the executable, where it could be seen ("exim4").
    pub process: Option<String>,
}

/// Who answers DNS questions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolverFacts {
    /// `nameserver` lines of `/etc/resolv.conf`.
    pub servers: Vec<IpAddr>,
    /// Whether `options trust-ad` is set.
    pub trust_ad: bool,
    /// Who writes `/etc/resolv.conf`.
    pub owner: ResolvConfOwner,
    /// `/etc/resolv.conf`, whole.
    pub resolv_conf: String,
}

/// Who writes `/etc/resolv.conf`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolvConfOwner {
    /// A plain file that nothing rewrites.
    #[default]
    PlainFile,
    /// systemd-resolved (a link into `/run/systemd/resolve`).
    SystemdResolved,
    /// The resolvconf or openresolv program.
    Resolvconf,
    /// dhclient or ifupdown's hooks.
    Dhclient,
    /// NetworkManager.
    NetworkManager,
    /// dhcpcd (Debian 13's ifupdown).
    Dhcpcd,
}

/// The firewall that is active.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FirewallFacts {
    /// None: nothing filters incoming connections on this machine.
    #[default]
    None,
    /// ufw is active.
    Ufw {
        /// `ufw status` lines.
        rules: Vec<String>,
    },
    /// firewalld runs.
    Firewalld {
        /// The default zone.
        zone: String,
        /// Services and ports open in it.
        open: Vec<String>,
    },
    /// An nftables input hook that is not of the two above.
    Nftables {
        /// Family, table and chain of the input hook.
        chain: (String, String, String),
        /// `nft list ruleset`.
        ruleset: String,
        /// Whether its policy or a last rule drops what is not accepted.
        drops: bool,
    },
}

/// A certificate found on the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundCertificate {
    /// Where the chain is.
    pub chain_file: PathBuf,
    /// Where its key is.
    pub key_file: PathBuf,
    /// DNS names of the leaf.
    pub names: Vec<String>,
    /// End of validity, seconds since 1970.
    pub not_after: i64,
    /// Who renews it ("certbot").
    pub renewed_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_versions_are_read_out_of_debian_ones() {
        for (version, numbers) in [
            ("1:2.4.1+dfsg1-6+deb13u1", Some((2, 4))),
            ("3.7.11-0+deb12u1", Some((3, 7))),
            ("3.12.1", Some((3, 12))),
            ("x", None),
        ] {
            assert_eq!(PackageVersion { version: version.into(), installed: true }.major_minor(), numbers, "{version}");
        }
    }
}
