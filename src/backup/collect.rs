//! What a backup holds besides mail: small files, read whole, so that they belong together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::BackupError;
use super::name::{CERTIFICATE, ETC, HISTORY, NAMED, OWN, VAR};
use crate::host::{EntryKind, Host};
use crate::spec::Spec;
use crate::stacks::stack;
use crate::store::Paths;

/// Larger files than this are no state of ours.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A small file.
pub(super) struct Found {
    /// Permission bits.
    pub mode: u32,
    /// Its content.
    pub content: Vec<u8>,
}

/// Files by member name, and sentences about what was left out.
#[derive(Default)]
pub(super) struct Collected {
    pub files: BTreeMap<String, Found>,
    pub notes: Vec<String>,
}

/// Everything that the server cannot be made again without, mail left out.
pub(super) fn collect(host: &dyn Host, paths: &Paths, spec: &Spec, history: bool) -> Result<Collected, BackupError> {
    let mut all = Collected::default();
    all.tree(host, paths.etc(), ETC, &[])?;
    all.tree(host, paths.var(), VAR, &passing(paths))?;
    if history {
        all.tree(host, &paths.history(), HISTORY, &[])?;
    }
    let wanted = stack(spec.stack).certificate(spec);
    for (path, name) in [(&wanted.chain_file, "fullchain.pem"), (&wanted.key_file, "privkey.pem")] {
        all.file(host, path, format!("{CERTIFICATE}{}/{name}", spec.hostname))?;
    }
    for folder in stack(spec.stack).own_folders() {
        let name = format!("{OWN}{}/", folder.trim_start_matches('/'));
        all.tree(host, Path::new(folder), &name, &[])?;
    }
    for path in named_files(spec) {
        if path.starts_with(paths.var()) || path.starts_with(paths.etc()) {
            continue;
        }
        all.file(host, path, format!("{NAMED}{}", path.display().to_string().trim_start_matches('/')))?;
    }
    Ok(all)
}

/// Files of the operator's that the wish names by path.
pub(super) fn named_files(spec: &Spec) -> impl Iterator<Item = &PathBuf> {
    let (certificate, resolver) = (&spec.certificate, &spec.resolver);
    let optional = [
        &resolver.root_hints,
        &resolver.trust_anchor,
        &certificate.root_file,
        &certificate.chain_file,
        &certificate.key_file,
    ];
    let relay = spec.network.relay.iter().map(|relay| &relay.password_file);
    optional.into_iter().chain(relay).flatten()
}

/// What is of this machine or this moment only.
fn passing(paths: &Paths) -> Vec<PathBuf> {
    vec![
        paths.history(),
        paths.pending(),
        paths.lock(),
        paths.stop_request(),
        paths.draft(),
        paths.made_passwords(),
        paths.written(),
        paths.records(),
        paths.policy_before(),
        paths.firewall_way_back(),
        paths.last_check(),
        paths.mta_sts_seen(),
        paths.dkim_seen(),
        paths.rendered_for(),
    ]
}

impl Collected {
    /// All plain files below a folder; links are not followed.
    fn tree(&mut self, host: &dyn Host, folder: &Path, name: &str, without: &[PathBuf]) -> Result<(), BackupError> {
        for entry in host.list(folder)? {
            let path = folder.join(&entry);
            if without.contains(&path) || entry.ends_with(crate::host::UNFINISHED_SUFFIX) {
                continue;
            }
            match host.entry(&path)?.map(|found| found.kind) {
                Some(EntryKind::Directory) => self.tree(host, &path, &format!("{name}{entry}/"), without)?,
                Some(EntryKind::File(length)) if length > LARGEST => {
                    let megabytes = length / 1_000_000;
                    self.notes.push(format!("'{}' is left out: it has {megabytes} MB.", path.display()));
                }
                Some(EntryKind::File(_)) => self.file(host, &path, format!("{name}{entry}"))?,
                _ => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, host: &dyn Host, path: &Path, name: String) -> Result<(), BackupError> {
        if let Err(reason) = super::name::kind(&name) {
            self.notes
                .push(format!("'{}' is left out: {reason}.", crate::printable::printable(&path.display().to_string())));
            return Ok(());
        }
        if let Some(file) = host.read(path)? {
            self.files.insert(name, Found { mode: file.mode, content: file.content });
        }
        Ok(())
    }
}
