//! Goes back to before an apply, in reverse order.

use std::path::Path;

use super::act::{Rules, adopted_mail, mail, set_host_name_now, take_back, take_back_unconfirmed, wait_again};
use super::journal::Journal;
use super::read_anew::ReadAnew;
use super::run::{SCHEMA, elapsed_ms};
use super::{ApplyError, Event, Outcome, lock};
use crate::host::Host;
use crate::plan::{Written, sha256};
use crate::stacks::CommandLine;
use crate::store::{self, Before, Entry, FileBefore, History, Paths};

/// What undo never takes away; said at its end.
const STAYS: &str =
    "Packages, mail in /var/vmail, the user vmail, keys and certificates stay: remove them yourself if you want to.";

/// What was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The entries, newest first.
    pub ids: Vec<String>,
    /// What was left as it is, a sentence each.
    pub notes: Vec<String>,
}

/// Undoes the newest apply, or the apply `id` with all that came after it. Events go to `undo.jsonl` of each entry and to
/// `listen`. Killed at any point, it can be called again. [`take_out`](super::take_out) undoes one among others.
pub fn undo(
    host: &dyn Host,
    paths: &Paths,
    id: Option<&str>,
    listen: &mut dyn FnMut(&Event),
) -> Result<Undone, ApplyError> {
    if !host.is_root() {
        return Err(ApplyError::NotRoot);
    }
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    let _lock = lock(host, paths)?;
    super::act::policy::give_back(host, paths)?;
    take_back_unconfirmed(host, paths)?;
    let history = History::new(host, paths);
    let mut undone = Undone { ids: Vec::new(), notes: Vec::new() };
    let until = match id {
        Some(id) => standing(&history, id)?.id,
        None => newest(&history)?.id,
    };
    loop {
        // Undoing an apply that took out another puts that one into effect again, so that it is looked for each time.
        let entry = newest(&history)?;
        let closing = (entry.id == until).then_some(STAYS);
        one(host, paths, &history, &entry, listen, &mut undone.notes, closing)?;
        undone.ids.push(entry.id);
        if closing.is_some() {
            return Ok(undone);
        }
    }
}

/// The newest apply that is in effect.
fn newest(history: &History) -> Result<Entry, ApplyError> {
    for entry in history.entries()?.into_iter().rev() {
        if !history.is_undone(&entry)? {
            return Ok(entry);
        }
    }
    Err(ApplyError::NothingToUndo("There is nothing to undo: no apply is in effect.".into()))
}

/// The apply of this id, which must be in effect.
pub(super) fn standing(history: &History, id: &str) -> Result<Entry, ApplyError> {
    let shown = crate::printable::excerpt(id, 40);
    match history.find(id)? {
        Some(entry) if !history.is_undone(&entry)? => Ok(entry),
        Some(_) => Err(ApplyError::NothingToUndo(format!(
            "'{shown}' is undone already. 'mailwizard apply --again {shown}' does it again."
        ))),
        None => Err(ApplyError::NothingToUndo(format!(
            "'{shown}' is no apply that is in effect. 'mailwizard history' lists them."
        ))),
    }
}

fn one(
    host: &dyn Host,
    paths: &Paths,
    history: &History,
    entry: &Entry,
    listen: &mut dyn FnMut(&Event),
    notes: &mut Vec<String>,
    closing: Option<&str>,
) -> Result<(), ApplyError> {
    let begun = host.now();
    let earlier_notes = notes.len();
    let before = history.before(entry)?;
    let written = store::load_written(host, paths)?;
    let mut journal = Journal::open(host, entry.undo_journal(), listen)?;
    journal.tell(&Event::Began {
        schema: SCHEMA,
        id: entry.id.clone(),
        at: begun.to_string(),
        pid: std::process::id(),
        continued: false,
    })?;
    let mut undo = Undo { host, paths, history, entry, before: &before, written, notes };
    let parts: Vec<Part> = Part::ALL.into_iter().filter(|part| undo.needs(*part)).collect();
    if parts.is_empty() {
        undo.notes.push(nothing_put_back(host, entry)?);
    }
    journal.tell(&Event::Planned { steps: parts.iter().map(|part| part.title().to_owned()).collect() })?;
    for (at, part) in parts.iter().enumerate() {
        let (step, started) = (at + 1, host.now());
        journal.tell(&Event::Started { step, at: started.to_string() })?;
        if let Err(error) = undo.part(*part, &mut |line| journal.line(step, line)) {
            journal.tell_if_possible(&Event::Failed { step, reason: error.to_string(), goes_on: false });
            return Err(error);
        }
        journal.tell(&Event::Done { step, elapsed_ms: elapsed_ms(host, started) })?;
    }
    undo.our_own_state()?;
    if let Some(taken_out) = history.takes_out(entry)? {
        history.mark_standing(&taken_out)?;
    }
    history.mark_undone(entry)?;
    notes.extend(closing.map(str::to_owned));
    for note in &notes[earlier_notes..] {
        journal.tell(&Event::Note { text: note.clone() })?;
    }
    journal.tell(&Event::Finished {
        schema: SCHEMA,
        id: entry.id.clone(),
        outcome: Outcome::Done,
        done: parts.len(),
        of: parts.len(),
        elapsed_ms: elapsed_ms(host, begun),
        message: format!("{} is undone.", entry.id),
    })
}

