//! `/usr/sbin/policy-rc.d`: while ours is there, no package starts a daemon (Debian's invoke-rc.d(8)).

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::apply::ApplyError;
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::store::{Paths, StoreError};

const POLICY: &str = "/usr/sbin/policy-rc.d";
/// 101: the action is forbidden by policy.
const FORBID: &str = "#!/bin/sh\n# Written by mailwizard while it installs packages; removed afterwards.\nexit 101\n";

/// What was there before ours, kept until it is given back.
#[derive(Serialize, Deserialize)]
struct Kept {
    content: Option<Vec<u8>>,
    mode: u32,
    owner: String,
    group: String,
}

/// Puts ours in place, after what is there was kept.
pub(super) fn forbid_starts(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    let root = |content: Vec<u8>, mode| ObservedFile { content, mode, owner: "root".into(), group: "root".into() };
    let kept = match host.read(Path::new(POLICY))? {
        Some(file) => Kept { content: Some(file.content), mode: file.mode, owner: file.owner, group: file.group },
        None => Kept { content: None, mode: 0, owner: String::new(), group: String::new() },
    };
    let text = serde_json::to_vec(&kept).map_err(|e| ApplyError::Journal(e.to_string()))?;
    host.write(&paths.policy_before(), &root(text, 0o600))?;
    host.write(Path::new(POLICY), &root(FORBID.into(), 0o755))?;
    Ok(())
}

/// Gives back what was there; nothing to do where ours is not in place. Called after packages, and first of all by every
/// later run, so that a kill in between cannot leave it.
pub(in crate::apply) fn give_back(host: &dyn Host, paths: &Paths) -> Result<(), ApplyError> {
    let marker = paths.policy_before();
    let Some(file) = host.read(&marker)? else { return Ok(()) };
    let kept: Kept = serde_json::from_slice(&file.content)
        .map_err(|e| StoreError::Damaged { path: marker.display().to_string(), reason: e.to_string() })?;
    match kept.content {
        Some(content) => {
            let before = ObservedFile { content, mode: kept.mode, owner: kept.owner, group: kept.group };
            host.write(Path::new(POLICY), &before)?;
        }
        None => host.remove(Path::new(POLICY))?,
    }
    Ok(host.remove(&marker)?)
}
