//! What a dialogue amounts to, in the words and under the ids of the checks.

use super::shown::result;
use crate::finding::{Area, CheckResult, Finding};
use crate::probe::chain::ChainFault;
use crate::probe::tls::TlsSeen;

/// The verdicts on a certificate. Where TLS is opportunistic (between servers) nobody refuses a bad one, so nothing of it
/// fails.
pub fn certificate(seen: &TlsSeen, subject: &str, opportunistic: bool) -> Vec<CheckResult> {
    let of = |id: &str, expected: &str, good: &str, is_of: fn(&ChainFault) -> bool| {
        let faults: Vec<&ChainFault> = seen.faults.iter().filter(|f| is_of(f)).collect();
        let words = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        let finding = match faults.as_slice() {
            [] => Finding::pass(good),
            [ChainFault::NoRoots] => Finding::unknown(words),
            _ if opportunistic || faults.iter().all(|f| !f.is_fatal()) => Finding::warn(words, expected),
            _ => Finding::fail(words, expected),
        };
        result(id, Area::Cert, subject, finding)
    };
    vec![
        of("cert-name", "the name that was asked for", "it holds the name", |f| matches!(f, ChainFault::WrongName(_))),
        of("cert-chain", "leaf first, each signed by the next", "complete and in order", |f| {
            matches!(f, ChainFault::MissingIntermediate { .. } | ChainFault::Reordered | ChainFault::Stray { .. })
        }),
        of("cert-trust", "a certificate that everybody trusts", "a known root stands behind it", |f| {
            matches!(
                f,
                ChainFault::SelfSigned
                    | ChainFault::UnknownRoot { .. }
                    | ChainFault::NoRoots
                    | ChainFault::NotForServers
                    | ChainFault::OldVersion { .. }
                    | ChainFault::Unreadable { .. }
                    | ChainFault::Unproved
                    | ChainFault::Other(_)
            )
        }),
        of("cert-expiry", "valid today", "valid today", |f| {
            matches!(f, ChainFault::Expired { .. } | ChainFault::NotYetValid { .. })
        }),
        of("cert-key-size", "RSA of 2048 bits or ECDSA, signed with SHA-2", "long enough, signed with SHA-2", |f| {
            matches!(f, ChainFault::ShortKey { .. } | ChainFault::WeakSignature { .. })
        }),
    ]
}

/// Whether passwords may be given before TLS is on.
pub fn login_in_clear(id: &str, area: Area, subject: &str, offered: Option<&str>) -> CheckResult {
    let finding = match offered {
        Some(what) => Finding::fail(format!("'{what}' is offered before TLS"), "no login before TLS"),
        None => Finding::pass("no login is offered before TLS"),
    };
    result(id, area, subject, finding)
}
