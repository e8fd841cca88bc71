//! The way back from a run that a daemon refused: what this run alone changed, as it was.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::mail::{self, Moved};
use super::{Act, adopted_mail, host_name, units};
use crate::apply::read_anew::ReadAnew;
use crate::apply::{ApplyError, Prepared};
use crate::host::Host;
use crate::plan::{InWork, MailMove, ObservedFile, UnitVerb, Written, sha256};
use crate::stacks::CommandLine;

/// What this run changed, newest last. An earlier attempt may have kept something older for undo.
pub(super) struct WayBack {
    /// What was remembered when this run began.
    written: Written,
    files: Vec<(PathBuf, Was)>,
    host_name: Option<String>,
    units: Vec<TouchedUnit>,
    mail: Vec<Moved>,
    adopted: Vec<MailMove>,
    /// Whether this run adopts a server that somebody else set up: what ran before it worked.
    adopts: bool,
}

/// What was at a path when this run came to it.
enum Was {
    Absent,
    Link(PathBuf),
    File(ObservedFile),
}

/// A unit that this run started, reloaded, restarted or stopped.
struct TouchedUnit {
    unit: String,
    state_unit: String,
    /// What makes it read its files again.
    verb: UnitVerb,
    enabled: bool,
    active: bool,
}

/// What going back did.
pub(in crate::apply) struct WentBack {
    /// Files that are as they were.
    pub files: usize,
    /// Units that read them again.
    pub units: Vec<String>,
    /// What could not be done, a sentence each.
    pub troubles: Vec<String>,
}

impl WayBack {
    pub(super) fn new(written: Written) -> Self {
        Self {
            written,
            files: Vec::new(),
            host_name: None,
            units: Vec::new(),
            mail: Vec::new(),
            adopted: Vec::new(),
            adopts: false,
        }
    }

    /// Remembers a file as it is, before it is changed.
    pub(super) fn file(&mut self, host: &dyn Host, path: &Path) -> Result<(), ApplyError> {
        let was = match (host.link_target(path)?, host.read(path)?) {
            (Some(target), _) => Was::Link(target),
            (None, Some(file)) => Was::File(file),
            (None, None) => Was::Absent,
        };
        self.files.push((path.to_owned(), was));
        Ok(())
    }

    pub(super) fn mail_moved(&mut self, from: &Path, to: &Path) {
        self.mail.push((from.to_owned(), to.to_owned()));
    }

    pub(super) fn mail_adopted(&mut self, mail: &MailMove) {
        self.adopted.push(mail.clone());
    }

    pub(super) fn host_name(&mut self, name: &str) {
        self.host_name = Some(name.to_owned());
    }

    pub(super) fn unit(&mut self, unit: &str, state_unit: &str, verb: UnitVerb, prepared: &Prepared) {
        self.adopts = prepared.adopts;
        let was = prepared.units.get(unit).cloned().unwrap_or_default();
        match self.units.iter_mut().find(|touched| touched.unit == unit) {
            Some(touched) => touched.verb = verb,
            None => self.units.push(TouchedUnit {
                unit: unit.to_owned(),
                state_unit: state_unit.to_owned(),
                verb,
                enabled: was.enabled,
                active: was.active,
            }),
        }
    }

    /// Whether a daemon was started, reloaded or stopped in this run.
    pub(super) fn has_touched_units(&self) -> bool {
        !self.units.is_empty()
    }

    /// Whether there was a server that worked before this run: every unit that it touched ran and had read what we wrote.
    /// On a machine that is only being set up there is nothing to go back to but the beginning, which is undo's.
    fn leads_to_a_server(&self) -> bool {
        let had_read =
            |touched: &TouchedUnit| touched.active && (self.adopts || self.written.loaded.contains_key(&touched.unit));
        self.units.iter().any(had_read)
    }
}

