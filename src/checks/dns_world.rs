//! What the tests of DNS checks look at: a server mail.example.org for example.org, in a world on loopback.

use std::sync::Arc;

use super::{Context, Subject};
use crate::probe::dns::DnsClient;
use crate::probe::dns::test_server::{Running, World};
use crate::records::Known;
use crate::spec::{Domain, Fqdn, MailDomain, Spec};

/// A world with the zone example.org on two servers.
pub fn example(lines: &str) -> World {
    World::new().zone("example.org.", &["127.9.0.10", "127.9.0.11"], lines)
}

pub fn domain() -> Subject {
    Subject::Domain(Domain::parse("example.org").unwrap())
}

pub fn spec() -> Spec {
    let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
    spec.domains.push(MailDomain::new(Domain::parse("example.org").unwrap()));
    spec
}

pub fn known() -> Known {
    Known {
        ipv4: Some("198.51.100.10".parse().unwrap()),
        ipv6: Some("2001:db8:100::10".parse().unwrap()),
        ..Known::default()
    }
}

pub fn context(world: &Running) -> Arc<Context> {
    Arc::new(with(world, spec(), known()))
}

pub fn moving(world: &Running) -> Arc<Context> {
    let mut spec = spec();
    spec.domains[0].moving_from_another_server = true;
    Arc::new(with(world, spec, known()))
}

pub fn with(world: &Running, spec: Spec, known: Known) -> Context {
    let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
    Context { known, ..Context::elsewhere(spec, dns) }
}
