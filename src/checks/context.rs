//! What checks look at.

use std::net::IpAddr;
use std::sync::Arc;

use crate::facts::Facts;
use crate::finding::Finding;
use crate::host::{Host, HostError};
use crate::probe::dns::DnsClient;
use crate::records::Known;
use crate::spec::{Domain, Fqdn, Selector, Spec};

/// Everything a check may use. Later parts of the program add fields here, never globals.
pub struct Context {
    /// What the server should be.
    pub spec: Spec,
    /// What was found on the machine; default when the checks run elsewhere.
    pub facts: Facts,
    /// The machine itself, when the checks run on the server as root.
    pub host: Option<Arc<dyn Host>>,
    /// Who answers DNS questions; all checks of one run share its answers.
    pub dns: DnsClient,
    /// What is known for records: addresses, public halves of the DKIM keys in use, the CA's name.
    pub known: Known,
    /// DKIM selectors to look at beside those of [`Context::known`], where the keys themselves are not here.
    pub selectors: Vec<Selector>,
}

impl Context {
    /// Addresses that our mail leaves from.
    pub fn egress(&self) -> Vec<IpAddr> {
        self.known.egress(&self.spec)
    }

    /// Looks at the machine without holding up other checks; skipped where the machine is not the server.
    pub async fn on_host<F>(self: Arc<Self>, look: F) -> Finding
    where
        F: FnOnce(&Self, &dyn Host) -> Result<Finding, HostError> + Send + 'static,
    {
        let looking = tokio::task::spawn_blocking(move || {
            let Some(host) = self.host.clone() else {
                return Finding::skipped("only the server itself can know this");
            };
            look(&self, &*host).unwrap_or_else(|error| Finding::unknown(error.to_string()))
        });
        looking.await.unwrap_or_else(|_| Finding::unknown("the look was cut short"))
    }
}

/// What one result is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// This machine.
    ThisHost,
    /// A mail domain.
    Domain(Domain),
    /// A host by name.
    Host(Fqdn),
    /// An address of ours.
    Address(IpAddr),
    /// A host's port, optionally at one address.
    Port(Fqdn, u16),
    /// A systemd unit.
    Unit(String),
    /// A DKIM key by domain and selector.
    DkimKey(Domain, Selector),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ThisHost => f.write_str("this host"),
            Self::Domain(domain) => domain.fmt(f),
            Self::Host(host) => host.fmt(f),
            Self::Address(address) => address.fmt(f),
            Self::Port(host, port) => write!(f, "{host}:{port}"),
            Self::Unit(unit) => f.write_str(unit),
            Self::DkimKey(domain, selector) => write!(f, "{selector}._domainkey.{domain}"),
        }
    }
}
