//! What the tests of DNS checks look at: a server mail.example.org for example.org, in a world on loopback.

use std::sync::Arc;

use super::{Context, LookedAt, MailHost, Own, Subject, Visitor};
use crate::probe::dns::DnsClient;
use crate::probe::dns::test_server::{Running, World};
use crate::probe::tls::Trust;
use crate::records::Known;
use crate::spec::{Domain, Fqdn, MailDomain, Spec};

/// A world with the zone example.org on two servers.
pub fn example(lines: &str) -> World {
    World::new().zone("example.org.", &["127.9.0.10", "127.9.0.11"], lines)
}

pub fn domain() -> Subject {
    Subject::Domain(Domain::parse("example.org").unwrap())
}

pub fn host_subject() -> Subject {
    Subject::Host(Fqdn::parse("mail.example.org").unwrap())
}

/// The same domain and its host looked at as somebody else's: nothing is known but what stands in the world.
pub fn others(world: &Running) -> Arc<Context> {
    let host = Fqdn::parse("mail.example.org").unwrap();
    let domain = Domain::parse("example.org").unwrap();
    let mail_host = MailHost {
        name: host.clone(),
        addresses: vec!["198.51.100.10".parse().unwrap()],
        unreachable: Vec::new(),
        is_mx: true,
        is_given: true,
    };
    let mx = [(domain.clone(), vec![host])].into();
    let looked_at = LookedAt { domains: vec![domain], hosts: vec![mail_host], mx };
    let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
    Arc::new(Context::of_others(looked_at, dns, Trust::nobody(), Visitor::default()))
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
    Context::of_own(Own { known, ..Own::wished(spec) }, dns)
}
