//! A small internet of name servers on loopback: authoritative servers that can misbehave, and a resolver that knows
//! every zone. All listen at one port, on an address each.
//!
//! The benchmark uses it too, so it knows nothing of the crate.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_net::proto::op::{Header, HeaderCounts, MessageType, Metadata, OpCode, ResponseCode};
use hickory_net::proto::rr::{Name, RData, Record, RecordType};
use hickory_net::runtime::Time;
use hickory_net::xfer::Protocol;
use hickory_server::Server;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use tokio::net::{TcpListener, UdpSocket};

/// How a server treats every question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Normal,
    Silent,
    ServFail,
    Refused,
    /// Answers, but not as one that is responsible.
    Lame,
    /// Says over UDP that the answer was cut.
    Truncating,
}

/// A zone: its records by owner, and overrides of what single servers hold.
type Zone = Vec<Record>;

/// The zones and servers, before they run.
pub struct World {
    zones: BTreeMap<Name, Zone>,
    /// What the resolver says instead of the truth: an old answer, or SERVFAIL where the list is `None`.
    cached: BTreeMap<(Name, RecordType), Option<Vec<Record>>>,
    /// What one server holds instead of the zone: one that lags behind.
    lagging: BTreeMap<Ipv4Addr, (Name, Zone)>,
    manners: BTreeMap<Ipv4Addr, Manner>,
    delay: Duration,
}

/// Servers that run until this is dropped.
pub struct Running {
    /// Where the resolver is asked.
    pub resolver: SocketAddr,
    /// Where all of them listen.
    pub port: u16,
    received: Arc<AtomicUsize>,
    questions: Questions,
    _servers: Vec<Server<Handler>>,
}

impl Running {
    /// Questions that reached one server more than once.
    pub fn repeated(&self) -> Vec<String> {
        let questions = self.questions.lock().unwrap();
        let more_than_once = questions.iter().filter(|(_, count)| **count > 1);
        more_than_once.map(|((ip, owner, kind, _), count)| format!("{kind} {owner} at {ip}: {count}")).collect()
    }

    /// How many questions reached any server.
    pub fn received(&self) -> usize {
        self.received.load(Ordering::Relaxed)
    }
}

/// How often each question reached each server. One with the CD bit is another question than the one without it: a
/// validating resolver may answer them differently.
type Questions = Arc<Mutex<BTreeMap<(Ipv4Addr, Name, RecordType, bool), usize>>>;

/// The address of the resolver; those of name servers are 127.9.0.1 and on.
const RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 9, 0, 53);

pub fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name.to_lowercase()
}

pub fn record(line: &str) -> Record {
    let mut parts = line.splitn(4, ' ');
    let mut next = || parts.next().unwrap_or_else(|| panic!("'{line}' is not OWNER TTL TYPE DATA"));
    let (owner, ttl, kind, data) = (next(), next(), next(), next());
    let kind: RecordType = kind.parse().unwrap();
    let data = RData::try_from_str(kind, data).unwrap_or_else(|e| panic!("'{line}': {e}"));
    Record::from_rdata(name(owner), ttl.parse().unwrap(), data)
}

impl World {
    /// A world with the zones `org.` at 127.9.0.1 and `ns.org.` (the names of the servers) at 127.9.0.2.
    pub fn new() -> Self {
        let world = Self {
            zones: BTreeMap::new(),
            cached: BTreeMap::new(),
            lagging: BTreeMap::new(),
            manners: BTreeMap::new(),
            delay: Duration::ZERO,
        };
        world.zone("org.", &["127.9.0.1"], "").zone("ns.org.", &["127.9.0.2"], "")
    }

    /// Adds a zone with its SOA and NS records and those given, one a line: `OWNER TTL TYPE DATA`. Server n of it is
    /// `nX.ns.org.` where X is the last number of its address.
    pub fn zone(mut self, apex: &str, servers: &[&str], lines: &str) -> Self {
        let mut records = vec![record(&format!("{apex} 600 SOA ns.org. hostmaster.ns.org. 7 3600 600 86400 300"))];
        for server in servers {
            let ip: Ipv4Addr = server.parse().unwrap();
            let target = format!("n{}.ns.org.", ip.octets()[3]);
            records.push(record(&format!("{apex} 600 NS {target}")));
            let known = self.zones.entry(name("ns.org.")).or_default();
            let address = record(&format!("{target} 600 A {ip}"));
            if !known.contains(&address) {
                known.push(address);
            }
            self.manners.entry(ip).or_insert(Manner::Normal);
        }
        let delegation: Vec<Record> = records.iter().filter(|r| r.record_type() == RecordType::NS).cloned().collect();
        let own = name(apex);
        let parent =
            self.zones.keys().filter(|z| z.zone_of(&own) && **z != own).max_by_key(|z| z.num_labels()).cloned();
        if let Some(parent) = parent {
            self.zones.entry(parent).or_default().extend(delegation);
        }
        records.extend(lines.lines().map(str::trim).filter(|l| !l.is_empty()).map(record));
        self.zones.entry(own).or_default().extend(records);
        self
    }

