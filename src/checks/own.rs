//! What is known of our own server and of nobody else's.

use std::net::IpAddr;
use std::sync::Arc;

use crate::facts::Facts;
use crate::host::Host;
use crate::keys::check_account::CheckLogin;
use crate::records::{Known, Record, RecordKind, wanted};
use crate::spec::{Domain, Spec};
use crate::stacks::Desired;

/// Our own server: what its owner wants of it, and what was found on the machine.
#[derive(Clone)]
pub struct Own {
    /// What the server should be.
    pub spec: Spec,
    /// What was found on the machine; default when the checks run elsewhere.
    pub facts: Facts,
    /// The machine itself, when the checks run on the server as root.
    pub host: Option<Arc<dyn Host>>,
    /// What is known for records: addresses, public halves of the DKIM keys in use, the CA's name.
    pub known: Known,
    /// How the machine should be; empty when the checks run elsewhere.
    pub desired: Desired,
    /// The checks' own login, once an apply has made it.
    pub login: Option<CheckLogin>,
}

impl Own {
    /// A server of which only the wish is known.
    pub fn wished(spec: Spec) -> Self {
        Self {
            spec,
            facts: Facts::default(),
            host: None,
            known: Known::default(),
            desired: Desired::default(),
            login: None,
        }
    }

    /// Addresses that our mail leaves from.
    pub fn egress(&self) -> Vec<IpAddr> {
        self.known.egress(&self.spec)
    }

    /// The record that we want at this name; `None` where we want none of that kind.
    pub fn record(&self, name: &str, kind: RecordKind) -> Option<Record> {
        wanted(&self.spec, &self.known).into_iter().find(|r| r.name == name && r.kind == kind)
    }

    /// Addresses that our own ports are asked at: those of the interfaces, because a connection to the public address
    /// behind NAT need not come back. None when the machine is not the server.
    pub fn addresses(&self) -> Vec<IpAddr> {
        if self.host.is_none() {
            return Vec::new();
        }
        let mut addresses = self.facts.addresses.interfaces.clone();
        // Temporary addresses of one interface (RFC 8981) lead to the same sockets: one of each family is enough, and
        // the one that mail leaves from is the one that counts.
        addresses.sort_by_key(|a| {
            let egress = match a {
                IpAddr::V4(v4) => self.facts.addresses.egress_ipv4 == Some(*v4),
                IpAddr::V6(v6) => self.facts.addresses.egress_ipv6 == Some(*v6),
            };
            (a.is_ipv6(), !egress)
        });
        addresses.dedup_by_key(|a| a.is_ipv4());
        addresses
    }

    /// The domains that mail is taken for here; none when the machine is not the server.
    pub fn served(&self) -> Vec<Domain> {
        if self.addresses().is_empty() {
            return Vec::new();
        }
        self.spec.domains.iter().filter(|d| !d.moving_from_another_server).map(|d| d.name.clone()).collect()
    }
}
