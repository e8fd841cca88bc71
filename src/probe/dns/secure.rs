//! DNSSEC, validated here: secure, insecure or bogus is our own verdict, not a resolver's AD bit.

use std::pin::Pin;
use std::str::FromStr as _;
use std::sync::Arc;

use futures_util::stream::{self, Stream};
use hickory_net::DnsError;
use hickory_net::NetError;
use hickory_net::dnssec::DnssecDnsHandle;
use hickory_net::proto::dnssec::{Proof, TrustAnchors};
use hickory_net::proto::op::{DnsRequest, DnsRequestOptions, DnsResponse, Query, ResponseCode};
use hickory_net::proto::rr::{Name, RecordType};
use hickory_net::runtime::TokioRuntimeProvider;
use hickory_net::xfer::{DnsHandle, FirstAnswer as _};

use super::client::{DnsClient, parse};
use crate::records::Answer;

/// What DNSSEC says about an answer, or about there being none (RFC 4033 section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// Signed, from the root down.
    Secure,
    /// Provably not signed.
    Insecure,
    /// It should be signed, and is not as it should be: validating resolvers answer SERVFAIL.
    Bogus,
    /// Why nothing can be said.
    Unknown(String),
}

/// An answer with what DNSSEC says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// The answer.
    pub answer: Answer,
    /// Whether it can be believed.
    pub security: Security,
}

impl Validated {
    /// The question, the answer and the verdict on one line.
    pub fn line(&self, question: &str) -> String {
        let verdict = match &self.security {
            Security::Secure => "secure",
            Security::Insecure => "insecure",
            Security::Bogus => "bogus",
            Security::Unknown(reason) => reason,
        };
        format!("{question} by way of the resolver: {}; DNSSEC: {verdict}", self.answer.line())
    }
}

/// The keys that the chain of trust begins with.
pub type Anchors = Arc<TrustAnchors>;

/// Reads DNSKEY records of the root in zone file form, for networks with a root of their own; the error says what is
/// wrong.
pub fn anchors(text: &str) -> Result<Anchors, String> {
    // Tools leave out the time to live, the class, or both (RFC 1035 section 5.1), and the parser wants the class.
    let records = text.lines().filter_map(|line| {
        let (head, data) = line.split(';').next()?.split_once("DNSKEY")?;
        Some(format!("{} IN DNSKEY {}\n", head.split_whitespace().next()?, data.trim()))
    });
    let anchors = TrustAnchors::from_str(&records.collect::<String>())
        .map_err(|e| format!("it holds no DNSKEY records that can be read ({e})"))?;
    if anchors.is_empty() { Err("it holds no DNSKEY record of the root".into()) } else { Ok(Arc::new(anchors)) }
}

impl DnsClient {
    /// Asks the resolver for an answer with all that proves it, and proves it here, from the root's keys down. The
    /// resolver is told not to judge (the CD bit), so that bogus data comes through to be called so.
    pub async fn validated(&self, name: &str, kind: RecordType) -> Validated {
        let name = match parse(name) {
            Ok(name) => name,
            Err(answer) => return Validated { answer, security: Security::Unknown("it is not a DNS name".into()) },
        };
        let answer = self.resolve_unjudged(&name, kind).await.answer;
        if !answer.state.is_verdict() {
            let reason = format!("the resolver {}", answer.state.said());
            return Validated { answer, security: Security::Unknown(reason) };
        }
        // A resolver that hands on no signatures makes everything look bogus; the root itself tells.
        let security = match self.prove(&Name::root(), RecordType::DNSKEY).await {
            Security::Secure => self.prove(&name, kind).await,
            _ => Security::Unknown("the resolver hands on no signatures that the root's key proves".into()),
        };
        Validated { answer, security }
    }

    async fn prove(&self, name: &Name, kind: RecordType) -> Security {
        let handle = DnssecDnsHandle::with_trust_anchor(Through(self.clone()), self.anchors());
        let mut options = DnsRequestOptions::default();
        options.use_edns = true;
        options.edns_set_dnssec_ok = true;
        match handle.lookup(Query::query(name.clone(), kind), options).first_answer().await {
            Ok(response) => positive(&response, kind),
            Err(NetError::Dns(DnsError::Nsec { proof, .. })) => security(proof),
            Err(NetError::Dns(DnsError::DnssecBogus)) => Security::Bogus,
            Err(NetError::Timeout) => Security::Unknown("what proves it could not be fetched in time".into()),
            Err(other) => Security::Unknown(crate::printable::printable(&other.to_string())),
        }
    }
}

/// The weakest proof counts: of the answer with the aliases that led to it, or of the denial.
fn positive(response: &DnsResponse, kind: RecordType) -> Security {
    let counted =
        |r: &&hickory_net::proto::rr::Record| matches!(r.record_type(), t if t == kind || t == RecordType::CNAME);
    let answers: Vec<Proof> = response.answers.iter().filter(counted).map(|r| r.proof).collect();
    let denial = response.authorities.iter().map(|r| r.proof);
    let proofs: Vec<Proof> = if answers.is_empty() { denial.collect() } else { answers };
    match proofs {
        // An unsigned zone denies without any proof; the handle has shown already that it is unsigned.
        proofs if proofs.is_empty() => Security::Insecure,
        proofs if proofs.contains(&Proof::Bogus) => Security::Bogus,
        proofs if proofs.contains(&Proof::Indeterminate) => security(Proof::Indeterminate),
        proofs if proofs.contains(&Proof::Insecure) => Security::Insecure,
        _ => Security::Secure,
    }
}

fn security(proof: Proof) -> Security {
    match proof {
        Proof::Secure => Security::Secure,
        Proof::Insecure => Security::Insecure,
        Proof::Bogus => Security::Bogus,
        Proof::Indeterminate => Security::Unknown("there is no chain of trust from the root".into()),
    }
}

/// The client as the validator asks it: every answer once, kept with the others of this look.
#[derive(Clone)]
struct Through(DnsClient);

impl DnsHandle for Through {
    type Response = Pin<Box<dyn Stream<Item = Result<DnsResponse, NetError>> + Send>>;
    type Runtime = TokioRuntimeProvider;

    fn send(&self, request: DnsRequest) -> Self::Response {
        let client = self.0.clone();
        let question = request.queries.first().map(|q| (q.name().to_lowercase(), q.query_type()));
        Box::pin(stream::once(Box::pin(async move {
            let (name, kind) = question.ok_or(NetError::Message("a request without a question"))?;
            let message = client.resolve_unjudged(&name, kind).await.message.ok_or(NetError::Timeout)?;
            match message.metadata.response_code {
                ResponseCode::NoError | ResponseCode::NXDomain => Ok(DnsResponse::from_message((*message).clone())?),
                code => Err(NetError::Dns(DnsError::ResponseCode(code))),
            }
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "257 3 13 tFmyvaC30YxtU5GfS56/MxDTF6VokO+kPMTQ0N0qhTkVulIjLBW8nDWlE4rh7WTwwmbuXnTHL05dg7JhSRcpZA==";

    #[test]
    fn the_roots_keys_are_read_as_tools_print_them() {
        for line in [
            format!(". DNSKEY {KEY}"),
            format!(".\t172800\tIN\tDNSKEY\t{KEY}\n"),
            format!("; a comment\n. IN DNSKEY {KEY}"),
        ] {
            match anchors(&line) {
                Ok(read) => assert_eq!(read.len(), 1, "{line}"),
                Err(reason) => panic!("{line}: {reason}"),
            }
        }
        assert!(anchors("").is_err());
        assert!(anchors("not a key").is_err());
    }
}
