//! The host's name: the file for the next start, the kernel for now.

use std::path::Path;

use super::{Acted, must};
use crate::apply::ApplyError;
use crate::host::Host;
use crate::plan::ObservedFile;
use crate::stacks::CommandLine;

/// hostname(5).
pub(super) const FILE: &str = "/etc/hostname";

pub(in crate::apply) fn set(host: &dyn Host, name: &str) -> Result<Acted, ApplyError> {
    let file = ObservedFile {
        content: format!("{name}\n").into_bytes(),
        mode: 0o644,
        owner: "root".into(),
        group: "root".into(),
    };
    host.write(Path::new(FILE), &file)?;
    set_now(host, name)
}

/// The kernel's name alone.
pub(in crate::apply) fn set_now(host: &dyn Host, name: &str) -> Result<Acted, ApplyError> {
    must(host, &CommandLine::new("hostname", &["--", name]), &mut |_| ())?;
    Ok(Acted::Done)
}
