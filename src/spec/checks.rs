//! Settings of the checks.

use serde::{Deserialize, Serialize};

use super::Fqdn;

/// `[checks]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checks {
    /// Hosts that are connected to on port 25 to see whether mail can leave: well-known MX hosts of several owners.
    pub port25_targets: Vec<Fqdn>,
    /// DNS block lists that are asked about our addresses.
    pub dnsbl: Vec<Fqdn>,
}

impl Default for Checks {
    fn default() -> Self {
        let names = |list: &[&str]| list.iter().filter_map(|n| Fqdn::parse(n).ok()).collect();
        Self {
            port25_targets: names(&["gmail-smtp-in.l.google.com", "mx1.mail.icloud.com", "mta5.am0.yahoodns.net"]),
            dnsbl: names(&["zen.spamhaus.org", "bl.spamcop.net", "b.barracudacentral.org"]),
        }
    }
}
