//! One name and type, asked of everybody who may say something about it, at once.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use hickory_net::proto::rr::{Name, RecordType};
use tokio::time::{Instant, timeout_at};

use super::client::{DnsClient, Reply, parse, unanswered};
use super::interpret::shown;
use super::zone::{NameServer, Zone};
use crate::records::{Answer, AnswerState, NameServerAnswer, Observation, RecordKind, reverse_name};

/// The most that one observation takes, zone cut and all.
const WHOLE: Duration = Duration::from_secs(10);

impl DnsClient {
    /// Asks every authoritative server and the resolver about one name and type. Three round trips, of which the first
    /// two (the zone and its servers) are shared by every name of the zone.
    pub async fn observe(&self, name: &str, kind: RecordType) -> Observation {
        let name = match parse(name) {
            Ok(name) => name,
            Err(answer) => return Observation { resolver: Some(answer), ..Observation::default() },
        };
        let deadline = Instant::now() + WHOLE;
        let resolver = async {
            match timeout_at(deadline, self.resolve_name(&name, kind, false)).await {
                Ok(reply) => reply.answer,
                Err(_) => unanswered(AnswerState::TimedOut),
            }
        };
        let zone = async {
            match timeout_at(deadline, self.zone_of_name(&name)).await {
                Ok(Ok(zone)) => Ok(self.observe_in(&zone, &name, kind, deadline).await),
                Ok(Err(no_zone)) => Err(no_zone.to_string()),
                Err(_) => Err(format!("the name servers for '{}' could not be found in 10 s", shown(&name))),
            }
        };
        let (resolver, zone) = tokio::join!(resolver, zone);
        match zone {
            Ok(observed) => Observation { resolver: Some(resolver), ..observed },
            Err(reason) => Observation { resolver: Some(resolver), no_servers: Some(reason), ..Observation::default() },
        }
    }

    /// What servers say of an apex that the resolver does not know as theirs yet.
    pub async fn observe_at(&self, servers: Vec<NameServer>, apex: &str, kind: RecordType) -> Vec<NameServerAnswer> {
        let Ok(name) = parse(apex) else { return Vec::new() };
        let zone = Zone { apex: shown(&name), servers };
        self.observe_in(&zone, &name, kind, Instant::now() + WHOLE).await.authoritative
    }

    /// The PTR records of an address.
    pub async fn observe_ptr(&self, address: IpAddr) -> Observation {
        self.observe(&reverse_name(address), RecordType::PTR).await
    }

    async fn observe_in(&self, zone: &Zone, name: &Name, kind: RecordType, deadline: Instant) -> Observation {
        let endpoints: Vec<(&str, SocketAddr)> = zone.endpoints().collect();
        if endpoints.is_empty() {
            let names: Vec<&str> = zone.servers.iter().map(|s| s.name.as_str()).collect();
            let reason = format!("the name servers of '{}' have no addresses: {}", zone.apex, names.join(" "));
            return Observation { no_servers: Some(reason), ..Observation::default() };
        }
        let answers = join_all(endpoints.iter().map(|(server, address)| async move {
            let asked = async { tokio::join!(self.ask_name(*address, name, kind), self.serial(&zone.apex, *address)) };
            let (reply, serial) = timeout_at(deadline, asked).await.unwrap_or_else(|_| (Reply::late(), None));
            let answer = NameServerAnswer {
                server: server.trim_end_matches('.').to_owned(),
                address: *address,
                answer: reply.answer,
                serial,
            };
            (answer, reply.no_route)
        }));
        let (answers, stray) = tokio::join!(answers, self.stray(zone, &endpoints, name, kind, deadline));
        let reachable = answers.iter().any(|(_, no_route)| !no_route);
        // Addresses of a family that this machine does not have say nothing about the zone.
        let mut authoritative: Vec<NameServerAnswer> =
            answers.into_iter().filter(|(_, no_route)| !(reachable && *no_route)).map(|(answer, _)| answer).collect();
        self.follow_aliases(&mut authoritative, kind, deadline).await;
        Observation { authoritative, stray, zone: Some(zone.apex.clone()), ..Observation::default() }
    }

    async fn serial(&self, apex: &str, server: SocketAddr) -> Option<u32> {
        let name = parse(apex).ok()?;
        let message = self.ask_name(server, &name, RecordType::SOA).await.message?;
        message.answers.iter().find_map(|r| match &r.data {
            hickory_net::proto::rr::RData::SOA(soa) => Some(soa.serial),
            _ => None,
        })
    }

    /// What a server says about a name beside this one that nobody published: an answer comes from a wildcard.
    async fn stray(
        &self,
        zone: &Zone,
        endpoints: &[(&str, SocketAddr)],
        name: &Name,
        kind: RecordType,
        deadline: Instant,
    ) -> Option<Answer> {
        if shown(name) == zone.apex || kind == RecordType::PTR {
            return None;
        }
        let server = endpoints.iter().find(|(_, a)| a.is_ipv4()).or(endpoints.first())?.1;
        let beside = name.base_name().prepend_label(self.stray_label()).ok()?;
        let reply = timeout_at(deadline, self.ask_name(server, &beside, kind)).await.ok()?;
        (reply.answer.state == AnswerState::Found).then_some(reply.answer)
    }

    /// A server that knows only that the name is an alias into another zone is completed by the resolver.
    async fn follow_aliases(&self, answers: &mut [NameServerAnswer], kind: RecordType, deadline: Instant) {
        for found in answers.iter_mut().map(|a| &mut a.answer) {
            let (Some(target), true) = (&found.canonical_name, found.data.is_empty()) else { continue };
            let Ok(target) = parse(target) else { continue };
            if let Ok(reply) = timeout_at(deadline, self.resolve_name(&target, kind, false)).await {
                let canonical = reply.answer.canonical_name.unwrap_or_else(|| shown(&target));
                found.state = reply.answer.state;
                found.data = reply.answer.data;
                found.ttl = found.ttl.into_iter().chain(reply.answer.ttl).min();
                found.canonical_name = Some(canonical);
            }
        }
    }
}

impl Reply {
    fn late() -> Self {
        Self { answer: unanswered(AnswerState::TimedOut), message: None, no_route: false }
    }
}

impl From<RecordKind> for RecordType {
    fn from(kind: RecordKind) -> Self {
        match kind {
            RecordKind::A => Self::A,
            RecordKind::Aaaa => Self::AAAA,
            RecordKind::Mx => Self::MX,
            RecordKind::Txt => Self::TXT,
            RecordKind::Caa => Self::CAA,
            RecordKind::Srv => Self::SRV,
            RecordKind::Tlsa => Self::TLSA,
            RecordKind::Ptr => Self::PTR,
            RecordKind::Cname => Self::CNAME,
        }
    }
}
