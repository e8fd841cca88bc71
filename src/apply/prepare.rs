//! From a wish to a plan: facts, keys, rendering, a look at the machine, the comparison.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::act::adopted_mail;
use super::{ApplyError, Unfinished};
use crate::facts::Facts;
use crate::host::{self, Host};
use crate::keys::renewal::Decision;
use crate::keys::{self, check_account, dkim};
use crate::plan::{
    Action, CertificateState, EditChoices, MailMove, Observed, Plan, UnitState, add_mail_changes, plan, sha256,
};
use crate::spec::{Mailbox, Secret, Spec};
use crate::stacks::{Desired, Materials, Stack, stack};
use crate::store::{self, History, Paths, pending};

/// Postfix's package changes main.cf when it is upgraded (postfix upgrade-configuration).
const EDITED_BY_PACKAGES: &str = "Packages change settings when they are upgraded: what is shown as your edit may be theirs. '--edited replace' writes ours.";

/// A wish with everything that carrying it out needs.
pub struct Prepared {
    /// The wish.
    pub spec: Spec,
    /// Its password hashes.
    pub hashes: BTreeMap<Mailbox, Secret>,
    /// What was found on the machine.
    pub facts: Facts,
    /// How the machine should be.
    pub desired: Desired,
    /// What must change.
    pub plan: Plan,
    /// The units of `desired` as they are now.
    pub units: BTreeMap<String, UnitState>,
    /// Whether this takes over a server that somebody else set up.
    pub adopts: bool,
    /// An apply that was stopped or failed before its end; applying goes on with it.
    pub unfinished: Option<Unfinished>,
}

/// The wish that `mailwizard apply` carries out when it is given none: the accepted one, else the one that holds.
pub fn present_wish(host: &dyn Host, paths: &Paths) -> Result<Spec, ApplyError> {
    if let Some(pending) = pending::load(host, paths)? {
        return Ok(pending.spec);
    }
    pending::load_spec(host, &paths.spec())?.ok_or(ApplyError::NoSpec)
}

/// Finds out what must change for `spec`. Writes only missing DKIM keys and the checks' login, below
/// `/var/lib/mailwizard`.
pub fn prepare(host: &dyn Host, paths: &Paths, spec: Spec, choices: &EditChoices) -> Result<Prepared, ApplyError> {
    if !host.is_root() {
        return Err(ApplyError::NotRoot);
    }
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    let spec = spec.normalised();
    let stack = stack(spec.stack);
    let facts = host::gather(host, stack.version_packages())?;
    if !facts.has_systemd {
        return Err(ApplyError::NoSystemd);
    }
    let (hashes, mail, adopted) = match pending::load(host, paths)? {
        Some(pending) if pending.spec.clone().normalised() == spec => {
            (pending.hashes, pending::load_mail(host, paths)?, pending::load_adopted(host, paths)?)
        }
        _ => (pending::load_hashes(host, &paths.password_hashes())?, Vec::new(), None),
    };
    let materials = materials(host, paths, stack, &spec, &hashes)?;
    let desired = stack.render(&spec, &facts, &materials)?;

    let written = store::load_written(host, paths)?;
    let mut observed = host::observe(host, &desired, &facts, written, stack.merged_files())?;
    if !spec.firewall.manage {
        observed.blocked_ports.clear();
    }
    observed.certificate = certificate_state(host, paths, &spec, &desired)?;
    observed.bases = bases(host, paths, &desired, &observed)?;
    let mut plan = plan(&desired, &observed, choices);
    if let Some(mta) = facts.foreign_mta.as_ref().filter(|_| !observed.installed.contains("postfix")) {
        plan.notes.push(format!("{mta} is removed when Postfix is installed; undo does not bring it back."));
    }
    if let Some(upgraded) = super::upgraded(host, paths, &facts)? {
        if plan.open_edits().next().is_some() {
            plan.notes.insert(0, EDITED_BY_PACKAGES.into());
        }
        plan.notes.insert(0, upgraded);
    }
    plan_adopted_mail(host, stack, adopted.as_deref().unwrap_or_default(), &mut plan)?;
    add_mail_changes(&mut plan.actions, &mail);
    if !mail.is_empty() || !is_remembered(host, paths, &spec, &hashes)? {
        plan.actions.push(Action::Remember);
    }
    let unfinished = super::unfinished(host, paths)?;
    let adopts = adopted.is_some();
    Ok(Prepared { spec, hashes, facts, desired, plan, units: observed.units, adopts, unfinished })
}

