//! One wanted record.

use serde::{Deserialize, Serialize};

/// A record to publish, as `records --format json` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Owner name, absolute, with the final dot.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: RecordKind,
    /// Wanted time to live in seconds.
    pub ttl: u32,
    /// Data in presentation form; TXT as one string, unsplit and unquoted.
    pub data: String,
    /// The zone it belongs into, with the final dot; for PTR the reverse zone, which is the hoster's.
    pub zone: String,
    /// What it is for, one sentence.
    pub why: String,
    /// Whether mail suffers without it.
    pub required: bool,
    /// When to publish it.
    pub phase: Phase,
}

/// Record types that we want published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names are the types")]
pub enum RecordKind {
    A,
    Aaaa,
    Mx,
    Txt,
    Caa,
    Srv,
    Tlsa,
    Ptr,
    Cname,
}

impl RecordKind {
    /// The type as it stands in a zone file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Mx => "MX",
            Self::Txt => "TXT",
            Self::Caa => "CAA",
            Self::Srv => "SRV",
            Self::Tlsa => "TLSA",
            Self::Ptr => "PTR",
            Self::Cname => "CNAME",
        }
    }
}

/// When a record may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// At once.
    Before,
    /// Once accounts exist and Verify is green (MX), or once what it names exists (CAA accounturi, TLSA).
    After,
}
