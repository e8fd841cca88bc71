//! What checks look at, and what they may do there.

use std::collections::{BTreeSet, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::authentication_results::{headers, signing_keys};
use super::looked_at::{LookedAt, MailHost};
use super::looks::Looks;
use super::mail_look::{MailLook, Way};
use super::mta_sts::PolicyLook;
use super::own::Own;
use super::port_look::PortLook;
use super::tls_handshake::HelloLook;
use super::tls_session::SessionLook;
use super::turns::{Turn, Turns};
use super::{Reach, Subject};
use crate::facts::Facts;
use crate::finding::Finding;
use crate::host::{Host, HostError};
use crate::keys::{CertificateInfo, KeyError, acme, check_account, dkim};
use crate::probe::dns::{self, DnsClient};
use crate::probe::tls::Trust;
use crate::records::{DkimPublic, Known};
use crate::spec::{Checks, Domain, Fqdn, Selector, Spec};
use crate::stacks::Desired;
use crate::store::Paths;

/// Why what only the server can know is skipped in a run about others.
const ONLY_ITSELF: &str = "only the server itself can know this";

/// Everything a check may use: either our own server ([`Context::own`]) or others ([`Context::of_others`]), never both.
///
/// A check asks the methods what to look at, and gets the same kind of answer in either case; what we want of our own
/// server and of nobody else's is behind [`Context::own`].
pub struct Context {
    /// Our own server; `None` in a run about others.
    own: Option<Own>,
    looked_at: LookedAt,
    /// Who answers DNS questions; all checks of one run share its answers.
    pub dns: DnsClient,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// DKIM selectors to look at beside those of our own keys.
    pub selectors: Vec<Selector>,
    /// Hosts of others whose owner has said that they may be tested as only an owner may.
    pub permitted: BTreeSet<Fqdn>,
    /// A message of ours as another provider delivered it, headers and all, where the operator gave one.
    pub(super) received: Option<Vec<u8>>,
    /// The keys that signed it.
    signed_by: Vec<(Domain, Selector)>,
    /// The name given in EHLO, and the time, where there is no machine of ours to ask.
    visitor: Visitor,
    /// What several checks, and several contexts of one run, judge.
    pub(super) shared: Arc<Shared>,
}

/// Who looks at others.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// What we call ourselves in EHLO: a host name, or an address literal.
    pub ehlo_name: String,
    /// When the run began.
    pub now: Timestamp,
}

/// What is looked at once in a run, whoever asks first.
#[derive(Default)]
pub(super) struct Shared {
    /// Dialogues with ports.
    pub ports: Looks<(Fqdn, SocketAddr), PortLook>,
    /// Answers to a ClientHello by hand.
    pub hellos: Looks<(Fqdn, SocketAddr), HelloLook>,
    /// What was given along with TLS sessions.
    pub sessions: Looks<(Fqdn, SocketAddr), SessionLook>,
    /// Test messages.
    pub mail: Looks<Way, MailLook>,
    /// MTA-STS policies.
    pub policies: Looks<Domain, PolicyLook>,
    turns: Turns,
    /// Results of hosts that another context of the run gives already.
    claimed: Mutex<HashSet<(&'static str, Subject)>>,
    /// How many checks run at once, in all contexts of the run.
    at_once: OnceLock<Arc<Semaphore>>,
}

impl Shared {
    /// Whether this context is the one to look at that: domains are its own, hosts may be several contexts'.
    pub fn claim(&self, id: &'static str, subject: &Subject) -> bool {
        if matches!(subject, Subject::Domain(_) | Subject::DkimKey(..)) {
            return true;
        }
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert((id, subject.clone()))
    }

    /// The places for checks that run at once; the first to ask says how many there are.
    pub fn places(&self, at_once: usize) -> Arc<Semaphore> {
        self.at_once.get_or_init(|| Arc::new(Semaphore::new(at_once.max(1)))).clone()
    }
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
        acme::add_to(&mut known, &*host, paths, &spec)?;
        let login = check_account::load(&*host, paths)?;
        let trust = trust(&*host, &desired)?;
        let dns = anchored(dns, &*host, &spec)?;
        let own = Own { spec, facts, host: Some(host), known, desired, login };
        Ok(Self { trust, ..Self::of_own(own, dns) })
    }

