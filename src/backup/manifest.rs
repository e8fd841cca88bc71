//! A backup's own papers: what it is, what belongs to it, and where it ends.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::spec::Fqdn;

/// The newest format that this program writes and reads.
pub(super) const FORMAT: u32 = 1;
/// So many members have a manifest together: neither side ever holds more of it.
pub(super) const PORTION: usize = 10_000;

/// The first member: what this is and where it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Version of the format.
    pub format: u32,
    /// The program that wrote it.
    pub program: String,
    /// When, RFC 3339.
    pub made: String,
    /// The server.
    pub hostname: Fqdn,
    /// Its distribution ("Debian GNU/Linux 12 (bookworm)").
    pub distribution: String,
    /// Its Dovecot, major and minor number.
    pub dovecot: Option<(u32, u32)>,
    /// The address it was known by.
    pub ipv4: Option<Ipv4Addr>,
    /// The same for IPv6.
    pub ipv6: Option<Ipv6Addr>,
    /// Whether mail is in it.
    pub mail: bool,
    /// Whether the history is in it.
    pub history: bool,
}

/// The last member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    /// How many members there were before it, manifests left out.
    pub members: u64,
    /// Bytes of their content.
    pub bytes: u64,
}

/// One line of a manifest, as `sha256sum` writes it: a name with a backslash or line break is escaped and marked.
pub(super) fn line(digest: &str, name: &str) -> String {
    if name.contains(['\\', '\n', '\r']) {
        let name = name.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        return format!("\\{digest}  {name}\n");
    }
    format!("{digest}  {name}\n")
}

/// The name of the manifest with this number, counted from 1.
pub(super) fn name(number: u64) -> String {
    format!("{}{number:04}.sha256", super::name::MANIFEST)
}
