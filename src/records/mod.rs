//! The DNS records that a `Spec` and its keys want, each with its reason; how they are written down; and how they
//! compare with what name servers say. Pure: `probe::dns` does the asking.

mod answer;
mod record;
mod reverse;

pub use answer::{Answer, AnswerState, NameServerAnswer, Observation};
pub use record::{Phase, Record, RecordKind};
pub use reverse::reverse_name;
