//! The keys of a domain one after another: which is to sign next, which sign, which have stopped, whose record may go.

use jiff::{SignedDuration, Timestamp};

use super::index::{Entry, read_index, signing, write_index};
use super::pair::Ahead;
use super::{adopt_or_make, algorithms};
use crate::host::Host;
use crate::keys::KeyError;
use crate::records::DkimPublic;
use crate::spec::{Domain, MailDomain, Selector, Spec};
use crate::store::Paths;

/// How long a key's record stays published after it has stopped signing: mail that it signed may still be on its way.
pub const KEPT_DAYS: i64 = 7;

/// When the record of a key may go that stopped signing then.
pub fn may_go(stopped: Timestamp) -> Timestamp {
    stopped.saturating_add(SignedDuration::from_hours(KEPT_DAYS * 24)).unwrap_or(Timestamp::MAX)
}

/// A key on the list of a domain.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedKey {
    /// Its public half.
    pub public: DkimPublic,
    /// When it was made, where that is known.
    pub made: Option<Timestamp>,
    /// What it is for now.
    pub state: KeyState,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It signs.
    Signs,
    /// It is to sign once its record is published everywhere.
    Next,
    /// It has stopped signing; its record stays until [`KEPT_DAYS`] later.
    Stopped(Timestamp),
}

/// Every key of a domain that has a record, in the order they were made.
pub fn listed(host: &dyn Host, paths: &Paths, domain: &MailDomain, spec: &Spec) -> Result<Vec<ListedKey>, KeyError> {
    let index = read_index(host, &paths.dkim().join(domain.name.as_str()))?;
    let wanted = algorithms(spec);
    let signing: Vec<&Selector> =
        wanted.iter().flat_map(|algorithm| signing(&index, domain, *algorithm)).map(|entry| &entry.selector).collect();
    let mut keys = Vec::new();
    for entry in index.keys.iter().filter(|entry| !entry.withdrawn) {
        let Some(algorithm) = wanted.iter().copied().find(|algorithm| algorithm.tag() == entry.algorithm) else {
            continue;
        };
        let state = match entry.stopped {
            _ if signing.contains(&&entry.selector) => KeyState::Signs,
            Some(at) => KeyState::Stopped(at),
            None => KeyState::Next,
        };
        let public = DkimPublic {
            domain: domain.name.clone(),
            selector: entry.selector.clone(),
            algorithm,
            public: entry.public.clone(),
        };
        keys.push(ListedKey { public, made: entry.made, state });
    }
    Ok(keys)
}

/// Makes keys that are to sign after those that do now, one of each kind that has none waiting. They do not sign yet.
pub fn make_next(host: &dyn Host, paths: &Paths, domain: &MailDomain, spec: &Spec) -> Result<(), KeyError> {
    let folder = paths.dkim().join(domain.name.as_str());
    for algorithm in algorithms(spec) {
        let waits = |key: &ListedKey| key.public.algorithm == algorithm && key.state == KeyState::Next;
        if listed(host, paths, domain, spec)?.iter().any(waits) {
            continue;
        }
        let mut index = read_index(host, &folder)?;
        let key = adopt_or_make(host, &folder, &domain.name, algorithm, &index, &mut Ahead::default())?;
        index.keys.push(Entry::of(&key, host.now()));
        write_index(host, &folder, &index)?;
    }
    Ok(())
}

/// Notes which keys have stopped signing, and forgets that of those that sign again.
pub fn note_who_signs(host: &dyn Host, paths: &Paths, domain: &MailDomain, spec: &Spec) -> Result<(), KeyError> {
    let folder = paths.dkim().join(domain.name.as_str());
    let mut index = read_index(host, &folder)?;
    let signing: Vec<Selector> = algorithms(spec)
        .into_iter()
        .flat_map(|algorithm| signing(&index, domain, algorithm))
        .map(|entry| entry.selector.clone())
        .collect();
    let newest = index.keys.iter().rposition(|entry| signing.contains(&entry.selector)).unwrap_or(0);
    let mut changed = false;
    for (at, entry) in index.keys.iter_mut().enumerate() {
        let stopped = match signing.contains(&entry.selector) {
            true => None,
            // What stands behind those that sign is still to come.
            false if at > newest => entry.stopped,
            false => entry.stopped.or(Some(host.now())),
        };
        changed |= stopped != entry.stopped;
        entry.stopped = stopped;
    }
    if changed { write_index(host, &folder, &index) } else { Ok(()) }
}

/// Takes keys off the list of those that have a record: those that never signed, or have stopped. Their files stay.
pub fn withdraw(host: &dyn Host, paths: &Paths, domain: &Domain, selectors: &[Selector]) -> Result<(), KeyError> {
    let folder = paths.dkim().join(domain.as_str());
    let mut index = read_index(host, &folder)?;
    index.keys.iter_mut().filter(|entry| selectors.contains(&entry.selector)).for_each(|entry| entry.withdrawn = true);
    write_index(host, &folder, &index)
}
