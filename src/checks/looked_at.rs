//! What a run looks at: domains, and hosts with the addresses they are asked at.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::spec::{Domain, Fqdn};

/// The domains and hosts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedAt {
    /// Mail domains, in the order they were given.
    pub domains: Vec<Domain>,
    /// Mail hosts: given by name, or found as the MX of one of the domains.
    pub hosts: Vec<MailHost>,
    /// The hosts that take the mail of each domain, the most preferred first; a domain without any is absent.
    pub mx: BTreeMap<Domain, Vec<Fqdn>>,
}

/// A mail host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailHost {
    /// Its name.
    pub name: Fqdn,
    /// Where it is asked, each address once.
    pub addresses: Vec<IpAddr>,
    /// Addresses that this machine has no way to; nothing can be said about those.
    pub unreachable: Vec<IpAddr>,
    /// Whether a domain that is looked at sends its mail there: port 25 then has to answer.
    pub is_mx: bool,
    /// Whether it was named by who asked, and not only found: its ports for mail programs are then looked at too.
    pub is_given: bool,
}

impl LookedAt {
    /// The host of this name.
    pub fn host(&self, name: &Fqdn) -> Option<&MailHost> {
        self.hosts.iter().find(|h| h.name == *name)
    }

    /// Adds a host, or what is new about one that is there.
    pub fn add(&mut self, host: MailHost) {
        match self.hosts.iter_mut().find(|h| h.name == host.name) {
            None => self.hosts.push(host),
            Some(known) => {
                known.is_mx |= host.is_mx;
                known.is_given |= host.is_given;
                for address in host.addresses {
                    if !known.addresses.contains(&address) {
                        known.addresses.push(address);
                    }
                }
            }
        }
    }
}
