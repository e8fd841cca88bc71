//! Waits until a record is there: its checks are made again and again, less often as time goes by.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::{Session, with_needs};
use crate::apply;
use crate::checks::CHECKS;
use crate::finding::{Area, Outcome};
use crate::front::exit::Failure;
use crate::plan::EditChoices;
use crate::symptoms::Concluded;

/// The time between the first looks, and between the last.
const FIRST: Duration = Duration::from_secs(5);
/// See [`FIRST`].
const LONGEST: Duration = Duration::from_secs(60);
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(20);

/// The areas whose checks pass once a record is published.
const OF_DNS: [Area; 8] =
    [Area::Dns, Area::Spf, Area::Dkim, Area::Dmarc, Area::MtaSts, Area::Tlsrpt, Area::Dane, Area::Bimi];

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    /// It is there.
    There,
    /// Not yet: what was found.
    NotYet(String),
}

/// The checks of a cause that a record decides.
fn of_dns(cause: &Concluded) -> BTreeSet<String> {
    let checks = CHECKS.iter().filter(|check| OF_DNS.contains(&check.area));
    checks.map(|check| check.id.to_owned()).filter(|id| cause.checks.contains(id)).collect()
}

/// Whether a record decides about this cause, so that it can be waited for.
pub fn is_of_dns(cause: &Concluded) -> bool {
    !of_dns(cause).is_empty()
}

/// Looks until the records are there, and tells every look; ends early when `stop` says so or is gone. Blocking.
pub fn wait_for_dns(
    session: &Session,
    cause: &Concluded,
    stop: &Receiver<()>,
    tell: &mut dyn FnMut(&Waited),
) -> Result<bool, Failure> {
    let ids = of_dns(cause);
    let Some(spec) = session.spec.clone().filter(|_| !ids.is_empty()) else { return Ok(false) };
    let mut pause = FIRST;
    loop {
        let prepared = apply::prepare(&*session.host, &session.paths, spec.clone(), &EditChoices::default())?;
        let results = session.run_checks(prepared.into(), with_needs(ids.clone()), LOOK)?;
        let own = || results.iter().filter(|r| ids.contains(&r.id));
        let not_well = own().find(|r| matches!(r.finding.outcome, Outcome::Fail | Outcome::Unknown));
        let waited = match not_well {
            Some(result) => Waited::NotYet(format!("{}: {}", result.subject, result.finding.found)),
            None if own().next().is_some() => Waited::There,
            None => Waited::NotYet("it could not be looked at".into()),
        };
        tell(&waited);
        if waited == Waited::There {
            return Ok(true);
        }
        match stop.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => pause = (pause * 3 / 2).min(LONGEST),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(false),
        }
    }
}
