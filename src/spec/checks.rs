//! Settings of the checks.

use serde::{Deserialize, Serialize};

use super::{Fqdn, Mailbox};

/// `[checks]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checks {
    /// Hosts that are connected to on port 25 to see whether mail can leave: well-known MX hosts of several owners.
    pub port25_targets: Vec<Fqdn>,
    /// DNS block lists that are asked about our addresses.
    pub dnsbl: Vec<Fqdn>,
    /// DNS block lists that are asked about our domains.
    pub dnsbl_domains: Vec<Fqdn>,
    /// DNS lists of good senders that are asked about our addresses.
    pub dnswl: Vec<Fqdn>,
    /// Addresses of the operator's at other providers, to try the way there up to RCPT; nothing is sent.
    pub remote_addresses: Vec<Mailbox>,
}

impl Default for Checks {
    fn default() -> Self {
        let names = |list: &[&str]| list.iter().filter_map(|n| Fqdn::parse(n).ok()).collect();
        Self {
            port25_targets: names(&["gmail-smtp-in.l.google.com", "mx1.mail.icloud.com", "mta5.am0.yahoodns.net"]),
            dnsbl: names(&["zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org"]),
            dnsbl_domains: names(&["dbl.spamhaus.org"]),
            dnswl: names(&["list.dnswl.org"]),
            remote_addresses: Vec::new(),
        }
    }
}
