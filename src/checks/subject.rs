//! What one result is about.

use std::net::IpAddr;

use crate::spec::{Domain, Fqdn, Selector};

/// What one result is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// This machine.
    ThisHost,
    /// A mail domain.
    Domain(Domain),
    /// A host by name.
    Host(Fqdn),
    /// An address that mail is sent from.
    Address(IpAddr),
    /// A host's port.
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
