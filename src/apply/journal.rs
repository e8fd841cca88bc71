//! Writes events where the next run and every front end find them, and tells whoever listens.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{ApplyError, Event, HELD_UP};
use crate::host::{Host, HostError};

/// Lines of programs are kept no more often than this.
const LINE_INTERVAL_MS: i64 = 200;

/// An open journal.
pub struct Journal<'a> {
    host: &'a dyn Host,
    path: PathBuf,
    listen: &'a mut dyn FnMut(&Event),
    last_line: Option<Timestamp>,
}

impl<'a> Journal<'a> {
    /// Opens a journal; a line that a kill cut short is ended first.
    pub fn open(host: &'a dyn Host, path: PathBuf, listen: &'a mut dyn FnMut(&Event)) -> Result<Self, HostError> {
        if host.read(&path)?.is_some_and(|file| !file.content.is_empty() && !file.content.ends_with(b"\n")) {
            host.append(&path, b"\n", 0o600)?;
        }
        Ok(Self { host, path, listen, last_line: None })
    }

    /// Writes an event down, synced, and tells it.
    pub fn tell(&mut self, event: &Event) -> Result<(), ApplyError> {
        let mut line = serde_json::to_vec(event).map_err(|e| ApplyError::Journal(e.to_string()))?;
        line.push(b'\n');
        self.host.append(&self.path, &line, 0o600)?;
        (self.listen)(event);
        Ok(())
    }

    /// Tells an event even where it cannot be written down.
    pub fn tell_if_possible(&mut self, event: &Event) {
        if self.tell(event).is_err() {
            (self.listen)(event);
        }
    }

    /// A program's line: kept if the last one was long enough ago. One that cannot be kept is no reason to stop.
    pub fn line(&mut self, step: usize, text: &str) {
        let now = self.host.now();
        let since = self.last_line.map(|last| now.duration_since(last).as_millis());
        let comes_soon_after = since.is_some_and(|ms| ms < i128::from(LINE_INTERVAL_MS));
        if (!comes_soon_after || text.starts_with(HELD_UP)) && !text.trim().is_empty() {
            self.last_line = Some(now);
            let _ = self.tell(&Event::Line { step, text: crate::printable::excerpt(text.trim(), 200) });
        }
    }
}

/// All events of a journal that are whole; none when there is no journal.
pub fn read(host: &dyn Host, path: &Path) -> Result<Vec<Event>, HostError> {
    let Some(file) = host.read(path)? else { return Ok(Vec::new()) };
    let text = String::from_utf8_lossy(&file.content);
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}
