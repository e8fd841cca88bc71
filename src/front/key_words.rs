//! DKIM keys in words, the same on the screen and on the command line.

use jiff::Timestamp;

use super::wizard::DkimSeen;
use crate::keys::dkim::{self, KeyState};
use crate::records::RecordState;
use crate::spec::Selector;

/// "r2026a and e2026a".
pub fn names(selectors: &[Selector]) -> String {
    let names: Vec<&str> = selectors.iter().map(Selector::as_str).collect();
    names.join(" and ")
}

/// What a key is for now.
pub fn state(seen: &DkimSeen, now: Timestamp) -> String {
    match seen.key.state {
        KeyState::Signs => "signs".into(),
        KeyState::Next => "is to sign next".into(),
        KeyState::Stopped(at) if dkim::may_go(at) <= now => "its record may go".into(),
        KeyState::Stopped(at) => format!("stopped; stays to {}", dkim::may_go(at).strftime("%Y-%m-%d")),
    }
}

/// What the name servers have of it.
pub fn record(seen: &DkimSeen) -> &'static str {
    match seen.record.state {
        RecordState::Ok | RecordState::Stale { .. } => "published",
        RecordState::Missing => "not published",
        RecordState::Wrong => "another key is published",
        RecordState::Disagree => "not at every name server",
        RecordState::Unknown => "could not be found out",
    }
}
