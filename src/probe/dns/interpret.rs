//! What a DNS message says about the question.

use std::time::Duration;

use hickory_net::proto::op::{Message, ResponseCode};
use hickory_net::proto::rr::{Name, RData, Record, RecordType};

use super::exchange::{Question, Silence};
use crate::records::{Answer, AnswerState};

/// Turns what came (or did not) into an [`Answer`].
pub fn answer(question: &Question, reply: &Result<Message, Silence>, elapsed: Duration) -> Answer {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let nothing = |state| Answer { state, data: Vec::new(), ttl: None, canonical_name: None, elapsed_ms };
    let message = match reply {
        Ok(message) => message,
        Err(Silence::TimedOut) => return nothing(AnswerState::TimedOut),
        Err(Silence::NoRoute) => {
            return nothing(AnswerState::Other(format!("this machine has no route to {}", question.server.ip())));
        }
        Err(Silence::Failed(reason)) => return nothing(AnswerState::Other(crate::printable::printable(reason))),
    };
    let state = match message.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain if !question.recurse && !message.metadata.authoritative => {
            return nothing(AnswerState::Lame);
        }
        ResponseCode::NoError => AnswerState::NoData,
        ResponseCode::NXDomain => AnswerState::NxDomain,
        ResponseCode::ServFail => return nothing(AnswerState::ServFail),
        ResponseCode::Refused => return nothing(AnswerState::Refused),
        ResponseCode::NotAuth => return nothing(AnswerState::Lame),
        other => return nothing(AnswerState::Other(other.to_str().to_owned())),
    };
    let canonical = canonical_name(message, &question.name, question.kind);
    let records: Vec<&Record> =
        message.answers.iter().filter(|r| r.record_type() == question.kind && r.name == canonical).collect();
    let canonical_name = (canonical != question.name).then(|| shown(&canonical));
    if records.is_empty() {
        return Answer { state, data: Vec::new(), ttl: negative_ttl(message), canonical_name, elapsed_ms };
    }
    let mut data: Vec<String> = records.iter().map(|r| presentation(&r.data)).collect();
    data.sort();
    let ttl = records.iter().map(|r| r.ttl).min();
    Answer { state: AnswerState::Found, data, ttl, canonical_name, elapsed_ms }
}

/// Where the chain of CNAMEs in the answer ends (RFC 1034 section 3.6.2).
fn canonical_name(message: &Message, name: &Name, kind: RecordType) -> Name {
    let mut canonical = name.clone();
    if kind == RecordType::CNAME {
        return canonical;
    }
    for _ in 0..message.answers.len() {
        let target = message.answers.iter().find_map(|r| match &r.data {
            RData::CNAME(target) if r.name == canonical => Some(target.0.clone()),
            _ => None,
        });
        match target {
            Some(target) if target != canonical => canonical = target,
            _ => break,
        }
    }
    canonical
}

/// min(SOA TTL, SOA minimum) of a negative answer (RFC 2308 section 5).
fn negative_ttl(message: &Message) -> Option<u32> {
    message.authorities.iter().find_map(|r| match &r.data {
        RData::SOA(soa) => Some(r.ttl.min(soa.minimum)),
        _ => None,
    })
}

/// The name in lower case with the final dot.
pub fn shown(name: &Name) -> String {
    let mut name = name.to_lowercase();
    name.set_fqdn(true);
    name.to_ascii()
}

/// Data in presentation form; the strings of a TXT record are joined with nothing between (RFC 7208 section 3.3).
fn presentation(data: &RData) -> String {
    match data {
        RData::MX(mx) => format!("{} {}", mx.preference, shown(&mx.exchange)),
        RData::SRV(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, shown(&srv.target)),
        RData::NS(name) => shown(&name.0),
        RData::CNAME(name) => shown(&name.0),
        RData::PTR(name) => shown(&name.0),
        RData::TXT(txt) => String::from_utf8_lossy(&txt.txt_data.concat()).into_owned(),
        RData::TLSA(_) => data.to_string().to_ascii_lowercase(),
        other => other.to_string(),
    }
}