    /// Takes a server out of the parent zone's delegation, though the zone itself still names it.
    pub fn undelegated(mut self, server: &str, apex: &str) -> Self {
        let (server, apex) = (name(server), name(apex));
        for (zone, records) in &mut self.zones {
            if *zone != apex {
                records.retain(|r| !(r.name == apex && matches!(&r.data, RData::NS(target) if target.0 == server)));
            }
        }
        self
    }

    /// What the resolver has of one name and type instead of the truth; no lines and it fails.
    pub fn cached(mut self, owner: &str, kind: RecordType, lines: &[&str]) -> Self {
        let held = if lines.is_empty() { None } else { Some(lines.iter().map(|l| record(l)).collect()) };
        self.cached.insert((name(owner), kind), held);
        self
    }

    /// What one server holds of a zone instead of it.
    pub fn lagging(mut self, server: &str, apex: &str, lines: &str) -> Self {
        let mut held = vec![record(&format!("{apex} 600 SOA ns.org. hostmaster.ns.org. 6 3600 600 86400 300"))];
        held.extend(lines.lines().map(str::trim).filter(|l| !l.is_empty()).map(record));
        self.lagging.insert(server.parse().unwrap(), (name(apex), held));
        self
    }

    /// How one server behaves.
    pub fn manner(mut self, server: &str, manner: Manner) -> Self {
        self.manners.insert(server.parse().unwrap(), manner);
        self
    }

    /// Holds every answer back for so long.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Starts every server.
    pub async fn run(self) -> Running {
        let world = Arc::new(self);
        let received = Arc::new(AtomicUsize::new(0));
        let questions = Questions::default();
        let mut addresses: Vec<Ipv4Addr> = world.manners.keys().copied().collect();
        addresses.push(RESOLVER);
        // One port for all of them: try until one is free on every address.
        for _ in 0..50 {
            let mut sockets = Vec::new();
            let mut port = 0;
            for ip in &addresses {
                let Ok(udp) = UdpSocket::bind((*ip, port)).await else { break };
                port = udp.local_addr().unwrap().port();
                let Ok(tcp) = TcpListener::bind((*ip, port)).await else { break };
                sockets.push((*ip, udp, tcp));
            }
            if sockets.len() < addresses.len() {
                continue;
            }
            let servers = sockets.into_iter().map(|(ip, udp, tcp)| {
                let (world, received, questions) = (Arc::clone(&world), Arc::clone(&received), Arc::clone(&questions));
                let handler = Handler { world, ip, received, questions };
                let mut server = Server::new(handler);
                server.register_socket(udp);
                server.register_listener(tcp, Duration::from_secs(5), 65_535);
                server
            });
            let _servers = servers.collect();
            let resolver = SocketAddr::new(IpAddr::V4(RESOLVER), port);
            return Running { resolver, port, received, questions, _servers };
        }
        panic!("no port is free on every loopback address");
    }

    fn zone_for(&self, owner: &Name) -> Option<(&Name, &Zone)> {
        self.zones.iter().filter(|(apex, _)| apex.zone_of(owner)).max_by_key(|(apex, _)| apex.num_labels())
    }

    fn authoritative(&self, ip: Ipv4Addr, owner: &Name, kind: RecordType) -> Found {
        let serves = |zone: &Zone| {
            zone.iter().any(|r| match &r.data {
                RData::NS(target) => self.address_of(&target.0) == Some(ip),
                _ => false,
            })
        };
        let served = self.zones.iter().filter(|(apex, zone)| {
            let own: Zone = zone.iter().filter(|r| r.name == **apex).cloned().collect();
            apex.zone_of(owner) && serves(&own)
        });
        let Some((apex, zone)) = served.max_by_key(|(apex, _)| apex.num_labels()) else { return Found::refused() };
        let zone = match self.lagging.get(&ip) {
            Some((held, old)) if held == apex => old,
            _ => zone,
        };
        let cut = zone.iter().find(|r| r.record_type() == RecordType::NS && r.name != *apex && r.name.zone_of(owner));
        if let Some(cut) = cut {
            let referral = zone.iter().filter(|r| r.record_type() == RecordType::NS && r.name == cut.name);
            return Found { authorities: referral.cloned().collect(), ..Found::default() };
        }
        Found { authoritative: true, ..look(apex, zone, owner, kind) }
    }

    fn address_of(&self, owner: &Name) -> Option<Ipv4Addr> {
        self.zones.values().flatten().find_map(|r| match &r.data {
            RData::A(a) if r.name == *owner => Some(a.0),
            _ => None,
        })
    }

