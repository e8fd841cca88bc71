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
    /// What a server answered about a name beside this one that nobody published; an answer there comes from a
    /// wildcard (RFC 4592), and so does the same answer here.
    pub stray: Option<Answer>,
    /// The zone's apex, with the final dot, where it was found.
    pub zone: Option<String>,
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

    /// What the server did, as the end of a sentence: "did not answer in time".
    pub fn said(&self) -> String {
        match self {
            Self::Found => "has records".into(),
            Self::NoData => "has no record of that type (NODATA)".into(),
            Self::NxDomain => "says the name does not exist (NXDOMAIN)".into(),
            Self::ServFail => "failed (SERVFAIL)".into(),
            Self::Refused => "would not say (REFUSED)".into(),
            Self::Lame => "is not responsible for the zone (lame)".into(),
            Self::TimedOut => "did not answer in time".into(),
            Self::Other(what) => format!("gave no answer: {what}"),
        }
    }
}

impl Observation {
    /// The first certain answer of an authoritative server.
    pub fn verdict(&self) -> Option<&Answer> {
        self.authoritative.iter().map(|a| &a.answer).find(|a| a.state.is_verdict())
    }

    /// What is known for certain: the authoritative servers' word, and the resolver's only where those could not be
    /// found at all.
    pub fn settled(&self) -> Option<&Answer> {
        match (self.verdict(), self.authoritative.is_empty()) {
            (Some(answer), _) => Some(answer),
            (None, true) => self.resolver.as_ref().filter(|a| a.state.is_verdict()),
            (None, false) => None,
        }
    }

    /// The certain answers of the authoritative servers that differ from the first one in their data.
    pub fn disagreeing(&self) -> Vec<&NameServerAnswer> {
        let Some(first) = self.verdict() else { return Vec::new() };
        let certain = self.authoritative.iter().filter(|a| a.answer.state.is_verdict());
        certain.filter(|a| a.answer.data != first.data).collect()
    }

    /// Why nothing is certain, one sentence; empty when something is.
    pub fn trouble(&self) -> String {
        if self.settled().is_some() {
            return String::new();
        }
        if let Some(reason) = &self.no_servers {
            return reason.clone();
        }
        let words: Vec<String> =
            self.authoritative.iter().map(|a| format!("{} {}", a.server, a.answer.state.said())).collect();
        match (&self.resolver, words.is_empty()) {
            (Some(answer), true) => format!("the resolver {}", answer.state.said()),
            _ => words.join("; "),
        }
    }

    /// Whether what was found comes from a wildcard: a name that nobody published has the same data.
    pub fn is_from_wildcard(&self) -> bool {
        match (self.verdict(), &self.stray) {
            (Some(found), Some(stray)) => found.state == AnswerState::Found && found.data == stray.data,
            _ => false,
        }
    }

    /// Every question with its answer, a line each, for a transcript: `question` is "TXT example.org".
    pub fn evidence(&self, question: &str) -> Vec<String> {
        let mut lines: Vec<String> = self
            .authoritative
            .iter()
            .map(|a| {
                let serial = a.serial.map(|s| format!(", serial {s}")).unwrap_or_default();
                format!("{question} at {} ({}): {}{serial}", a.server, a.address.ip(), a.answer.line())
            })
            .collect();
        lines.extend(self.resolver.as_ref().map(|a| format!("{question} at the resolver: {}", a.line())));
        lines.extend(self.stray.as_ref().map(|a| format!("a name beside it that nobody published: {}", a.line())));
        lines.extend(self.no_servers.clone());
        lines
    }
}

impl Answer {
    /// The answer on one line: state or data, time to live, how long it took.
    pub fn line(&self) -> String {
        let what = match self.state {
            AnswerState::Found => self.data.join(" | "),
            ref other => other.said(),
        };
        let alias = self.canonical_name.as_ref().map(|n| format!(" (an alias of {n})")).unwrap_or_default();
        let ttl = self.ttl.map(|t| format!(", TTL {t} s")).unwrap_or_default();
        format!("{what}{alias}{ttl}, {} ms", self.elapsed_ms)
    }
}
