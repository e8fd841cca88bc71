//! Carries single actions out; each keeps how things were before it changes them.

pub(super) mod adopted_mail;
mod certificate;
mod files;
mod firewall;
mod host_name;
pub(super) mod mail;
mod packages;
pub(super) mod policy;
mod readiness;
mod units;
mod users;
mod way_back;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(super) use firewall::{Rules, take_back, take_back_unconfirmed};
pub(super) use host_name::set_now as set_host_name_now;
pub(super) use readiness::wait_again;
pub(super) use way_back::WentBack;

use self::way_back::WayBack;
use super::{ApplyError, Network, Prepared};
use crate::host::{CommandOutput, Host};
use crate::keys::dkim;
use crate::plan::{Action, FileChange, InWork, Plan, Written, sha256};
use crate::printable::excerpt;
use crate::spec::Difference;
use crate::stacks::CommandLine;
use crate::store::{self, Before, Entry, FileBefore, History, Paths, Pending, pending};

/// How an action ended that did not fail.
pub(super) enum Acted {
    /// It is done.
    Done,
    /// It is done, and there is something to know.
    Noted(String),
    /// It is not done because the operator must act first; what follows in its step is left out, the rest goes on.
    OperatorMustAct(String),
}

/// Who acts: the machine, and what is kept for undo and for the next plan.
pub(super) struct Act<'a> {
    host: &'a dyn Host,
    network: &'a dyn Network,
    paths: &'a Paths,
    history: &'a History<'a>,
    entry: &'a Entry,
    written: Written,
    kept: Vec<Before>,
    way_back: WayBack,
    left_out: BTreeSet<PathBuf>,
}

impl<'a> Act<'a> {
    pub(super) fn new(
        host: &'a dyn Host,
        network: &'a dyn Network,
        paths: &'a Paths,
        history: &'a History<'a>,
        entry: &'a Entry,
        written: Written,
    ) -> Self {
        Self {
            host,
            network,
            paths,
            history,
            entry,
            way_back: WayBack::new(written.clone()),
            written,
            kept: Vec::new(),
            left_out: BTreeSet::new(),
        }
    }

    /// Does one thing; lines of programs go to `on_line`.
    pub(super) fn act(
        &mut self,
        action: &Action,
        prepared: &Prepared,
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        match action {
            Action::InstallPackages(names) => packages::install(self.host, self.paths, names, on_line),
            Action::CreateUser(user) => users::create(self.host, user, on_line),
            Action::CreateDirectory(directory) => self.make_directory(directory),
            Action::WriteFile(change) => self.write_file(&change.file),
            Action::GiveUpFile(path) => self.give_up_file(path),
            Action::Derive(file) => self.derive(file, on_line),
            Action::ReloadSystemd => self.must(&CommandLine::new("systemctl", &["daemon-reload"]), on_line),
            Action::SetHostName { from, to } => {
                self.keep(Before::HostName { name: from.clone() })?;
                self.keep_file(Path::new(host_name::FILE))?;
                self.way_back.file(self.host, Path::new(host_name::FILE))?;
                self.way_back.host_name(from);
                host_name::set(self.host, to.as_str())
            }
            Action::OpenPorts(ports) => self.open_ports(ports, &prepared.facts, on_line),
            Action::StandInCertificate(wanted) => {
                crate::keys::stand_in(self.host, wanted)?;
                Ok(Acted::Done)
            }
            Action::ObtainCertificate(wanted) => self.obtain_certificate(wanted, prepared, on_line),
            Action::Validate { unit, command } => self.validate(&[(unit.as_str(), command)], on_line),
            Action::Unit { unit, state_unit, verb } => {
                self.way_back.unit(unit, state_unit, *verb, prepared);
                units::change(self.host, unit, state_unit, *verb, on_line)
            }
            Action::WaitReady { unit, ready } => readiness::wait(self.host, self.network, unit, ready, on_line),
            Action::MoveMail { from, to } => self.move_mail(&prepared.spec, from, to, on_line),
            Action::EndMove(from) => self.end_move(&prepared.spec, from),
            Action::ArchiveMail(owner) => self.archive_mail(&prepared.spec, owner, on_line),
            Action::PurgeMail(owner) => self.purge_mail(&prepared.spec, owner, on_line),
            Action::EndSessions(address) => self.end_sessions(&prepared.spec, address, on_line),
            Action::AdoptMail(moves) => self.adopt_mail(moves, prepared, on_line),
            Action::Remember => {
                self.keep_wish(prepared)?;
                self.host.make_directory(self.paths.etc(), 0o755, "root", "root")?;
                pending::save_hashes(self.host, &self.paths.password_hashes(), &prepared.hashes)?;
                pending::save_spec(self.host, &self.paths.spec(), &prepared.spec)?;
                // Whoever names keys has changed them once.
                for domain in prepared.spec.domains.iter().filter(|domain| !domain.dkim_selectors.is_empty()) {
                    dkim::note_who_signs(self.host, self.paths, domain, &prepared.spec)?;
                }
                pending::clear(self.host, self.paths)?;
                Ok(Acted::Done)
            }
        }
    }

