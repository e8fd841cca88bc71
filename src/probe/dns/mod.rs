//! A DNS client for judging records: it asks every authoritative server itself and the resolver beside them.
//!
//! What the authoritative servers say is the truth; what the resolver says is what others may still see. SERVFAIL,
//! REFUSED, time-outs and lame servers are told apart from "there is no record", because not to know is no verdict.
//! Within one [`DnsClient`] no question is asked twice of the same server: checks and front ends share one client and
//! its answers; [`DnsClient::fresh`] starts a new look.

mod client;
pub mod exchange;
pub mod interpret;
mod known;
mod observe;
mod secure;
mod watch;
mod zone;

#[cfg(test)]
pub(crate) mod test_server;
#[cfg(test)]
mod tests;

pub use client::{DnsClient, NoResolver};
pub use hickory_proto::rr::RecordType;
pub use secure::{Anchors, Security, Validated, anchors};
pub use watch::{Compared, Look, Watch};
pub use zone::{Delegation, NameServer, NoZone, Zone};