/// Mail is moved once every daemon's checker was content, and before the first daemon is touched.
fn plan_adopted_mail(
    host: &dyn Host,
    stack: &dyn Stack,
    moves: &[MailMove],
    plan: &mut Plan,
) -> Result<(), ApplyError> {
    let mut is_open = false;
    for mail in moves {
        is_open |= adopted_mail::is_open(host, stack, mail)?;
    }
    if is_open {
        let first_unit = plan.actions.iter().position(|action| matches!(action, Action::Unit { .. }));
        // All of them: one may open only when one before it is done.
        plan.actions.insert(first_unit.unwrap_or(plan.actions.len()), Action::AdoptMail(moves.to_vec()));
    }
    Ok(())
}

/// What was last rendered for wanted files that are neither as wanted nor as they were written.
fn bases(
    host: &dyn Host,
    paths: &Paths,
    desired: &Desired,
    observed: &Observed,
) -> Result<BTreeMap<PathBuf, Vec<u8>>, ApplyError> {
    let mut looked_for: BTreeMap<&Path, &str> = BTreeMap::new();
    for file in &desired.files {
        let (now, rendered) = (observed.files.get(&file.path), observed.written.files.get(&file.path));
        if let (Some(now), Some(rendered)) = (now, rendered)
            && now.content != file.content.bytes()
            && sha256(&now.content) != *rendered
        {
            looked_for.insert(&file.path, rendered);
        }
    }
    Ok(History::new(host, paths).rendered(&looked_for)?)
}

/// Whether the wish that holds is this one, with these hashes.
fn is_remembered(
    host: &dyn Host,
    paths: &Paths,
    spec: &Spec,
    hashes: &BTreeMap<Mailbox, Secret>,
) -> Result<bool, ApplyError> {
    let holds = pending::load_spec(host, &paths.spec())?.map(Spec::normalised);
    Ok(holds.as_ref() == Some(spec) && pending::load_hashes(host, &paths.password_hashes())? == *hashes)
}

fn materials(
    host: &dyn Host,
    paths: &Paths,
    stack: &dyn Stack,
    spec: &Spec,
    hashes: &BTreeMap<Mailbox, Secret>,
) -> Result<Materials, ApplyError> {
    let mut local_overrides = BTreeMap::new();
    for name in host.list(&paths.local())? {
        if let Some(text) = text(host, &paths.local().join(&name))? {
            local_overrides.insert(name, text);
        }
    }
    let mut existing_files = BTreeMap::new();
    for path in stack.merged_files().iter().map(PathBuf::from) {
        if let Some(text) = text(host, &path)? {
            existing_files.insert(path, text);
        }
    }
    let password_file = spec.network.relay.as_ref().and_then(|relay| relay.password_file.as_ref());
    let relay_password = match password_file {
        Some(path) => text(host, path)?.and_then(|text| Some(Secret::new(text.lines().next()?.to_owned()))),
        None => None,
    };
    let named = |path: &Option<PathBuf>| path.as_deref().map_or(Ok(None), |path| text(host, path));
    let dkim = dkim::load_or_make_all(host, paths, spec)?;
    Ok(Materials {
        dkim_keys: dkim.signing,
        retired_dkim_keys: dkim.retired,
        password_hashes: hashes.clone(),
        relay_password,
        root_hints: named(&spec.resolver.root_hints)?,
        trust_anchor: named(&spec.resolver.trust_anchor)?,
        local_overrides,
        existing_files,
        check_account: check_account::load_or_make(host, paths, spec)?.map(|login| login.account),
    })
}

/// A file as text; `None` when it does not exist.
fn text(host: &dyn Host, path: &Path) -> Result<Option<String>, ApplyError> {
    let file = host.read(path)?;
    Ok(file.map(|file| String::from_utf8_lossy(&file.content).into_owned()))
}

fn certificate_state(
    host: &dyn Host,
    paths: &Paths,
    spec: &Spec,
    desired: &Desired,
) -> Result<CertificateState, ApplyError> {
    let Some(wanted) = &desired.certificate else { return Ok(CertificateState::default()) };
    let found = keys::current(host, wanted)?;
    Ok(CertificateState {
        exists: found.is_some_and(|pair| wanted.names.iter().all(|name| pair.info.covers(name))),
        to_be_obtained: matches!(keys::due(host, paths, spec, wanted)?, Decision::Due(_)),
    })
}
