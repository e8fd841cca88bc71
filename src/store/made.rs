//! Passwords that were made and not yet shown to the operator: a terminal that goes away must not lose them.

use std::collections::BTreeMap;

use super::Paths;
use super::pending::{StoreError, load_hashes, save_hashes};
use crate::host::Host;
use crate::spec::{Mailbox, Secret};

/// Keeps them in a file that only root can read, until [`forget`]; no file where there are none.
pub fn save(host: &dyn Host, paths: &Paths, made: &BTreeMap<Mailbox, Secret>) -> Result<(), StoreError> {
    if made.is_empty() {
        return forget(host, paths);
    }
    // The same form as the table of hashes: addresses and secrets.
    save_hashes(host, &paths.made_passwords(), made)
}

/// Those that were kept; none when there is no file.
pub fn load(host: &dyn Host, paths: &Paths) -> Result<BTreeMap<Mailbox, Secret>, StoreError> {
    load_hashes(host, &paths.made_passwords())
}

/// Removes them: the operator has seen them.
pub fn forget(host: &dyn Host, paths: &Paths) -> Result<(), StoreError> {
    Ok(host.remove(&paths.made_passwords())?)
}
