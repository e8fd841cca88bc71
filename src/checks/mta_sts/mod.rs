//! MTA-STS (RFC 8461): the record, the policy behind it, and whether the two fit the domain's MX.

mod change;
mod cover;
mod fetch;
mod record;

pub(super) use change::MTASTS_ID_CHANGED;
pub(super) use cover::MTASTS_MX_COVER;
pub(super) use fetch::{MTASTS_POLICY_FETCH, MTASTS_POLICY_PARSE, PolicyLook};
pub(super) use record::MTASTS_RECORD;
