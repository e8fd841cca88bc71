//! What a name that somebody gave turns out to be: a domain that mail is addressed to, a host that takes or keeps mail,
//! or both.
//!
//! The rule, in this order:
//! 1. A name with MX records is a domain, also when its only one is the null MX. Where one of them names the name
//!    itself, it is a host too.
//! 2. A name with an address and no MX is a host when the MX of a domain above it names it, or when it accepts a
//!    connection on port 25, 587, 993 or 465.
//! 3. Every other name is a domain: without an MX its own address takes its mail, where it has one (RFC 5321 section
//!    5.1).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::looked_at::{LookedAt, MailHost};
use crate::probe::dns::{DnsClient, RecordType};
use crate::spec::{Domain, Fqdn};

/// Ports that tell a mail host, in the order they are tried.
const MAIL_PORTS: [u16; 4] = [25, 587, 993, 465];
/// How long a connection that only tells whether anybody listens may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// More hosts of one domain than this are not looked at.
const MOST_HOSTS: usize = 10;
/// More addresses of one host than this are not looked at.
const MOST_ADDRESSES: usize = 8;

/// Finds out what names are, and which hosts belong to them.
pub struct Discovery<'a> {
    /// Who answers.
    pub dns: &'a DnsClient,
    /// Whether this machine has a way to an address: without IPv6 nothing can be said about a host's IPv6 address.
    pub has_route: &'a (dyn Fn(IpAddr) -> bool + Sync),
}

impl Discovery<'_> {
    /// What this name is, with everything that is to be looked at for its sake.
    pub async fn of(&self, name: &Domain) -> LookedAt {
        let (mx, addresses) =
            tokio::join!(self.dns.observe(name.as_str(), RecordType::MX), self.dns.addresses(name.as_str()));
        let records = mx.settled().map(|a| a.data.clone()).unwrap_or_default();
        if !records.is_empty() {
            return self.domain(name, targets(&records)).await;
        }
        let own_host = Fqdn::parse(name.as_str()).ok().filter(|_| !addresses.0.is_empty());
        match own_host {
            Some(host) if self.is_mail_host(&host, &addresses.0).await => {
                let mut looked_at = LookedAt::default();
                looked_at.add(self.host(host, addresses.0, false, true));
                looked_at
            }
            // The implicit MX.
            Some(host) => {
                let mut looked_at = LookedAt { domains: vec![name.clone()], ..LookedAt::default() };
                looked_at.mx.insert(name.clone(), vec![host.clone()]);
                looked_at.add(self.host(host, addresses.0, true, false));
                looked_at
            }
            None => LookedAt { domains: vec![name.clone()], ..LookedAt::default() },
        }
    }

    async fn domain(&self, name: &Domain, targets: Vec<Fqdn>) -> LookedAt {
        let found = join_all(targets.iter().map(|host| self.dns.addresses(host.as_str()))).await;
        let mut looked_at = LookedAt { domains: vec![name.clone()], ..LookedAt::default() };
        for (host, (addresses, _)) in targets.iter().zip(found) {
            looked_at.add(self.host(host.clone(), addresses, true, *name == *host));
        }
        if !targets.is_empty() {
            looked_at.mx.insert(name.clone(), targets);
        }
        looked_at
    }

    fn host(&self, name: Fqdn, mut addresses: Vec<IpAddr>, is_mx: bool, is_given: bool) -> MailHost {
        addresses.truncate(MOST_ADDRESSES);
        let (addresses, unreachable) = addresses.into_iter().partition(|a| (self.has_route)(*a));
        MailHost { name, addresses, unreachable, is_mx, is_given }
    }

    async fn is_mail_host(&self, host: &Fqdn, addresses: &[IpAddr]) -> bool {
        let labels: Vec<&str> = host.as_str().split('.').collect();
        let above = (1..labels.len().saturating_sub(1)).map(|at| labels[at..].join("."));
        let asked = above.map(|name| async move { self.dns.resolve(&name, RecordType::MX).await.data });
        if join_all(asked).await.iter().any(|records| targets(records).contains(host)) {
            return true;
        }
        let Some(address) = addresses.iter().find(|a| (self.has_route)(**a)) else { return false };
        // One after the other: it is another's host.
        for port in MAIL_PORTS {
            if matches!(timeout(PATIENCE, TcpStream::connect(SocketAddr::new(*address, port))).await, Ok(Ok(_))) {
                return true;
            }
        }
        false
    }
}

/// The hosts that MX records name, the most preferred first; what is no host name is another check's to tell.
fn targets(records: &[String]) -> Vec<Fqdn> {
    let mut named: Vec<(u16, Fqdn)> = records
        .iter()
        .filter_map(|record| {
            let (preference, target) = record.split_once(' ')?;
            Some((preference.parse().ok()?, Fqdn::parse(target.trim_end_matches('.')).ok()?))
        })
        .collect();
    named.sort();
    named.truncate(MOST_HOSTS);
    named.into_iter().map(|(_, host)| host).collect()
}

#[cfg(test)]
mod tests {
    use super::super::dns_world::example;
    use super::*;

    async fn discovered(lines: &str, name: &str) -> LookedAt {
        let world = example(lines).run().await;
        let dns = DnsClient::at(world.resolver).authoritative_port(world.port);
        // Nothing is dialled: only what DNS says decides here.
        Discovery { dns: &dns, has_route: &|_| false }.of(&Domain::parse(name).unwrap()).await
    }

    fn names(looked_at: &LookedAt) -> (Vec<&str>, Vec<(&str, bool, bool)>) {
        let hosts = looked_at.hosts.iter().map(|h| (h.name.as_str(), h.is_mx, h.is_given));
        (looked_at.domains.iter().map(Domain::as_str).collect(), hosts.collect())
    }

    const LINES: &str = "example.org. 60 MX 20 backup.example.org.\nexample.org. 60 MX 5 mail.example.org.
        mail.example.org. 60 A 198.51.100.10\nbackup.example.org. 60 A 198.51.100.11
        www.example.org. 60 A 198.51.100.12\nself.example.org. 60 MX 10 self.example.org.
        self.example.org. 60 A 198.51.100.13\nnone.example.org. 60 MX 0 .";

    #[tokio::test]
    async fn a_name_with_mx_records_is_a_domain_with_its_hosts_by_preference() {
        let found = discovered(LINES, "example.org").await;
        let hosts = vec![("mail.example.org", true, false), ("backup.example.org", true, false)];
        assert_eq!(names(&found), (vec!["example.org"], hosts));
        let null = discovered(LINES, "none.example.org").await;
        assert_eq!(names(&null), (vec!["none.example.org"], vec![]));
    }

    #[tokio::test]
    async fn an_mx_target_is_a_host_and_a_name_can_be_both() {
        let found = discovered(LINES, "mail.example.org").await;
        assert_eq!(names(&found), (vec![], vec![("mail.example.org", false, true)]));
        let both = discovered(LINES, "self.example.org").await;
        assert_eq!(names(&both), (vec!["self.example.org"], vec![("self.example.org", true, true)]));
    }

    #[tokio::test]
    async fn any_other_name_is_a_domain_whose_own_address_takes_its_mail() {
        let found = discovered(LINES, "www.example.org").await;
        assert_eq!(names(&found), (vec!["www.example.org"], vec![("www.example.org", true, false)]));
        let nothing = discovered(LINES, "nothing.example.org").await;
        assert_eq!(names(&nothing), (vec!["nothing.example.org"], vec![]));
    }
}
