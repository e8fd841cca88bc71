//! What name servers answered about one name and type.

use std::net::SocketAddr;

/// Everything that was learned about one name and type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observation {
    /// Each authoritative server's own answer (RD=0): the truth.
    pub authoritative: Vec<NameServerAnswer>,
    /// The system resolver's answer: what others may still see.
    pub resolver: Option<Answer>,
    /// Why the authoritative servers could not be found, where that is so.
    pub no_servers: Option<String>,
}

/// One authoritative server's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameServerAnswer {
    /// Its name, printable ("ns1.dnshost.net").
    pub server: String,
    /// The address that was asked.
    pub address: SocketAddr,
    /// What it said.
    pub answer: Answer,
    /// The zone's serial there, where it was asked for.
    pub serial: Option<u32>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What kind of answer.
    pub state: AnswerState,
    /// Data of the asked type in presentation form (TXT joined, unquoted), sorted.
    pub data: Vec<String>,
    /// Time to live in seconds; of a negative answer min(SOA TTL, SOA minimum) (RFC 2308), where there was an SOA.
    pub ttl: Option<u32>,
    /// The name the data really stands at, when a CNAME led there.
    pub canonical_name: Option<String>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// What kind of answer came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerState {
    /// Records of the asked type.
    Found,
    /// The name exists, but has no such record.
    NoData,
    /// The name does not exist.
    NxDomain,
    /// The server failed.
    ServFail,
    /// The server would not say.
    Refused,
    /// The server is not responsible for the zone though the delegation says so.
    Lame,
    /// No answer in time.
    TimedOut,
    /// Anything else, in words.
    Other(String),
}

impl AnswerState {
    /// Whether it says for certain that there is or is not a record.
    pub fn is_verdict(&self) -> bool {
        matches!(self, Self::Found | Self::NoData | Self::NxDomain)
    }
}
