//! The zone a name belongs to, its servers, and the delegation at its parent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use futures_util::future::{join, join_all};
use hickory_net::proto::op::Message;
use hickory_net::proto::rr::{Name, RData, RecordType};

use super::client::{DnsClient, parse};
use super::interpret::shown;
use crate::records::AnswerState;

/// More name servers than this are not asked; the root has 13.
const MOST_SERVERS: usize = 13;
/// More addresses of one name server than this are not asked.
const MOST_ADDRESSES: usize = 4;
/// Numbers of labels below `ip6.arpa` at which reverse zones are usually cut: /32, /48, /56, /64.
const IP6_CUTS: [usize; 4] = [8, 12, 14, 16];

/// A zone with the servers that answer for it, as the resolver knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// Its apex, with the final dot.
    pub apex: String,
    /// Its servers, by name.
    pub servers: Vec<NameServer>,
}

/// One name server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameServer {
    /// Its name, with the final dot.
    pub name: String,
    /// Where it is asked; empty when its name has no address.
    pub addresses: Vec<SocketAddr>,
}

/// What the parent zone says about a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// The parent zone's apex, with the final dot.
    pub parent: String,
    /// The servers that the parent refers to, with the addresses that it gave along or that the resolver knows.
    pub servers: Vec<NameServer>,
}

/// Why the servers of a name are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoZone {
    /// Nothing above the name is delegated.
    #[error("'{name}' is not in the DNS: no zone above it is delegated. Is the domain registered?")]
    NotDelegated {
        /// The name, without the final dot.
        name: String,
    },
    /// The resolver could not say.
    #[error("the name servers for '{name}' could not be found: {reason}")]
    Unknown {
        /// The name, without the final dot.
        name: String,
        /// What the resolver did instead.
        reason: String,
    },
}

impl Zone {
    /// Each server's name with each of its addresses.
    pub fn endpoints(&self) -> impl Iterator<Item = (&str, SocketAddr)> {
        self.servers.iter().flat_map(|s| s.addresses.iter().map(|a| (s.name.as_str(), *a)))
    }
}

impl DnsClient {
    /// The zone that `name` is in: two round trips to the resolver (NS at every possible cut at once, then the
    /// servers' addresses).
    pub async fn zone_of(&self, name: &str) -> Result<Zone, NoZone> {
        let name = parse(name).map_err(|a| unknown(name, &a.state))?;
        self.zone_of_name(&name).await
    }

    pub(super) async fn zone_of_name(&self, name: &Name) -> Result<Zone, NoZone> {
        let mut cuts = possible_cuts(name);
        let asked = join_all(cuts.iter().map(|cut| self.resolve_name(cut, RecordType::NS, false)));
        let (mut replies, apex_by_soa) =
            if is_ip6(name) { join(asked, self.apex_by_soa(name)).await } else { (asked.await, None) };
        if let Some(apex) = apex_by_soa
            && !cuts.contains(&apex)
        {
            let at = cuts.iter().position(|c| c.num_labels() < apex.num_labels()).unwrap_or(cuts.len());
            replies.insert(at, self.resolve_name(&apex, RecordType::NS, false).await);
            cuts.insert(at, apex);
        }
        let mut trouble = None;
        for (cut, reply) in cuts.iter().zip(&replies) {
            match &reply.answer.state {
                AnswerState::Found if reply.answer.canonical_name.is_none() => {
                    if let Some((broken, state)) = trouble {
                        return self.zone_by_delegation(broken, cut, state).await;
                    }
                    let servers = self.with_addresses(&reply.answer.data, None).await;
                    return Ok(Zone { apex: shown(cut), servers });
                }
                // A CNAME, no such record, no such name: the cut is higher up.
                AnswerState::Found | AnswerState::NoData | AnswerState::NxDomain => {}
                other => trouble = Some((cut, other)),
            }
        }
        match trouble {
            Some((broken, state)) if broken.num_labels() > 1 => {
                self.zone_by_delegation(broken, &broken.base_name(), state).await
            }
            Some((_, state)) => Err(unknown(&shown(name), state)),
            None => Err(NoZone::NotDelegated { name: bare(name) }),
        }
    }

    /// The owner of the SOA that a resolver gives along with "no SOA here" (RFC 2308): the apex, in one question.
    async fn apex_by_soa(&self, name: &Name) -> Option<Name> {
        let reply = self.resolve_name(name, RecordType::SOA, false).await;
        let message = reply.message?;
        let mut sections = message.answers.iter().chain(&message.authorities);
        sections.find(|r| r.record_type() == RecordType::SOA && r.name.zone_of(name)).map(|r| r.name.to_lowercase())
    }