    /// What checks need that look at our own server from outside: they know its wish and ask DNS, nothing else.
    pub fn elsewhere(spec: Spec, dns: DnsClient) -> Self {
        Self { trust: Trust::system(), ..Self::of_own(Own::wished(spec), dns) }
    }

    /// Our own server with what is known of it.
    pub fn of_own(own: Own, dns: DnsClient) -> Self {
        let host = MailHost {
            name: own.spec.hostname.clone(),
            addresses: own.addresses(),
            unreachable: Vec::new(),
            is_mx: !own.served().is_empty(),
            is_given: true,
        };
        let domains = own.spec.domains.iter().map(|d| d.name.clone()).collect();
        let here = own.spec.domains.iter().filter(|d| !d.moving_from_another_server);
        let mx = here.map(|d| (d.name.clone(), vec![own.spec.hostname.clone()])).collect();
        let visitor = Visitor {
            ehlo_name: own.spec.hostname.as_str().to_owned(),
            now: own.host.as_ref().map(|h| h.now()).unwrap_or_default(),
        };
        Self {
            own: Some(own),
            looked_at: LookedAt { domains, hosts: vec![host], mx },
            dns,
            trust: Trust::nobody(),
            selectors: Vec::new(),
            permitted: BTreeSet::new(),
            received: None,
            signed_by: Vec::new(),
            visitor,
            shared: Arc::default(),
        }
    }

    /// Domains and hosts of others.
    pub fn of_others(looked_at: LookedAt, dns: DnsClient, trust: Trust, visitor: Visitor) -> Self {
        Self {
            own: None,
            looked_at,
            dns,
            trust,
            selectors: Vec::new(),
            permitted: BTreeSet::new(),
            received: None,
            signed_by: Vec::new(),
            visitor,
            shared: Arc::default(),
        }
    }

    /// Other domains and hosts in the same run: what was seen of a host is not looked at again.
    pub fn beside(&self, looked_at: LookedAt) -> Self {
        Self {
            own: None,
            looked_at,
            dns: self.dns.clone(),
            trust: self.trust.clone(),
            selectors: self.selectors.clone(),
            permitted: self.permitted.clone(),
            received: self.received.clone(),
            signed_by: self.signed_by.clone(),
            visitor: self.visitor.clone(),
            shared: self.shared.clone(),
        }
    }

    /// The same settings for another look: nothing that was seen is remembered.
    pub fn fresh(&self) -> Self {
        let now = self.own.as_ref().and_then(|o| o.host.as_ref()).map_or(self.visitor.now, |h| h.now());
        Self {
            own: self.own.clone(),
            looked_at: self.looked_at.clone(),
            dns: self.dns.fresh(),
            trust: self.trust.clone(),
            selectors: self.selectors.clone(),
            permitted: self.permitted.clone(),
            received: self.received.clone(),
            signed_by: self.signed_by.clone(),
            visitor: Visitor { now, ..self.visitor.clone() },
            shared: Arc::default(),
        }
    }

    /// Takes a message of ours as another provider delivered it: what that one found out, and the keys that signed it.
    pub fn given(&mut self, message: Vec<u8>) {
        self.signed_by = signing_keys(&headers(&message));
        self.received = Some(message);
    }

    /// The same with only these of our domains; all when empty.
    pub fn only_domains(mut self, names: &BTreeSet<Domain>) -> Self {
        if !names.is_empty() {
            self.looked_at.domains.retain(|d| names.contains(d));
        }
        self
    }

    /// Our own server, or the finding that this is about another's: for what we want exactly so of ours, and for what
    /// only its machine can tell.
    pub fn own(&self) -> Result<&Own, Finding> {
        self.own.as_ref().ok_or_else(|| Finding::skipped(ONLY_ITSELF))
    }

    /// This machine, where it is our own server.
    pub fn this_host(&self) -> Vec<Subject> {
        self.subjects_of_own(|own| if own.host.is_some() { vec![Subject::ThisHost] } else { Vec::new() })
    }

    /// The name of our own server.
    pub fn this_host_name(&self) -> Vec<Subject> {
        self.subjects_of_own(|own| vec![Subject::Host(own.spec.hostname.clone())])
    }

    /// Subjects that only our own server has; none in a run about others.
    pub fn subjects_of_own(&self, subjects: impl FnOnce(&Own) -> Vec<Subject>) -> Vec<Subject> {
        self.own.as_ref().map(subjects).unwrap_or_default()
    }