    /// Says beforehand which files will be written: a kill leaves it open which of them were.
    pub(super) fn before_step(&mut self, actions: &[Action]) -> Result<(), ApplyError> {
        let changes: Vec<&FileChange> = actions
            .iter()
            .filter_map(|a| if let Action::WriteFile(change) = a { Some(change) } else { None })
            .collect();
        if changes.is_empty() {
            return Ok(());
        }
        let rendered = changes.iter().map(|change| (change.file.path.as_path(), change.rendered().bytes()));
        self.history.keep_rendered(self.entry, rendered)?;
        for change in changes {
            let file =
                InWork { content: sha256(change.file.content.bytes()), rendered: sha256(change.rendered().bytes()) };
            self.written.writing.insert(change.file.path.clone(), file);
            // From now on it is not known what these units have read, until they are told to read it.
            for unit in &change.file.used_by {
                self.written.loaded.remove(*unit);
            }
        }
        self.save_written()
    }

    /// Keeps in the history what this wish changes, so that it can be told, taken out and done again.
    fn keep_wish(&self, prepared: &Prepared) -> Result<(), ApplyError> {
        let before = self.history.wish_before(self.entry, self.paths)?;
        let before = before.as_ref().map(|wish| (&wish.spec, &wish.hashes));
        let changes = Difference::between(before, (&prepared.spec, &prepared.hashes))?;
        let wish = Pending { spec: prepared.spec.clone(), hashes: prepared.hashes.clone() };
        Ok(self.history.keep_wish(self.entry, &wish, &changes.words())?)
    }

    /// Remembers which edited files stay as they are from now on.
    pub(super) fn keep_edits(&mut self, plan: &Plan) -> Result<(), ApplyError> {
        if plan.keeps.is_empty() {
            return Ok(());
        }
        for (path, kept) in &plan.keeps {
            self.written.merged.remove(path);
            self.written.kept.insert(path.clone(), kept.clone());
        }
        self.save_written()
    }

    /// Remembers what a step wrote and which configuration its units took up.
    pub(super) fn after_step(&mut self, actions: &[Action], prepared: &Prepared) -> Result<(), ApplyError> {
        let before = self.written.clone();
        for action in actions {
            match action {
                Action::WriteFile(change) => {
                    let path = &change.file.path;
                    if let Some(file) = self.written.writing.remove(path)
                        && !self.left_out.contains(path)
                    {
                        self.written.wrote(path.clone(), file);
                    }
                }
                Action::GiveUpFile(path) => self.written.forget(path),
                Action::Unit { unit, .. } => {
                    let uses_what_was_left_out = |file: &crate::stacks::ManagedFile| {
                        self.left_out.contains(&file.path) && file.used_by.contains(&unit.as_str())
                    };
                    match prepared.plan.loads.get(unit) {
                        Some(loads) if !prepared.desired.files.iter().any(uses_what_was_left_out) => {
                            self.written.loaded.insert(unit.clone(), loads.clone());
                        }
                        _ => drop(self.written.loaded.remove(unit)),
                    }
                }
                _ => {}
            }
        }
        if self.written == before { Ok(()) } else { self.save_written() }
    }

    /// These actions are not done in this run.
    pub(super) fn leave_out(&mut self, actions: &[Action]) {
        self.left_out.extend(actions.iter().filter_map(|action| match action {
            Action::WriteFile(change) => Some(change.file.path.clone()),
            _ => None,
        }));
    }

    /// Whether a daemon was started, reloaded or stopped in this run.
    pub(super) fn touched_units(&self) -> bool {
        self.way_back.has_touched_units()
    }

    fn save_written(&self) -> Result<(), ApplyError> {
        Ok(store::save_written(self.host, self.paths, &self.written)?)
    }

