//! What must change: [`Desired`] against [`Observed`] gives a [`Plan`]. Pure.
//!
//! The order: packages, users, folders, files, a stand-in certificate, the host name, then every daemon's own checker
//! before any daemon is touched, then each daemon in start order with the files that wait for it, the firewall, the
//! certificate, and last the memory of it all.

mod action;
mod diff;
mod edited;
mod json;
mod mail_move;
mod mailbox;
mod merge;
mod observed;
mod step;
mod take_up;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use action::{Action, FileChange, Plan, UnitVerb};
pub use edited::{EditChoice, EditChoices, Edited, HandEdit, Merged, NoChoice};
pub use mail_move::MailMove;
pub use mailbox::{MailChange, MailOwner, add_mail_changes};
pub use merge::Conflict;
pub use observed::{CertificateState, Derived, InWork, KeptEdit, Observed, ObservedFile, UnitState, Written};
pub use step::{Step, steps};
pub use take_up::{Loaded, takes_up};

use edited::Fate;

use crate::spec::Secret;
use crate::stacks::{Content, Desired, ManagedFile, Service};

/// SHA-256 of `content` in hex.
pub fn sha256(content: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, content);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares what should be with what is. `choices` say what is done with files that were edited by hand.
pub fn plan(desired: &Desired, observed: &Observed, choices: &EditChoices) -> Plan {
    let mut plan = Plan::default();
    packages_and_users(desired, observed, &mut plan);
    let mut desired = Cow::Borrowed(desired);
    let changes = changed_files(&mut desired, observed, choices, &mut plan);
    let desired = desired.as_ref();
    let (late, early): (Vec<FileChange>, Vec<FileChange>) = changes.into_iter().partition(|change| {
        let after = change.file.after_unit;
        after.is_some_and(|unit| desired.services.iter().any(|s| s.unit == unit && s.enabled))
    });
    plan.actions.extend(early.into_iter().map(Action::WriteFile));
    given_up_files(desired, observed, &mut plan);
    derived_files(desired, observed, &mut plan);
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

/// New and different files. Those that the operator edited are dealt with as was chosen; where his changes are merged in,
/// `desired` holds the merged content afterwards: it is what the units take up.
fn changed_files(
    desired: &mut Cow<Desired>,
    observed: &Observed,
    choices: &EditChoices,
    plan: &mut Plan,
) -> Vec<FileChange> {
    let mut changes = Vec::new();
    let mut merged = Vec::new();
    for (at, file) in desired.files.iter().enumerate() {
        let Some(now) = observed.files.get(&file.path) else {
            changes.push(change(file.clone(), None, None));
            continue;
        };
        if is_as_wanted(file, now) {
            continue;
        }
        match edited::fate(file, now, observed, choices) {
            Fate::Write => changes.push(change(file.clone(), None, Some(now))),
            Fate::Settled => merged.push((at, content_now(file, now))),
            Fate::Kept => {
                plan.notes.push(kept_note(file, observed));
                plan.kept.push(file.path.clone());
            }
            Fate::Edited(edit, content) => {
                match (edit.choice, content) {
                    (Edited::Keep, _) => {
                        let kept = KeptEdit { content: sha256(&now.content), rendered: sha256(file.content.bytes()) };
                        plan.keeps.insert(file.path.clone(), kept);
                    }
                    (Edited::Merge, Some(content)) => {
                        merged.push((at, content.clone()));
                        let whole = ManagedFile { content, ..file.clone() };
                        changes.push(change(whole, Some(file.content.clone()), Some(now)));
                    }
                    (Edited::Replace, _) => changes.push(change(file.clone(), None, Some(now))),
                    (Edited::Ask | Edited::Merge, _) => {}
                }
                plan.edits.push(edit);
            }
        }
    }
    if !merged.is_empty() {
        let files = &mut desired.to_mut().files;
        for (at, content) in merged {
            files[at].content = content;
        }
    }
    changes
}

fn change(file: ManagedFile, rendered: Option<Content>, now: Option<&ObservedFile>) -> FileChange {
    FileChange { diff: diff::describe(&file, now), exists: now.is_some(), file, rendered }
}

/// What is there, as content of this file.
fn content_now(file: &ManagedFile, now: &ObservedFile) -> Content {
    let text = String::from_utf8_lossy(&now.content).into_owned();
    match &file.content {
        Content::Text(_) => Content::Text(text),
        Content::Secret(_) => Content::Secret(Secret::new(text)),
    }
}

fn kept_note(file: &ManagedFile, observed: &Observed) -> String {
    let path = file.path.display();
    let rendered = observed.written.kept.get(&file.path).map(|kept| kept.rendered.as_str());
    if rendered == Some(sha256(file.content.bytes()).as_str()) {
        format!("{path} stays as you edited it.")
    } else {
        format!(
            "{path} stays as you edited it, without what has changed here since: '--edited {path}=merge' takes both."
        )
    }
}

fn is_as_wanted(file: &ManagedFile, now: &ObservedFile) -> bool {
    now.content == file.content.bytes()
        && now.mode == file.mode
        && (&now.owner, &now.group) == (&file.owner, &file.group)
}

/// Files that we wrote once and that nothing wants any more; one that was edited since is the operator's.
fn given_up_files(desired: &Desired, observed: &Observed, plan: &mut Plan) {
    let wanted: BTreeSet<&Path> = desired.files.iter().map(|file| file.path.as_path()).collect();
    for path in observed.written.files.keys() {
        if wanted.contains(path.as_path()) {
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

/// Files that are not there, or not what was made from the present source.
fn derived_files(desired: &Desired, observed: &Observed, plan: &mut Plan) {
    for derived in &desired.derived {
        let stays = plan.kept.contains(&derived.from) || plan.keeps.contains_key(&derived.from);
        let source = if stays {
            observed.files.get(&derived.from).map(|now| sha256(&now.content))
        } else {
            desired.files.iter().find(|file| file.path == derived.from).map(|file| sha256(file.content.bytes()))
        };
        let is_made = observed.written.derived.get(&derived.path).is_some_and(|known| {
            source.as_ref() == Some(&known.from)
                && observed.files.get(&derived.path).is_some_and(|now| sha256(&now.content) == known.made)
        });
        if source.is_some() && !is_made {
            plan.actions.push(Action::Derive(derived.clone()));
        }
    }
    let unwanted = observed.written.derived.keys().filter(|path| desired.derived.iter().all(|d| d.path != **path));
    plan.actions.extend(unwanted.filter(|path| observed.files.contains_key(*path)).cloned().map(Action::GiveUpFile));
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
    let left_alone: BTreeSet<_> = plan.kept.iter().chain(plan.keeps.keys()).map(|path| path.as_path()).collect();
    let loads: Vec<Option<Loaded>> =
        desired.services.iter().map(|service| takes_up(desired, service.unit, &left_alone)).collect();
    let written = written_for(plan.file_changes().chain(&late), observed);
    let mut checks = Vec::new();
    let mut work = Vec::new();
    let mut come_back = BTreeSet::new();
    for (service, loads) in desired.services.iter().zip(loads) {
        let starved = service.starves_without.iter().any(|unit| come_back.contains(unit));
        let verbs = verbs(service, loads.as_ref(), written.get(service.unit).copied(), starved, observed);
        if service.enabled && !observed.units.get(service.unit).is_some_and(|state| state.active) {
            come_back.insert(service.unit);
        }
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
            && let Some(loads) = loads
            && !verbs.is_empty()
        {
            plan.loads.insert(service.unit.to_owned(), loads);
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

/// Units whose files are written now, and whether one of these files needs a restart.
fn written_for<'a>(changes: impl Iterator<Item = &'a FileChange>, observed: &Observed) -> BTreeMap<&'static str, bool> {
    let mut units = BTreeMap::new();
    for FileChange { file, .. } in changes {
        let now = observed.files.get(&file.path).map(|now| now.content.as_slice());
        for unit in &file.used_by {
            *units.entry(*unit).or_default() |= take_up::needs_restart(file, unit, now);
        }
    }
    units
}

/// What is done to a unit that is to take up `loads`; `written` says whether one of its files is written now, and whether
/// that needs a restart, `starved` whether a unit comes back without which it could not work.
fn verbs(
    service: &Service,
    loads: Option<&Loaded>,
    written: Option<bool>,
    starved: bool,
    observed: &Observed,
) -> Vec<UnitVerb> {
    let state = observed.units.get(service.unit).cloned().unwrap_or_default();
    if !service.enabled {
        return if state.enabled || state.active { vec![UnitVerb::DisableAndStop] } else { Vec::new() };
    }
    let mut verbs = Vec::new();
    if !(state.enabled && state.active) {
        verbs.push(UnitVerb::EnableAndStart);
    }
    let loaded = observed.written.loaded.get(service.unit);
    let is_to_take_up = loads.is_some() && (written.is_some() || loads != loaded);
    if state.active && (starved || is_to_take_up) {
        let starts_alike = loaded.zip(loads).is_some_and(|(before, now)| before.at_start == now.at_start);
        let restart = starved || service.restart_on_change || !starts_alike || written == Some(true);
        verbs.push(if restart { UnitVerb::Restart } else { UnitVerb::Reload });
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
