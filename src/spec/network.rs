//! The machine's addresses, its way out, its resolver, its firewall.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Fqdn, Spec};

/// `[network]`. What is absent is found out on the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Network {
    /// The public IPv4 address, where it is not an interface's (NAT).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv4: Option<Ipv4Addr>,
    /// The public IPv6 address, where it is not the one found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<Ipv6Addr>,
    /// Which family mail is sent over.
    pub outbound: OutboundFamily,
    /// A server that takes our outgoing mail, where port 25 is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay: Option<Relay>,
}

/// Which address family outgoing mail uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutboundFamily {
    /// Both, as the receiver's records offer them.
    #[default]
    Both,
    /// IPv4 only: for machines whose IPv6 address has no PTR.
    Ipv4,
    /// IPv6 only.
    Ipv6,
}

/// `[network.relay]`: submission with credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// The relay's host name.
    pub host: Fqdn,
    /// Its port; 587 with STARTTLS, or 465 with TLS from the first byte.
    #[serde(default = "submission_port")]
    pub port: u16,
    /// The user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// A file whose first line is the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_file: Option<PathBuf>,
    /// What the relay asks to have in SPF, for example `include:_spf.relay.example`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spf: Option<String>,
}

impl Relay {
    /// Where the wizard keeps a relay's password that was typed (0600, root).
    pub const PASSWORD_FILE: &'static str = "/var/lib/mailwizard/relay-password";
}

fn submission_port() -> u16 {
    587
}

/// `[resolver]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Resolver {
    /// Whether to run our own.
    pub mode: ResolverMode,
    /// Root hints for unbound instead of the built-in ones (closed networks).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_hints: Option<PathBuf>,
    /// DNSSEC trust anchor of the root instead of the distribution's (closed networks).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust_anchor: Option<PathBuf>,
}

/// Who answers the server's DNS questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResolverMode {
    /// A validating unbound on loopback: block lists answer it, and DANE can be believed.
    #[default]
    Unbound,
    /// What the machine has.
    Keep,
}

/// `[firewall]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Firewall {
    /// Open our ports in a firewall that is active. One that is not active is never switched on.
    pub manage: bool,
}

impl Default for Firewall {
    fn default() -> Self {
        Self { manage: true }
    }
}

pub(super) fn problems(spec: &Spec, problems: &mut Vec<String>) {
    if let Some(relay) = &spec.network.relay {
        if relay.username.is_some() != relay.password_file.is_some() {
            problems.push("network.relay needs both username and password_file, or neither.".into());
        }
        if let Some(user) = &relay.username
            && (user.is_empty() || user.chars().any(|c| c.is_control() || c == ' '))
        {
            problems.push("network.relay.username is empty or holds a space or control character.".into());
        }
        if let Some(spf) = &relay.spf
            && (spf.is_empty() || !spf.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\'))
        {
            problems
                .push("network.relay.spf is not one SPF mechanism: write it like 'include:_spf.example.net'.".into());
        }
        if relay.port == 0 {
            problems.push("network.relay.port is 0: 587 and 465 are usual.".into());
        }
    }
}