    /// The names and hosts that are looked at.
    pub fn looked_at(&self) -> &LookedAt {
        &self.looked_at
    }

    /// Whether this check may be done to this subject, or the finding that it may not.
    pub fn permits(&self, reach: Reach, subject: &Subject) -> Result<(), Finding> {
        match reach {
            Reach::Anyone => Ok(()),
            _ if self.own.is_some() => Ok(()),
            Reach::ThisServer => Err(Finding::skipped(ONLY_ITSELF)),
            Reach::Permitted => {
                let permitted = match subject {
                    Subject::Host(host) | Subject::Port(host, _) => self.permitted.contains(host),
                    _ => self.looked_at.hosts.iter().any(|h| self.permitted.contains(&h.name)),
                };
                match permitted {
                    true => Ok(()),
                    false => Err(Finding::skipped(
                        "it would test another's server as only its owner may; '--intrusive HOST' says that you may",
                    )),
                }
            }
        }
    }

    /// Every domain that is looked at.
    pub fn domains(&self) -> Vec<Subject> {
        self.looked_at.domains.iter().cloned().map(Subject::Domain).collect()
    }

    /// Every mail host that is looked at.
    pub fn hosts(&self) -> Vec<Subject> {
        self.looked_at.hosts.iter().map(|h| Subject::Host(h.name.clone())).collect()
    }

    /// These ports of every host that is looked at and can be reached: all of them at hosts that are ours or were given
    /// by name, only 25 at hosts that were found as an MX.
    pub fn ports(&self, ports: &[u16]) -> Vec<Subject> {
        let reachable = self.looked_at.hosts.iter().filter(|h| !h.addresses.is_empty());
        reachable
            .flat_map(|host| {
                let asked = ports.iter().filter(|port| host.is_given || **port == 25);
                asked.map(|port| Subject::Port(host.name.clone(), *port))
            })
            .collect()
    }

    /// Where a port of a host is asked: every address that it has. Our own server is asked at its interfaces.
    pub fn sockets(&self, host: &Fqdn, port: u16) -> Vec<SocketAddr> {
        let addresses = self.looked_at.host(host).map(|h| h.addresses.as_slice()).unwrap_or_default();
        addresses.iter().map(|a| SocketAddr::new(*a, port)).collect()
    }

    /// What a port means that cannot be reached: broken where somebody relies on it, else only not offered. `expected`
    /// is what should be there.
    pub fn unreachable(&self, host: &Fqdn, port: u16, reason: &str, expected: &str) -> Finding {
        let is_mx = self.looked_at.host(host).is_some_and(|h| h.is_mx);
        match self.own.is_some() || (port == 25 && is_mx) {
            true => Finding::fail(reason, expected),
            false => Finding::skipped(format!("{host} does not offer this port here: {reason}")),
        }
    }

    /// Addresses that mail is sent from: ours as we know them; of others those of hosts that were given by name, which
    /// may or may not send.
    pub fn senders(&self) -> Vec<IpAddr> {
        match &self.own {
            Some(own) => own.egress(),
            None => {
                let given = self.looked_at.hosts.iter().filter(|h| h.is_given);
                given.flat_map(|h| h.addresses.iter().copied()).collect()
            }
        }
    }

    /// The host that an address belongs to.
    pub fn host_at(&self, address: IpAddr) -> Option<&Fqdn> {
        match &self.own {
            Some(own) => Some(&own.spec.hostname),
            None => self.looked_at.hosts.iter().find(|h| h.addresses.contains(&address)).map(|h| &h.name),
        }
    }

