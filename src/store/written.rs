//! `written.json`: hashes of what we wrote, and what each unit took up.

use std::path::Path;

use super::{Paths, StoreError};
use crate::host::Host;
use crate::plan::{ObservedFile, Written};

/// What we remember; nothing before the first apply.
pub fn load_written(host: &dyn Host, paths: &Paths) -> Result<Written, StoreError> {
    let path = paths.written();
    let Some(file) = host.read(&path)? else { return Ok(Written::default()) };
    serde_json::from_slice(&file.content).map_err(|e| damaged(&path, &e))
}

/// Remembers.
pub fn save_written(host: &dyn Host, paths: &Paths, written: &Written) -> Result<(), StoreError> {
    let path = paths.written();
    let content = serde_json::to_vec_pretty(written).map_err(|e| damaged(&path, &e))?;
    Ok(host.write(&path, &ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() })?)
}

pub(super) fn damaged(path: &Path, error: &serde_json::Error) -> StoreError {
    StoreError::Damaged { path: path.display().to_string(), reason: error.to_string() }
}
