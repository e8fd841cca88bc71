//! What must change: [`Desired`] against [`Observed`] gives a [`Plan`]. Pure.
//!
//! The order: packages, users, folders, files, a stand-in certificate, the host name, then every daemon's own checker
//! before any daemon is touched, then each daemon in start order with the files that wait for it, the firewall, the
//! certificate, and last the memory of it all.

mod action;
mod diff;
mod json;
mod observed;
mod step;

use std::collections::BTreeSet;
use std::path::Path;

pub use action::{Action, FileChange, Plan, UnitVerb};
pub use observed::{CertificateState, Observed, ObservedFile, UnitState, Written};
pub use step::{Step, steps};

use crate::stacks::{Desired, ManagedFile, Service};

/// SHA-256 of `content` in hex.
pub fn sha256(content: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One hash over all files that a unit takes up; `None` when it takes up none. A unit whose hash differs from the one
/// remembered has not taken its configuration up, however an earlier apply ended.
pub fn config_hash(desired: &Desired, unit: &str, left_alone: &BTreeSet<&Path>) -> Option<String> {
    let mut lines: Vec<String> = desired
        .files
        .iter()
        .filter(|file| file.used_by.contains(&unit) && !left_alone.contains(file.path.as_path()))
        .map(|file| format!("{} {}\n", file.path.display(), sha256(file.content.bytes())))
        .collect();
    lines.sort_unstable();
    (!lines.is_empty()).then(|| sha256(lines.concat().as_bytes()))
}

/// Compares what should be with what is.
pub fn plan(desired: &Desired, observed: &Observed) -> Plan {
    let mut plan = Plan::default();
    packages_and_users(desired, observed, &mut plan);
    let changes = changed_files(desired, observed, &mut plan);
    let (late, early): (Vec<FileChange>, Vec<FileChange>) = changes.into_iter().partition(|change| {
        let after = change.file.after_unit;
        after.is_some_and(|unit| desired.services.iter().any(|s| s.unit == unit && s.enabled))
    });
    plan.actions.extend(early.into_iter().map(Action::WriteFile));
    given_up_files(desired, observed, &mut plan);
    if systemd_must_read_again(&plan, observed) {
        plan.actions.push(Action::ReloadSystemd);
    }
    if let Some(wanted) = desired.certificate.as_ref().filter(|_| !observed.certificate.exists) {
        plan.actions.push(Action::StandInCertificate(wanted.clone()));
    }
    if let Some(name) = desired.host_name.as_ref().filter(|name| name.as_str() != observed.host_name) {
        plan.actions.push(Action::SetHostName { from: observed.host_name.clone(), to: name.clone() });
    }
    services(desired, observed, late, &mut plan);
    firewall(desired, observed, &mut plan);
    if let Some(wanted) = desired.certificate.as_ref().filter(|_| observed.certificate.to_be_obtained) {
        plan.actions.push(Action::ObtainCertificate(wanted.clone()));
    }
    plan
}

fn packages_and_users(desired: &Desired, observed: &Observed, plan: &mut Plan) {
    let missing: Vec<String> = desired.packages.names.difference(&observed.installed).cloned().collect();
    if !missing.is_empty() {
        plan.actions.push(Action::InstallPackages(missing));
    }
    let new_users = desired.users.iter().filter(|user| !observed.users.contains(&user.name));
    plan.actions.extend(new_users.cloned().map(Action::CreateUser));
    let other = desired.directories.iter().filter(|directory| {
        let wanted = (directory.mode, directory.owner.clone(), directory.group.clone());
        observed.directories.get(&directory.path) != Some(&wanted)
    });
    plan.actions.extend(other.cloned().map(Action::CreateDirectory));
}

/// New and different files; those that the operator edited are named instead, or left alone where that was chosen.
fn changed_files(desired: &Desired, observed: &Observed, plan: &mut Plan) -> Vec<FileChange> {
    let mut changes = Vec::new();
    for file in &desired.files {
        let now = observed.files.get(&file.path);
        if now.is_some_and(|now| is_as_wanted(file, now)) {
            continue;
        }
        let hash = now.map(|now| sha256(&now.content));
        if hash.is_some() && hash.as_ref() == observed.written.kept.get(&file.path) {
            plan.kept.push(file.path.clone());
            continue;
        }
        let same_content = now.is_some_and(|now| now.content == file.content.bytes());
        let by_hand = observed.written.knows(&file.path)
            && !same_content
            && hash.is_some_and(|hash| !observed.written.is_ours(&file.path, &hash));
        if by_hand && !observed.merged.contains(&file.path) {
            plan.hand_edited.push(file.path.clone());
        }
        changes.push(FileChange { diff: diff::describe(file, now), exists: now.is_some(), file: file.clone() });
    }
    changes
}

fn is_as_wanted(file: &ManagedFile, now: &ObservedFile) -> bool {
    now.content == file.content.bytes()
        && now.mode == file.mode
        && (&now.owner, &now.group) == (&file.owner, &file.group)
}

/// Files that we wrote once and that nothing wants any more; one that was edited since is the operator's.
fn given_up_files(desired: &Desired, observed: &Observed, plan: &mut Plan) {
    for path in observed.written.files.keys() {
        if desired.files.iter().any(|file| file.path == *path) {
            continue;
        }
        match observed.files.get(path) {
            None => {}
            Some(now) if observed.written.is_ours(path, &sha256(&now.content)) => {
                plan.actions.push(Action::GiveUpFile(path.clone()))
            }
            Some(_) => plan.notes.push(format!(
                "{} is no longer needed, but you changed it: it stays. Remove it when you like.",
                path.display()
            )),
        }
    }
}

fn systemd_must_read_again(plan: &Plan, observed: &Observed) -> bool {
    let is_unit_file = |path: &Path| path.starts_with("/etc/systemd/system");
    plan.actions.iter().any(|action| match action {
        Action::WriteFile(change) => is_unit_file(&change.file.path),
        Action::GiveUpFile(path) => is_unit_file(path),
        _ => false,
    }) || observed.units.values().any(|unit| unit.needs_daemon_reload)
}

/// Checkers first, all of them; then each daemon, until it answers, and the files that waited for it.
fn services(desired: &Desired, observed: &Observed, mut late: Vec<FileChange>, plan: &mut Plan) {
    let left_alone: BTreeSet<_> = plan.kept.iter().map(|path| path.as_path()).collect();
    let hashes: Vec<Option<String>> =
        desired.services.iter().map(|service| config_hash(desired, service.unit, &left_alone)).collect();
    let mut checks = Vec::new();
    let mut work = Vec::new();
    for (service, hash) in desired.services.iter().zip(hashes) {
        let verbs = verbs(service, hash.as_deref(), observed);
        let waiting: Vec<FileChange> =
            late.extract_if(.., |change| change.file.after_unit == Some(service.unit)).collect();
        if service.enabled && !verbs.is_empty() {
            checks.extend(
                service
                    .validate
                    .iter()
                    .map(|command| Action::Validate { unit: service.unit.to_owned(), command: command.clone() }),
            );
        }
        if service.enabled
            && let Some(hash) = hash
            && !verbs.is_empty()
        {
            plan.loads.insert(service.unit.to_owned(), hash);
        }
        work.extend(verbs.iter().map(|verb| Action::Unit {
            unit: service.unit.to_owned(),
            state_unit: service.state_unit.to_owned(),
            verb: *verb,
        }));
        if service.enabled && (!verbs.is_empty() || !waiting.is_empty()) {
            work.extend(
                service
                    .ready
                    .iter()
                    .map(|ready| Action::WaitReady { unit: service.unit.to_owned(), ready: ready.clone() }),
            );
        }
        work.extend(waiting.into_iter().map(Action::WriteFile));
    }
    plan.actions.extend(checks);
    plan.actions.extend(work);
}

fn verbs(service: &Service, hash: Option<&str>, observed: &Observed) -> Vec<UnitVerb> {
    let state = observed.units.get(service.unit).cloned().unwrap_or_default();
    if !service.enabled {
        return if state.enabled || state.active { vec![UnitVerb::DisableAndStop] } else { Vec::new() };
    }
    let mut verbs = Vec::new();
    if !(state.enabled && state.active) {
        verbs.push(UnitVerb::EnableAndStart);
    }
    let loaded = observed.written.loaded.get(service.unit).map(String::as_str);
    if state.active && hash.is_some() && hash != loaded {
        verbs.push(if service.restart_on_change { UnitVerb::Restart } else { UnitVerb::Reload });
    }
    verbs
}

fn firewall(desired: &Desired, observed: &Observed, plan: &mut Plan) {
    let mut closed: Vec<_> =
        desired.ports.iter().copied().filter(|port| observed.blocked_ports.contains(&port.port)).collect();
    closed.sort_unstable();
    closed.dedup_by_key(|port| port.port);
    if !closed.is_empty() {
        plan.actions.push(Action::OpenPorts(closed));
    }
    if !observed.has_firewall && !desired.ports.is_empty() {
        plan.notes.push("No firewall is active on this machine; none is switched on.".into());
    }
}

#[cfg(test)]
mod tests;