/// An apply that only got a certificate, or only kept a wish, leaves nothing to put back.
fn nothing_put_back(host: &dyn Host, entry: &Entry) -> Result<String, ApplyError> {
    let (mut titles, mut done) = (Vec::new(), Vec::new());
    for event in super::journal::read(host, &entry.journal())? {
        match event {
            Event::Planned { steps } => titles = steps,
            Event::Done { step, .. } => done.extend(step.checked_sub(1).and_then(|at| titles.get(at)).cloned()),
            _ => {}
        }
    }
    Ok(if done.is_empty() {
        format!("Nothing was put back: {} had done nothing.", entry.id)
    } else {
        format!("Nothing was put back: all that {} did is left as it is ({}).", entry.id, done.join("; "))
    })
}

/// The parts of an undo, in order.
#[derive(Clone, Copy)]
enum Part {
    StopUnits,
    ClosePorts,
    Files,
    Mail,
    HostName,
    StartUnits,
}

impl Part {
    const ALL: [Self; 6] =
        [Self::StopUnits, Self::ClosePorts, Self::Files, Self::Mail, Self::HostName, Self::StartUnits];

    fn title(self) -> &'static str {
        match self {
            Self::StopUnits => "stop the daemons that apply started",
            Self::ClosePorts => "close the ports that apply opened",
            Self::Files => "put the files back",
            Self::Mail => "put mail back where it was",
            Self::HostName => "put the host name back",
            Self::StartUnits => "start the daemons that ran before",
        }
    }
}

struct Undo<'a> {
    host: &'a dyn Host,
    paths: &'a Paths,
    history: &'a History<'a>,
    entry: &'a Entry,
    before: &'a [Before],
    written: Written,
    notes: &'a mut Vec<String>,
}