    /// The DKIM keys that are known by name: those in use on our own server, those that signed the message that was
    /// given, and each domain with each selector that was given.
    pub fn dkim_keys(&self) -> Vec<Subject> {
        let ours =
            self.own.iter().flat_map(|own| &own.known.dkim).filter(|k| self.looked_at.domains.contains(&k.domain));
        let mut keys: Vec<Subject> = ours.map(|k| Subject::DkimKey(k.domain.clone(), k.selector.clone())).collect();
        let each = self.looked_at.domains.iter().flat_map(|d| self.selectors.iter().map(move |s| (d, s)));
        let signed = self.signed_by.iter().filter(|(d, _)| self.looked_at.domains.contains(d)).map(|(d, s)| (d, s));
        for (domain, selector) in each.chain(signed) {
            let key = Subject::DkimKey(domain.clone(), selector.clone());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    /// The domains that take mail at a host that can be asked.
    pub fn receiving_domains(&self) -> Vec<Subject> {
        let receiving = self.looked_at.domains.iter().filter(|d| self.host_of(d).is_some());
        receiving.cloned().map(Subject::Domain).collect()
    }

    /// The hosts that take a domain's mail, the most preferred first.
    pub fn hosts_of(&self, domain: &Domain) -> &[Fqdn] {
        self.looked_at.mx.get(domain).map(Vec::as_slice).unwrap_or_default()
    }

    /// The host that takes a domain's mail: the most preferred one that can be asked.
    pub fn host_of(&self, domain: &Domain) -> Option<&Fqdn> {
        self.hosts_of(domain).iter().find(|name| self.looked_at.host(name).is_some_and(|h| !h.addresses.is_empty()))
    }

    /// A domain that this host takes mail for.
    pub fn domain_of(&self, host: &Fqdn) -> Option<&Domain> {
        self.looked_at.domains.iter().find(|d| self.looked_at.mx.get(*d).is_some_and(|hosts| hosts.contains(host)))
    }

    /// The block lists to ask: those that we chose for our own server, else the usual ones.
    pub fn block_lists(&self) -> Vec<Fqdn> {
        self.own.as_ref().map_or_else(|| Checks::default().dnsbl, |own| own.spec.checks.dnsbl.clone())
    }

    /// The block lists of domains to ask.
    pub fn domain_block_lists(&self) -> Vec<Fqdn> {
        self.own.as_ref().map_or_else(|| Checks::default().dnsbl_domains, |own| own.spec.checks.dnsbl_domains.clone())
    }

    /// The list of good senders to ask.
    pub fn white_list(&self) -> Option<Fqdn> {
        let lists = self.own.as_ref().map_or_else(|| Checks::default().dnswl, |own| own.spec.checks.dnswl.clone());
        lists.into_iter().next()
    }

    /// A host that is neither ours nor looked at: nobody here may send there without a log-in.
    pub fn foreign_target(&self) -> Option<Fqdn> {
        let targets = match &self.own {
            Some(own) => own.spec.checks.port25_targets.clone(),
            None => Checks::default().port25_targets,
        };
        targets.into_iter().find(|t| self.looked_at.host(t).is_none())
    }

    /// What we call ourselves in EHLO.
    pub fn ehlo_name(&self) -> &str {
        &self.visitor.ehlo_name
    }

    /// When the run began.
    pub fn now(&self) -> Timestamp {
        self.visitor.now
    }

    /// Waits until a connection to this host may be opened, and keeps others waiting while it is held: one at a time at
    /// hosts of others. Never ask for a second turn at the same host while you hold one.
    pub async fn turn(&self, host: &Fqdn) -> Turn {
        match self.own {
            Some(_) => Turns::free(),
            None => self.shared.turns.wait(host).await,
        }
    }

    /// Looks at the machine without holding up other checks; skipped where the machine is not the server.
    pub async fn on_host<F>(self: Arc<Self>, look: F) -> Finding
    where
        F: FnOnce(&Own, &dyn Host) -> Result<Finding, HostError> + Send + 'static,
    {
        let looking = tokio::task::spawn_blocking(move || {
            let Some((own, host)) = self.own.as_ref().and_then(|own| Some((own, own.host.as_ref()?))) else {
                return Finding::skipped(ONLY_ITSELF);
            };
            look(own, &**host).unwrap_or_else(|error| Finding::unknown(error.to_string()))
        });
        looking.await.unwrap_or_else(|_| Finding::unknown("the look was cut short"))
    }
}

/// The client with the root's keys of a closed network, where the wish names them. A file that cannot be read leaves the
/// internet's keys: dns-dnssec then says that nothing is proven.
fn anchored(dns: DnsClient, host: &dyn Host, spec: &Spec) -> Result<DnsClient, KeyError> {
    let Some(path) = &spec.resolver.trust_anchor else { return Ok(dns) };
    let Some(file) = host.read(path)? else { return Ok(dns) };
    Ok(match dns::anchors(&String::from_utf8_lossy(&file.content)) {
        Ok(anchors) => dns.anchored(anchors),
        Err(_) => dns,
    })
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
