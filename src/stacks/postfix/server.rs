//! What every part of the rendering is made from.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::release::Release;
use super::templates::Templates;
use crate::facts::Facts;
use crate::spec::{Domain, ResolverMode, Spec};
use crate::stacks::Materials;

/// Where this program is where nothing else is known.
const PROGRAM: &str = "/usr/local/bin/mailwizard";

/// The input of one rendering.
pub(super) struct Server<'a> {
    /// The wish, completed by [`super::addresses::completed`].
    pub spec: &'a Spec,
    pub facts: &'a Facts,
    pub materials: &'a Materials,
    pub release: Release,
    pub templates: Templates,
}

impl Server<'_> {
    /// The path of this program, for units that start it.
    pub fn program(&self) -> String {
        self.facts.program.as_ref().map_or_else(|| PROGRAM.to_owned(), |path| path.display().to_string())
    }

    /// The chain that daemons serve.
    pub fn chain_file(&self) -> String {
        format!("/etc/ssl/mailwizard/{}/fullchain.pem", self.spec.hostname)
    }

    /// Its private key.
    pub fn key_file(&self) -> String {
        format!("/etc/ssl/mailwizard/{}/privkey.pem", self.spec.hostname)
    }

    /// The file as it is on the host now.
    pub fn existing(&self, path: &str) -> Option<&str> {
        self.materials.existing_files.get(std::path::Path::new(path)).map(String::as_str)
    }

    /// What the operator put into `/etc/mailwizard/local/`.
    pub fn local(&self, name: &str) -> Option<&str> {
        self.materials.local_overrides.get(name).map(String::as_str)
    }

    /// Whether answers that say "validated" can be believed: a resolver on loopback, ours or the operator's.
    pub fn resolver_validates(&self) -> bool {
        let resolver = &self.facts.resolver;
        let own = resolver.trust_ad && !resolver.servers.is_empty() && resolver.servers.iter().all(|s| s.is_loopback());
        self.spec.resolver.mode == ResolverMode::Unbound || own
    }

    /// Every address of this machine but loopback: those of interfaces and, behind NAT, the public ones.
    pub fn own_addresses(&self) -> Vec<String> {
        let (network, found) = (&self.spec.network, &self.facts.addresses);
        let named = [network.ipv4.map(IpAddr::V4), network.ipv6.map(IpAddr::V6)];
        let egress = [found.egress_ipv4.map(IpAddr::V4), found.egress_ipv6.map(IpAddr::V6)];
        let all: BTreeSet<IpAddr> =
            named.into_iter().chain(egress).flatten().chain(found.interfaces.iter().copied()).collect();
        all.iter().map(ToString::to_string).collect()
    }

    /// The served domain that signs for the host's own name: the longest one above it, where the host is none itself.
    /// A relaxed DMARC alignment takes its signature (RFC 9989).
    pub fn host_signer(&self) -> Option<&Domain> {
        let host = &self.spec.hostname;
        let domains = self.spec.domains.iter().map(|d| &d.name).filter(|d| host.is_within(d.as_str()));
        domains.max_by_key(|d| d.as_str().len()).filter(|d| **d != *host)
    }
}