    /// The zone as its parent delegates it, for when the resolver gets no answer from its servers.
    async fn zone_by_delegation(&self, cut: &Name, above: &Name, state: &AnswerState) -> Result<Zone, NoZone> {
        if above.num_labels() == 0 {
            return Err(unknown(&shown(cut), state));
        }
        match Box::pin(self.delegation_at(cut, above)).await {
            Ok(found) if !found.servers.is_empty() => Ok(Zone { apex: shown(cut), servers: found.servers }),
            _ => Err(unknown(&shown(cut), state)),
        }
    }

    /// What the zone above `apex` says about it.
    pub async fn delegation(&self, apex: &str) -> Result<Delegation, NoZone> {
        let cut = parse(apex).map_err(|a| unknown(apex, &a.state))?;
        if cut.num_labels() < 2 {
            return Err(NoZone::NotDelegated { name: bare(&cut) });
        }
        self.delegation_at(&cut, &cut.base_name()).await
    }

    async fn delegation_at(&self, cut: &Name, above: &Name) -> Result<Delegation, NoZone> {
        let parent = self.parent_zone(above).await?;
        let mut last = AnswerState::TimedOut;
        for (_, server) in parent.endpoints() {
            let reply = self.ask_name(server, cut, RecordType::NS).await;
            let Some(message) = reply.message else {
                last = reply.answer.state;
                continue;
            };
            let referred: Vec<String> = message
                .answers
                .iter()
                .chain(&message.authorities)
                .filter(|r| r.name == *cut)
                .filter_map(|r| match &r.data {
                    RData::NS(target) => Some(shown(&target.0)),
                    _ => None,
                })
                .collect();
            if !referred.is_empty() {
                let servers = self.with_addresses(&referred, Some(&message)).await;
                return Ok(Delegation { parent: parent.apex.clone(), servers });
            }
            if message.metadata.authoritative {
                return Err(NoZone::NotDelegated { name: bare(cut) });
            }
            last = reply.answer.state;
        }
        Err(unknown(&shown(cut), &last))
    }

    /// The zone of a name that may be a top-level domain, which [`possible_cuts`] leaves out.
    async fn parent_zone(&self, name: &Name) -> Result<Zone, NoZone> {
        if name.num_labels() > 1 {
            match Box::pin(self.zone_of_name(name)).await {
                Err(NoZone::NotDelegated { .. }) => {}
                other => return other,
            }
        }
        let top = name.trim_to(1);
        let reply = self.resolve_name(&top, RecordType::NS, false).await;
        match reply.answer.state {
            AnswerState::Found => {
                let servers = self.with_addresses(&reply.answer.data, None).await;
                Ok(Zone { apex: shown(&top), servers })
            }
            state => Err(unknown(&shown(&top), &state)),
        }
    }

    /// Looks up A and AAAA of name servers, all at once; glue is taken where it came along.
    async fn with_addresses(&self, names: &[String], glue: Option<&Message>) -> Vec<NameServer> {
        join_all(names.iter().take(MOST_SERVERS).map(|name| async move {
            let mut found: Vec<IpAddr> = glue.map(|m| glue_of(m, name)).unwrap_or_default();
            if found.is_empty() {
                found = self.addresses(name).await.0;
            }
            found.truncate(MOST_ADDRESSES);
            let addresses = found.into_iter().map(|ip| self.authoritative(ip)).collect();
            NameServer { name: name.clone(), addresses }
        }))
        .await
    }
}

/// Names where the zone of `name` may be cut, longest first; top-level domains left out, where nobody is a customer.
fn possible_cuts(name: &Name) -> Vec<Name> {
    let labels = usize::from(name.num_labels());
    if is_ip6(name) {
        let cuts = IP6_CUTS.iter().rev().map(|nibbles| nibbles + 2).chain([2]);
        return cuts.filter(|n| *n <= labels).map(|n| name.trim_to(n)).collect();
    }
    (2..=labels.min(10)).rev().map(|n| name.trim_to(n)).collect()
}

fn is_ip6(name: &Name) -> bool {
    let suffix = name.trim_to(2);
    suffix.num_labels() == 2 && shown(&suffix) == "ip6.arpa."
}

fn glue_of(message: &Message, name: &str) -> Vec<IpAddr> {
    let owned = message.additionals.iter().filter(|r| shown(&r.name) == name);
    owned
        .filter_map(|r| match &r.data {
            RData::A(a) => Some(IpAddr::V4(Ipv4Addr::from(a.octets()))),
            RData::AAAA(a) => Some(IpAddr::V6(Ipv6Addr::from(a.octets()))),
            _ => None,
        })
        .collect()
}

fn bare(name: &Name) -> String {
    shown(name).trim_end_matches('.').to_owned()
}

fn unknown(name: &str, state: &AnswerState) -> NoZone {
    NoZone::Unknown { name: name.trim_end_matches('.').to_owned(), reason: format!("the resolver {}", state.said()) }
}
