//! Stopping an apply between two of its steps. The request is a file, so that any other process can make it.

use super::ApplyError;
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::store::Paths;

/// Asks the apply that runs to finish its present step and stop; it can be continued. Nothing happens where none runs.
pub fn ask_to_stop(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    let file = ObservedFile { content: Vec::new(), mode: 0o600, owner: "root".into(), group: "root".into() };
    Ok(host.write(&paths.stop_request(), &file)?)
}

pub(super) fn is_asked(host: &dyn Host, paths: &Paths) -> Result<bool, ApplyError> {
    Ok(host.read(&paths.stop_request())?.is_some())
}

/// A request holds for one apply only.
pub(super) fn forget(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    Ok(host.remove(&paths.stop_request())?)
}