    fn resolved(&self, owner: &Name, kind: RecordType) -> Found {
        let mut answers = Vec::new();
        let mut owner = owner.clone();
        for _ in 0..8 {
            match self.cached.get(&(owner.clone(), kind)) {
                Some(Some(held)) => {
                    answers.extend(held.iter().cloned());
                    return Found { answers, ..Found::default() };
                }
                Some(None) => return Found { code: ResponseCode::ServFail, ..Found::default() },
                None => {}
            }
            let Some((apex, zone)) = self.zone_for(&owner) else {
                return Found { code: ResponseCode::NXDomain, answers, ..Found::default() };
            };
            let found = look(apex, zone, &owner, kind);
            answers.extend(found.answers.clone());
            let target = found.answers.iter().rev().find_map(|r| match &r.data {
                RData::CNAME(target) if kind != RecordType::CNAME => Some(target.0.clone()),
                _ => None,
            });
            match target {
                Some(target) if !answers.iter().any(|r| r.name == target && r.record_type() == kind) => owner = target,
                _ => return Found { answers, ..found },
            }
        }
        Found { code: ResponseCode::ServFail, ..Found::default() }
    }
}

/// An answer in the making.
#[derive(Default)]
struct Found {
    code: ResponseCode,
    authoritative: bool,
    answers: Vec<Record>,
    authorities: Vec<Record>,
}

impl Found {
    fn refused() -> Self {
        Self { code: ResponseCode::Refused, ..Self::default() }
    }
}

/// What a zone says (RFC 1034 section 4.3.2, wildcards as in RFC 4592), without following an alias out of the zone.
fn look(apex: &Name, zone: &Zone, owner: &Name, kind: RecordType) -> Found {
    let soa = || zone.iter().filter(|r| r.record_type() == RecordType::SOA && r.name == *apex).cloned().collect();
    let exists = |n: &Name| zone.iter().any(|r| n.zone_of(&r.name));
    let source = if exists(owner) {
        owner.clone()
    } else {
        let mut encloser = owner.base_name();
        while !exists(&encloser) && encloser.num_labels() > 0 {
            encloser = encloser.base_name();
        }
        encloser.prepend_label("*").unwrap()
    };
    if !exists(&source) {
        return Found { code: ResponseCode::NXDomain, authorities: soa(), ..Found::default() };
    }
    let held = |wanted: RecordType| -> Vec<Record> {
        let of_type = zone.iter().filter(|r| r.name == source && r.record_type() == wanted);
        of_type
            .cloned()
            .map(|mut r| {
                r.name = owner.clone();
                r
            })
            .collect()
    };
    let answers = held(kind);
    if !answers.is_empty() {
        return Found { answers, ..Found::default() };
    }
    let alias = held(RecordType::CNAME);
    if let Some(RData::CNAME(target)) = alias.first().map(|r| r.data.clone()) {
        if apex.zone_of(&target.0) {
            let mut rest = look(apex, zone, &target.0.to_lowercase(), kind);
            rest.answers.splice(0..0, alias);
            return rest;
        }
        return Found { answers: alias, ..Found::default() };
    }
    Found { authorities: soa(), ..Found::default() }
}

struct Handler {
    world: Arc<World>,
    ip: Ipv4Addr,
    received: Arc<AtomicUsize>,
    questions: Questions,
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut out: R) -> ResponseInfo {
        self.received.fetch_add(1, Ordering::Relaxed);
        let mut metadata = Metadata::new(request.metadata.id, MessageType::Response, OpCode::Query);
        metadata.recursion_desired = request.metadata.recursion_desired;
        let info = request.request_info().unwrap();
        let (owner, kind) = (Name::from(info.query.name().clone()).to_lowercase(), info.query.query_type());
        let question = (self.ip, owner.clone(), kind, request.metadata.checking_disabled);
        *self.questions.lock().unwrap().entry(question).or_default() += 1;
        let manner = self.world.manners.get(&self.ip).copied().unwrap_or(Manner::Normal);
        let mut found = if self.ip == RESOLVER {
            metadata.recursion_available = true;
            self.world.resolved(&owner, kind)
        } else {
            self.world.authoritative(self.ip, &owner, kind)
        };
        match manner {
            Manner::Silent => return ResponseInfo::from(Header { metadata, counts: HeaderCounts::default() }),
            Manner::ServFail => found = Found { code: ResponseCode::ServFail, ..Found::default() },
            Manner::Refused => found = Found::refused(),
            Manner::Lame => found = Found::default(),
            Manner::Truncating if info.protocol == Protocol::Udp => {
                metadata.truncation = true;
                found.answers.clear();
            }
            Manner::Normal | Manner::Truncating => {}
        }
        metadata.response_code = found.code;
        metadata.authoritative = found.authoritative;
        tokio::time::sleep(self.world.delay).await;
        let none: Vec<Record> = Vec::new();
        let response = MessageResponseBuilder::from_message_request(request).build(
            metadata,
            &found.answers,
            &found.authorities,
            &none,
            &none,
        );
        match out.send_response(response).await {
            Ok(info) => info,
            Err(_) => ResponseInfo::from(Header { metadata, counts: HeaderCounts::default() }),
        }
    }
}