impl Act<'_> {
    /// Puts everything back that this run changed, where no daemon has read it yet or where there is a working server to
    /// go back to; `None` where neither is so.
    pub(in crate::apply) fn go_back(&mut self) -> Result<Option<WentBack>, ApplyError> {
        let untouched = !self.way_back.has_touched_units();
        if !untouched && !self.way_back.leads_to_a_server() {
            return Ok(None);
        }
        let mut way = std::mem::replace(&mut self.way_back, WayBack::new(Written::default()));
        let mut back = WentBack { files: way.files.len(), units: Vec::new(), troubles: Vec::new() };
        self.adopted_mail_goes_back(&way, &mut back);
        for (from, to) in way.mail.iter().rev() {
            back.troubles.extend(mail::move_back(self.host, from, to).err().map(|error| error.to_string()));
        }
        if way.files.is_empty() && untouched {
            return Ok(Some(back));
        }
        self.expect_either(&way)?;
        let mut read_anew = ReadAnew::default();
        for (path, was) in way.files.iter().rev() {
            let put_back = match was {
                Was::Absent => self.host.remove(path),
                Was::Link(target) => self.host.link(path, target),
                // One that was never replaced needs no room on a disk that is full.
                Was::File(file) if self.host.read(path).is_ok_and(|now| now.as_ref() == Some(file)) => Ok(()),
                Was::File(file) => self.host.write(path, file),
            };
            read_anew.note(path);
            back.troubles.extend(put_back.err().map(|error| error.to_string()));
        }
        if let Some(name) = &way.host_name {
            back.troubles.extend(host_name::set_now(self.host, name).err().map(|error| error.to_string()));
        }
        read_anew.carry_out(self.host, &mut |_| ())?;
        self.units_go_back(&way, &mut back)?;
        if back.troubles.is_empty() {
            self.written = std::mem::take(&mut way.written);
            self.save_written()?;
        }
        Ok(Some(back))
    }

    /// Nothing may deliver or read meanwhile; the units start again with their old files.
    fn adopted_mail_goes_back(&self, way: &WayBack, back: &mut WentBack) {
        if way.adopted.is_empty() {
            return;
        }
        for touched in &way.units {
            let stop = CommandLine::new("systemctl", &["stop", &touched.unit]);
            back.troubles.extend(self.host.run(&stop, &mut |_| ()).err().map(|error| error.to_string()));
        }
        for mail in way.adopted.iter().rev() {
            let moved = adopted_mail::move_back(self.host, mail, &mut |_| ());
            back.troubles.extend(moved.err().map(|error| error.to_string()));
        }
    }

    /// A kill on the way leaves some files old and some new: both are ours, and no unit is known to have read either.
    fn expect_either(&mut self, way: &WayBack) -> Result<(), ApplyError> {
        self.written.loaded.clear();
        self.written.restoring = way.files.iter().map(|(path, _)| path.clone()).collect();
        for (path, was) in way.files.iter().rev() {
            if let Was::File(file) = was
                && self.written.knows(path)
            {
                let content = sha256(&file.content);
                let rendered = way.written.files.get(path).cloned().unwrap_or_else(|| content.clone());
                self.written.writing.insert(path.clone(), InWork { content, rendered });
            }
        }
        self.save_written()
    }

    /// Units that ran read their old files again, in start order; those that did not run are stopped.
    fn units_go_back(&mut self, way: &WayBack, back: &mut WentBack) -> Result<(), ApplyError> {
        let started: BTreeSet<&str> =
            way.units.iter().filter(|touched| !touched.active).map(|touched| touched.unit.as_str()).collect();
        for touched in way.units.iter().rev().filter(|touched| started.contains(touched.unit.as_str())) {
            let verb = if touched.enabled { "stop" } else { "disable" };
            let arguments: &[&str] =
                if touched.enabled { &[verb, &touched.unit] } else { &[verb, "--now", &touched.unit] };
            self.host.run(&CommandLine::new("systemctl", arguments), &mut |_| ())?;
        }
        for touched in way.units.iter().filter(|touched| touched.active) {
            let verb = match touched.verb {
                UnitVerb::DisableAndStop => UnitVerb::EnableAndStart,
                // It may have ended over what it was told to read.
                UnitVerb::EnableAndStart | UnitVerb::Restart => UnitVerb::Restart,
                UnitVerb::Reload => UnitVerb::Reload,
            };
            match units::change(self.host, &touched.unit, &touched.state_unit, verb, &mut |_| ()) {
                Ok(_) => back.units.push(touched.unit.clone()),
                Err(error) => back.troubles.push(error.to_string()),
            }
        }
        Ok(())
    }
}
