//! What checks look at.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::mail_look::MailLooks;
use super::port_look::PortLooks;
use crate::facts::Facts;
use crate::finding::Finding;
use crate::host::{Host, HostError};
use crate::keys::check_account::{self, CheckLogin};
use crate::keys::{CertificateInfo, KeyError, acme, dkim};
use crate::probe::dns::DnsClient;
use crate::probe::tls::Trust;
use crate::records::{DkimPublic, Known};
use crate::spec::{Domain, Fqdn, Selector, Spec};
use crate::stacks::Desired;
use crate::store::Paths;

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
    /// How the machine should be; empty when the checks run elsewhere.
    pub desired: Desired,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// The checks' own login, once an apply has made it.
    pub login: Option<CheckLogin>,
    /// Dialogues with our ports that several checks judge.
    pub(super) ports: PortLooks,
    /// Test messages that several checks judge.
    pub(super) mail: MailLooks,
}

impl Context {
    /// What the checks of this very machine need. `spec`, `facts` and `desired` are those of `apply::prepare`.
    pub fn for_this_server(
        host: Arc<dyn Host>,
        paths: &Paths,
        spec: Spec,
        facts: Facts,
        desired: Desired,
        dns: DnsClient,
    ) -> Result<Self, KeyError> {
        let keys = dkim::load_or_make(&*host, paths, &spec)?;
        let mut known = Known::addresses(&spec, &facts);
        known.dkim = keys.iter().map(DkimPublic::from).collect();
        known.acme_account = acme::account_url(&*host, paths, spec.certificate.directory())?;
        let login = check_account::load(&*host, paths)?;
        let trust = trust(&*host, &desired)?;
        Ok(Self { desired, trust, login, facts, host: Some(host), known, ..Self::elsewhere(spec, dns) })
    }

    /// What checks need that look at a server from outside: they know its wish and ask DNS, nothing else.
    pub fn elsewhere(spec: Spec, dns: DnsClient) -> Self {
        Self {
            spec,
            facts: Facts::default(),
            host: None,
            dns,
            known: Known::default(),
            selectors: Vec::new(),
            desired: Desired::default(),
            trust: Trust::system(),
            login: None,
            ports: PortLooks::default(),
            mail: MailLooks::default(),
        }
    }

    /// The same settings for another look: nothing that was seen is remembered.
    pub fn fresh(&self) -> Self {
        Self {
            spec: self.spec.clone(),
            facts: self.facts.clone(),
            host: self.host.clone(),
            dns: self.dns.fresh(),
            known: self.known.clone(),
            selectors: self.selectors.clone(),
            desired: self.desired.clone(),
            trust: self.trust.clone(),
            login: self.login.clone(),
            ports: PortLooks::default(),
            mail: MailLooks::default(),
        }
    }

    /// Addresses that our own ports are asked at: those of the interfaces, because a connection to the public address
    /// behind NAT need not come back. None when the machine is not the server.
    pub fn own_addresses(&self) -> Vec<IpAddr> {
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

    /// Our sockets at `port`.
    pub fn own_sockets(&self, port: u16) -> Vec<SocketAddr> {
        self.own_addresses().into_iter().map(|a| SocketAddr::new(a, port)).collect()
    }

    /// The subjects of checks that ask our own ports: none where the machine is not the server.
    pub fn own_port(&self, port: u16) -> Vec<Subject> {
        if self.own_addresses().is_empty() { Vec::new() } else { vec![Subject::Port(self.spec.hostname.clone(), port)] }
    }

    /// The domains that mail is taken for here, when the machine is the server.
    pub fn own_domains(&self) -> Vec<Subject> {
        if self.own_addresses().is_empty() {
            return Vec::new();
        }
        let served = self.spec.domains.iter().filter(|d| !d.moving_from_another_server);
        served.map(|d| Subject::Domain(d.name.clone())).collect()
    }
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

/// The system's roots, and our own certificate, whoever vouches for it.
fn trust(host: &dyn Host, desired: &Desired) -> Result<Trust, KeyError> {
    let trust = Trust::system();
    let Some(wanted) = &desired.certificate else { return Ok(trust) };
    let Some(file) = host.read(&wanted.chain_file)? else { return Ok(trust) };
    Ok(match CertificateInfo::from_pem(&file.content) {
        Ok(info) => trust.with_own(info.leaf),
        // cert-key-match says what is wrong with the file.
        Err(_) => trust,
    })
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
