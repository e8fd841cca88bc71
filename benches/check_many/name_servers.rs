//! A resolver and authoritative servers for many like domains, each answer held back for the same time.

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_net::proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_net::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;

pub const RESOLVER: Ipv4Addr = Ipv4Addr::new(127, 9, 1, 53);
/// Answers for `org.` and for the names of the servers.
const TOP: Ipv4Addr = Ipv4Addr::new(127, 9, 1, 1);
/// Answer for the domains.
const SERVERS: [Ipv4Addr; 2] = [Ipv4Addr::new(127, 9, 1, 10), Ipv4Addr::new(127, 9, 1, 11)];

struct Zones {
    apexes: HashSet<Name>,
    records: HashMap<(Name, RecordType), Vec<Record>>,
    /// Every name that exists, also those that only have names below them.
    names: HashSet<Name>,
}

fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).unwrap();
    name.set_fqdn(true);
    name
}

impl Zones {
    fn new(domains: impl Iterator<Item = String>) -> Self {
        let mut zones = Self { apexes: HashSet::new(), records: HashMap::new(), names: HashSet::new() };
        zones.zone("org.", &["n1.ns.org."]);
        zones.zone("ns.org.", &["n1.ns.org."]);
        for (server, ip) in [("n1", TOP), ("n10", SERVERS[0]), ("n11", SERVERS[1])] {
            zones.add(&format!("{server}.ns.org."), "A", &ip.to_string());
        }
        zones.zone("host.org.", &["n10.ns.org.", "n11.ns.org."]);
        zones.add("mx.host.org.", "A", "127.9.1.25");
        zones.add("_spf.host.org.", "TXT", "\"v=spf1 ip4:127.9.1.25 -all\"");
        for domain in domains {
            zones.zone(&format!("{domain}."), &["n10.ns.org.", "n11.ns.org."]);
            zones.add(&format!("{domain}."), "MX", "10 mx.host.org.");
            zones.add(&format!("{domain}."), "TXT", "\"v=spf1 mx include:_spf.host.org -all\"");
            zones.add(&format!("_dmarc.{domain}."), "TXT", &format!("\"v=DMARC1; p=reject; rua=mailto:d@{domain}\""));
            zones.add(&format!("_smtp._tls.{domain}."), "TXT", &format!("\"v=TLSRPTv1; rua=mailto:t@{domain}\""));
        }
        zones
    }

    fn zone(&mut self, apex: &str, servers: &[&str]) {
        self.apexes.insert(name(apex));
        self.add(apex, "SOA", "n1.ns.org. hostmaster.ns.org. 7 3600 600 86400 300");
        for server in servers {
            self.add(apex, "NS", server);
        }
    }

    fn add(&mut self, owner: &str, kind: &str, data: &str) {
        let (owner, kind): (Name, RecordType) = (name(owner), kind.parse().unwrap());
        for labels in 1..=owner.num_labels() {
            self.names.insert(owner.trim_to(usize::from(labels)));
        }
        let data = RData::try_from_str(kind, data).unwrap();
        let record = Record::from_rdata(owner.clone(), 3600, data);
        self.records.entry((owner, kind)).or_default().push(record);
    }

    fn get(&self, owner: &Name, kind: RecordType) -> Vec<Record> {
        self.records.get(&(owner.clone(), kind)).cloned().unwrap_or_default()
    }

    fn answer(&self, at: Ipv4Addr, question: &Message) -> Message {
        let mut answer = Message::response(question.metadata.id, OpCode::Query);
        answer.metadata.message_type = MessageType::Response;
        answer.metadata.recursion_desired = question.metadata.recursion_desired;
        answer.queries = question.queries.clone();
        if question.edns.is_some() {
            let mut edns = Edns::new();
            edns.set_max_payload(1232);
            answer.edns = Some(edns);
        }
        let Some(query) = question.queries.first() else { return answer };
        let (owner, kind) = (query.name().to_lowercase(), query.query_type());
        let apex =
            (0..=owner.num_labels()).rev().map(|n| owner.trim_to(usize::from(n))).find(|n| self.apexes.contains(n));
        let Some(apex) = apex else {
            answer.metadata.response_code = ResponseCode::NXDomain;
            return answer;
        };
        if at == RESOLVER {
            answer.metadata.recursion_available = true;
        } else if at == TOP && !["org.", "ns.org."].contains(&apex.to_ascii().as_str()) {
            answer.authorities = self.get(&apex, RecordType::NS);
            return answer;
        } else {
            answer.metadata.authoritative = true;
        }
        answer.answers = self.get(&owner, kind);
        if answer.answers.is_empty() {
            answer.authorities = self.get(&apex, RecordType::SOA);
            if !self.names.contains(&owner) {
                answer.metadata.response_code = ResponseCode::NXDomain;
            }
        }
        answer
    }
}

/// Serves for ever; tells the port on standard output: 53 where that is allowed.
pub fn serve(delay: Duration, domains: impl Iterator<Item = String>) {
    let zones = Arc::new(Zones::new(domains));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let addresses = [RESOLVER, TOP, SERVERS[0], SERVERS[1]];
        let mut sockets = Vec::new();
        for port in [53, 15_353] {
            for address in addresses {
                match UdpSocket::bind((address, port)).await {
                    Ok(socket) => sockets.push((address, Arc::new(socket))),
                    Err(_) => break,
                }
            }
            if sockets.len() == addresses.len() {
                println!("{port}");
                break;
            }
            sockets.clear();
        }
        assert!(!sockets.is_empty(), "no port is free");
        let serving = sockets.into_iter().map(|(address, socket)| {
            let zones = zones.clone();
            async move {
                let mut buffer = [0_u8; 2048];
                loop {
                    let Ok((length, from)) = socket.recv_from(&mut buffer).await else { continue };
                    let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
                    let answer = zones.answer(address, &question).to_vec().unwrap();
                    tokio::spawn(later(socket.clone(), answer, from, delay));
                }
            }
        });
        futures_util::future::join_all(serving).await;
    });
}

async fn later(socket: Arc<UdpSocket>, answer: Vec<u8>, to: SocketAddr, delay: Duration) {
    tokio::time::sleep(delay).await;
    let _ = socket.send_to(&answer, to).await;
}
