//! Writes a backup: nothing is seen under its name before it is whole.

use std::io;
use std::net::IpAddr;
use std::path::Path;

use super::age::Lock;
use super::archive::Archive;
use super::collect::{Collected, collect};
use super::mail::{Walk, unwrapped};
use super::manifest::{About, FORMAT};
use super::name::ABOUT;
use super::{BackupError, Progress};
use crate::facts::Facts;
use crate::host::{Host, NewFile};
use crate::spec::Spec;
use crate::stacks::stack;
use crate::store::{Paths, pending};

/// What is put in besides configuration, keys and password hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Include {
    /// All mail.
    pub mail: bool,
    /// What was applied and undone, with the files from before.
    pub history: bool,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Members, the papers left out.
    pub members: u64,
    /// Bytes of their content.
    pub bytes: u64,
    /// The mail among them.
    pub mail: Progress,
    /// What was left out, a sentence each.
    pub notes: Vec<String>,
}

/// Writes the server of this machine to `path` (0600, root), encrypted for `lock`. The file must not exist yet.
pub fn write(
    host: &dyn Host,
    paths: &Paths,
    facts: &Facts,
    path: &Path,
    lock: &Lock,
    include: Include,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Written, BackupError> {
    if host.entry(path)?.is_some() {
        return Err(BackupError::Exists(path.to_owned()));
    }
    let spec = pending::load_spec(host, &paths.spec())?.ok_or(BackupError::NothingSetUp)?;
    let Collected { files, mut notes } = collect(host, paths, &spec, include.history)?;
    let about = about(host, facts, &spec, include);
    let mut written = Written { members: 0, bytes: 0, mail: Progress { files: 0, bytes: 0 }, notes: Vec::new() };
    let new = NewFile { mode: 0o600, owner: "root".into(), group: "root".into(), modified: None, synced: true };
    let filled = host.write_from(path, &new, &mut |out| {
        let now = u64::try_from(host.now().as_second()).unwrap_or(0);
        let mut archive = Archive::begin(io::BufWriter::with_capacity(256 * 1024, out), lock, now)?;
        archive.add_bytes(ABOUT, 0o600, &serde_json::to_vec_pretty(&about)?)?;
        for (name, found) in &files {
            archive.add_bytes(name, found.mode, &found.content)?;
        }
        if include.mail {
            let mut walk = Walk {
                host,
                archive: &mut archive,
                root: stack(spec.stack).mail_root(),
                done: Progress { files: 0, bytes: 0 },
                notes: &mut notes,
                on_progress: &mut *on_progress,
            };
            walk.all()?;
            written.mail = walk.done;
        }
        let (mut out, end) = archive.finish()?;
        (written.members, written.bytes) = (end.members, end.bytes);
        io::Write::flush(&mut out)
    });
    match filled {
        Ok(()) => Ok(Written { notes, ..written }),
        Err(crate::host::HostError::File { source, .. }) => Err(unwrapped(path, source)),
        Err(other) => Err(other.into()),
    }
}

fn about(host: &dyn Host, facts: &Facts, spec: &Spec, include: Include) -> About {
    let ipv4 = spec.network.ipv4.or(facts.addresses.egress_ipv4);
    let first_ipv6 = || {
        facts.addresses.interfaces.iter().find_map(|address| match address {
            IpAddr::V6(v6) => Some(*v6),
            IpAddr::V4(_) => None,
        })
    };
    About {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made: host.now().to_string(),
        hostname: spec.hostname.clone(),
        distribution: facts.distribution.pretty_name.clone(),
        dovecot: facts.packages.get("dovecot-core").and_then(|package| package.major_minor()),
        ipv4,
        ipv6: spec.network.ipv6.or(facts.addresses.egress_ipv6).or_else(first_ipv6),
        mail: include.mail,
        history: include.history,
    }
}