    /// Keeps how a thing was, unless an earlier attempt has.
    fn keep(&mut self, before: Before) -> Result<(), ApplyError> {
        if self.is_kept(&before)? {
            return Ok(());
        }
        self.history.keep(self.entry, &before)?;
        self.kept.push(before);
        Ok(())
    }

    fn is_kept(&mut self, before: &Before) -> Result<bool, ApplyError> {
        if self.kept.is_empty() {
            self.kept = self.history.before(self.entry)?;
        }
        Ok(self.kept.iter().any(|kept| kept.is_about_the_same(before)))
    }

    /// Keeps a file as it is, unless an earlier attempt has kept it.
    pub(super) fn keep_file(&mut self, path: &Path) -> Result<(), ApplyError> {
        if self.is_kept(&Before::File { path: path.to_owned(), was: FileBefore::Absent })? {
            return Ok(());
        }
        let was = self.history.back_up(self.entry, path)?;
        self.keep(Before::File { path: path.to_owned(), was })
    }

    /// Keeps which units ran before this plan touches them. Packages that are installed bring units that start at boot.
    pub(super) fn keep_units(&mut self, prepared: &Prepared) -> Result<(), ApplyError> {
        let installs = prepared.plan.actions.iter().any(|a| matches!(a, Action::InstallPackages(_)));
        for service in &prepared.desired.services {
            let touched =
                prepared.plan.actions.iter().any(|a| matches!(a, Action::Unit { unit, .. } if unit == service.unit));
            if installs || touched {
                let state = prepared.units.get(service.unit).cloned().unwrap_or_default();
                let answered =
                    service.ready.iter().filter(|ready| state.active && readiness::answers(self.host, ready).is_ok());
                self.keep(Before::Unit {
                    unit: service.unit.into(),
                    enabled: state.enabled,
                    active: state.active,
                    answered: answered.cloned().collect(),
                })?;
            }
        }
        Ok(())
    }

    /// Runs a command that must succeed.
    fn must(&self, command: &CommandLine, on_line: &mut dyn FnMut(&str)) -> Result<Acted, ApplyError> {
        must(self.host, command, on_line)?;
        Ok(Acted::Done)
    }

    /// The daemons' own checkers, each with its unit, all at once: they only look. Where several refuse, the first is told.
    pub(super) fn validate(
        &self,
        checks: &[(&str, &CommandLine)],
        on_line: &mut dyn FnMut(&str),
    ) -> Result<Acted, ApplyError> {
        let host = self.host;
        std::thread::scope(|scope| {
            let look = |command: &CommandLine| {
                let mut lines = Vec::new();
                let output = host.run(command, &mut |line| lines.push(line.to_owned()));
                (output, lines)
            };
            let running: Vec<_> =
                checks.iter().map(|(unit, command)| (unit, command, scope.spawn(move || look(command)))).collect();
            let mut refusal = None;
            for (unit, command, thread) in running {
                let (output, lines) = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
                lines.iter().for_each(|line| on_line(line));
                let output = output?;
                if !output.succeeded() || !command.complaint(&output.stderr).is_empty() {
                    refusal.get_or_insert_with(|| {
                        format!("{unit}: '{command}' refuses the new settings: {}", last_words(&output))
                    });
                }
            }
            refusal.map_or(Ok(Acted::Done), |refusal| Err(ApplyError::Step(refusal)))
        })
    }
}

/// Runs a command that must succeed; the error holds its last words.
pub(super) fn must(
    host: &dyn Host,
    command: &CommandLine,
    on_line: &mut dyn FnMut(&str),
) -> Result<CommandOutput, ApplyError> {
    let output = host.run(command, on_line)?;
    if output.succeeded() {
        return Ok(output);
    }
    Err(failed(command, &output))
}

fn failed(command: &CommandLine, output: &CommandOutput) -> ApplyError {
    ApplyError::Step(format!("'{command}' ended with {}: {}", output.code, last_words(output)))
}

/// The last lines of what a program said, on one line, printable.
fn last_words(output: &CommandOutput) -> String {
    let lines: Vec<&str> =
        output.stderr.lines().chain(output.stdout.lines()).map(str::trim).filter(|l| !l.is_empty()).collect();
    let from = if output.stderr.trim().is_empty() { lines.len().saturating_sub(6) } else { 0 };
    excerpt(&lines[from..lines.len().min(from + 8)].join(" | "), 800)
}