impl Undo<'_> {
    fn needs(&self, part: Part) -> bool {
        self.before.iter().any(|before| match (part, before) {
            (Part::StopUnits, Before::Unit { active, enabled, .. }) => !(*active && *enabled),
            (Part::StartUnits, Before::Unit { active, .. }) => *active,
            (Part::ClosePorts, Before::Ports { .. }) | (Part::HostName, Before::HostName { .. }) => true,
            (Part::Mail, Before::MailAdopted { .. } | Before::MailMoved { .. } | Before::MailArchived { .. }) => true,
            (Part::Files, Before::File { path, .. }) => !self.is_our_own(path),
            (Part::Files, Before::Directory { path, .. }) => !self.is_our_own(path),
            _ => false,
        })
    }

    fn part(&mut self, part: Part, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
        match part {
            Part::StopUnits => self.stop_units(on_line),
            Part::ClosePorts => self.close_ports(),
            Part::Files => self.files(on_line),
            Part::Mail => self.mail(on_line),
            Part::HostName => self.host_name(),
            Part::StartUnits => self.start_units(on_line),
        }
    }

    fn stop_units(&mut self, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
        for before in self.before.iter().rev() {
            let Before::Unit { unit, enabled, active, .. } = before else { continue };
            // A unit that an interrupted installation never brought has nothing to stop: systemctl's refusal is no harm.
            if !active {
                self.host.run(&systemctl(&["stop", unit]), on_line)?;
            }
            if !enabled {
                self.host.run(&systemctl(&["disable", unit]), on_line)?;
            }
        }
        Ok(())
    }

    fn close_ports(&self) -> Result<(), ApplyError> {
        for before in self.before {
            if let Before::Ports { firewall, zone, ports } = before {
                take_back(self.host, self.paths, &Rules::remembered(firewall, zone.as_deref(), ports))?;
            }
        }
        Ok(())
    }

    fn files(&mut self, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
        let mut read_anew = ReadAnew::default();
        for before in self.before.iter().rev() {
            match before {
                Before::File { path, was } if !self.is_our_own(path) => {
                    on_line(&path.display().to_string());
                    self.file(path, was)?;
                    read_anew.note(path);
                }
                Before::Directory { path, was } if !self.is_our_own(path) => self.directory(path, was.as_ref())?,
                _ => {}
            }
        }
        Ok(read_anew.carry_out(self.host, on_line)?)
    }

    /// Nothing may deliver or read while mail is moved; what ran before is started again at the end.
    fn pause_units(&self, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
        for before in self.before {
            if let Before::Unit { unit, active: true, .. } = before {
                self.host.run(&systemctl(&["stop", unit]), on_line)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, was: &FileBefore) -> Result<(), ApplyError> {
        let now = self.host.read(path)?.map(|file| sha256(&file.content));
        let kept = self.history.kept_content(self.entry, was)?.map(|content| sha256(&content));
        let edited = now.as_ref().is_some_and(|now| {
            self.written.knows(path) && !self.written.is_ours(path, now) && Some(now) != kept.as_ref()
        });
        if edited {
            self.notes.push(format!("You changed {} since it was written: it stays as it is.", path.display()));
            return Ok(());
        }
        Ok(self.history.restore(self.entry, path, was)?)
    }

    fn directory(&mut self, path: &Path, was: Option<&(u32, String, String)>) -> Result<(), ApplyError> {
        match was {
            Some((mode, owner, group)) => {
                if self.host.directory(path)?.as_ref().is_some_and(|now| *now != (*mode, owner.clone(), group.clone()))
                {
                    self.host.make_directory(path, *mode, owner, group)?;
                }
            }
            // Whatever is in it by now is not ours to remove: mail, keys, certificates.
            None => drop(self.host.remove_empty_directory(path)?),
        }
        Ok(())
    }

    fn mail(&mut self, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
        if self.before.iter().any(|before| matches!(before, Before::MailAdopted { .. })) {
            self.pause_units(on_line)?;
        }
        for before in self.before.iter().rev() {
            if let Before::MailAdopted { mail } = before {
                adopted_mail::move_back(self.host, mail, on_line)?;
                continue;
            }
            let (is_back, now) = match before {
                Before::MailMoved { from, to } => (mail::move_back(self.host, from, to)?, to),
                Before::MailArchived { folder, archive } => (mail::unpack(self.host, folder, archive)?, archive),
                _ => continue,
            };
            if !is_back && self.host.open(now)?.is_some() {
                self.notes
                    .push(format!("The mail in {} stays there: there is other mail where it was.", now.display()));
            }
        }
        Ok(())
    }

    fn host_name(&self) -> Result<(), ApplyError> {
        for before in self.before {
            if let Before::HostName { name } = before {
                set_host_name_now(self.host, name)?;
            }
        }
        Ok(())
    }

    fn start_units(&mut self, on_line: &mut dyn FnMut(&str)) -> Result<(), ApplyError> {
        let mut started = Vec::new();
        for before in self.before {
            let Before::Unit { unit, active, enabled, answered } = before else { continue };
            if *enabled {
                self.host.run(&systemctl(&["enable", unit]), on_line)?;
            }
            if *active {
                let output = self.host.run(&systemctl(&["restart", unit]), on_line)?;
                if output.succeeded() {
                    started.push((unit, answered));
                } else {
                    self.notes
                        .push(format!("{unit} ran before, but does not start: look at 'systemctl status {unit}'."));
                }
            }
        }
        for (unit, answered) in started {
            if let Err(refusal) = wait_again(self.host, answered, on_line) {
                self.notes.push(format!("{unit} runs, but {refusal} as before: look at 'journalctl --unit {unit}'."));
            }
        }
        Ok(())
    }

    fn is_our_own(&self, path: &Path) -> bool {
        path.starts_with(self.paths.var()) || path == self.paths.spec() || path == self.paths.etc()
    }

    /// Last of all: until everything else is back, a repeated undo needs to know what is ours.
    fn our_own_state(&mut self) -> Result<(), ApplyError> {
        for before in self.before.iter().rev() {
            if let Before::File { path, was } = before
                && self.is_our_own(path)
            {
                self.history.restore(self.entry, path, was)?;
            }
        }
        for before in self.before {
            if let Before::Directory { path, was } = before
                && self.is_our_own(path)
            {
                self.directory(path, was.as_ref())?;
            }
        }
        Ok(())
    }
}

fn systemctl(args: &[&str]) -> CommandLine {
    CommandLine::new("systemctl", args).timeout(std::time::Duration::from_secs(180))
}
