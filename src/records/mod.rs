//! The DNS records that a `Spec` and its keys want, each with its reason; how they are written down; and how they
//! compare with what name servers say. Pure: `probe::dns` does the asking.

mod answer;
mod compare;
pub mod dkim;
pub mod dmarc;
pub mod mta_sts;
mod record;
mod reverse;
pub mod spf;
pub mod tags;
pub mod text;
pub mod tlsa;
pub mod tlsrpt;
mod wanted;

pub use answer::{Answer, AnswerState, NameServerAnswer, Observation};
pub use compare::{ComparedRecord, RecordState, compare, duration};
pub use dkim::DkimPublic;
pub use record::{Phase, Record, RecordKind};
pub use reverse::{reverse_name, reverse_zone};
pub use wanted::{Known, Published, ca_of, published_spf, wanted};
