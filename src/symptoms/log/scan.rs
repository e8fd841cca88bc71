//! A log read once from beginning to end: what was found, how often, when, with a few lines to show.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};
use std::net::IpAddr;

use super::line::{self, Line};
use super::own_checks::OwnChecks;
use super::patterns::{Patterns, patterns};
use super::stamp::{Clock, Seconds};

/// The most that is looked at of one line, in bytes; the rest is passed over.
pub const MAX_LINE: usize = 8192;
/// How many lines are kept to show of each pattern: the last ones.
const SHOWN: usize = 4;
/// The most that is kept of a line to show, in bytes.
const SHOWN_LENGTH: usize = 600;
/// How many different values are kept of each named part.
const VALUES: usize = 64;
/// The named parts of so many lines of a pattern are looked at, then of one line in [`SAMPLED`]: taking them out of a
/// line costs more than all the rest.
const ALL: usize = 1024;
/// See [`ALL`].
const SAMPLED: usize = 16;

/// Calls `each` with every line, cut at [`MAX_LINE`], bytes that are no UTF-8 replaced. Needs memory for one line.
pub fn lines(mut from: impl BufRead, mut each: impl FnMut(&str)) -> io::Result<()> {
    let mut line: Vec<u8> = Vec::with_capacity(MAX_LINE);
    loop {
        let (taken, ended) = {
            let buffer = from.fill_buf()?;
            if buffer.is_empty() {
                if !line.is_empty() {
                    each(&text(&line));
                }
                return Ok(());
            }
            let end = memchr::memchr(b'\n', buffer);
            let piece = &buffer[..end.unwrap_or(buffer.len())];
            // A whole line in the buffer is not copied.
            if end.is_some() && line.is_empty() && piece.len() <= MAX_LINE {
                each(&text(piece));
            } else {
                line.extend_from_slice(&piece[..piece.len().min(MAX_LINE - line.len())]);
            }
            (piece.len() + usize::from(end.is_some()), end.is_some())
        };
        from.consume(taken);
        if ended && !line.is_empty() {
            each(&text(&line));
            line.clear();
        }
    }
}

/// What is text already is looked at once, and faster than bytes that are replaced.
fn text(line: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

/// A line that was kept to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// When it was written.
    pub time: Option<Seconds>,
    /// Who wrote it, with the Postfix service: "postfix/submission/smtpd".
    pub program: String,
    /// What it said, not yet printable.
    pub message: String,
}

/// What was found of one pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// How often.
    pub count: usize,
    /// When first and last, where the log says.
    pub first: Option<Seconds>,
    /// See `first`.
    pub last: Option<Seconds>,
    /// The last ones.
    pub hits: Vec<Hit>,
    /// The values of each named part, at most 64; where a pattern has many lines, of some of them.
    pub parts: BTreeMap<String, BTreeSet<String>>,
}

/// What a log said. Memory does not grow with the log.
#[derive(Clone)]
pub struct Scan {
    pub(super) patterns: &'static Patterns,
    pub(super) clock: Clock,
    pub(super) since: Option<Seconds>,
    pub(super) own: OwnChecks,
    seen: BTreeMap<usize, Seen>,
    passed: Passed,
}

/// Lines that were looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Passed {
    lines: usize,
    first: Option<Seconds>,
    last: Option<Seconds>,
}

impl Passed {
    /// One more.
    pub(super) fn line(&mut self, time: Option<Seconds>) {
        self.lines += 1;
        self.span(time);
    }

    fn span(&mut self, time: Option<Seconds>) {
        if time.is_some() {
            self.first = earlier(self.first, time);
            self.last = self.last.max(time);
        }
    }
}

impl Scan {
    /// A scan that passes over what was written before `since`.
    pub fn new(clock: Clock, since: Option<Seconds>) -> Self {
        Self {
            patterns: patterns(),
            clock,
            since,
            own: OwnChecks::default(),
            seen: BTreeMap::new(),
            passed: Passed::default(),
        }
    }

    /// Where the log is that of this machine: its addresses, from which its own checks come.
    pub fn of_machine(mut self, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        self.own = OwnChecks::from(addresses);
        self
    }

    /// Looks at one line.
    pub fn line(&mut self, text: &str) {
        let line = line::read(text, &self.clock);
        self.read(&line);
    }

    /// Looks at a line that was taken apart already.
    pub fn read(&mut self, line: &Line<'_>) {
        if !line.is_before(self.since) {
            let found = self.patterns.matching(line);
            self.judge(line, found);
        }
    }

    /// Takes up a line in which these patterns were found.
    pub(super) fn found_in(&mut self, text: &str, found: Vec<usize>) {
        let line = line::read(text, &self.clock);
        self.judge(&line, found);
    }

    /// Takes up lines that say nothing.
    pub(super) fn pass(&mut self, passed: Passed) {
        self.passed.lines += passed.lines;
        self.passed.span(passed.first);
        self.passed.span(passed.last);
    }

    fn judge(&mut self, line: &Line<'_>, found: Vec<usize>) {
        self.own.follow(line);
        if !found.is_empty() && self.own.caused(line) {
            return;
        }
        self.passed.line(line.time);
        for index in found {
            self.count(index, line);
        }
    }

    fn count(&mut self, index: usize, line: &Line<'_>) {
        let seen = self.seen.entry(index).or_default();
        seen.count += 1;
        if line.time.is_some() {
            seen.first = earlier(seen.first, line.time);
            seen.last = seen.last.max(line.time);
        }
        if seen.count <= ALL || seen.count.is_multiple_of(SAMPLED) {
            for (name, value) in self.patterns.captures(index, &line.message) {
                let values = match seen.parts.get_mut(name) {
                    Some(values) => values,
                    None => seen.parts.entry(name.to_owned()).or_default(),
                };
                if values.len() < VALUES {
                    values.insert(value);
                }
            }
        }
        if seen.hits.len() == SHOWN {
            seen.hits.remove(0);
        }
        let program = match &line.service {
            Some(service) => line.program.replacen("postfix/", &format!("postfix/{service}/"), 1),
            None => line.program.clone().into_owned(),
        };
        seen.hits.push(Hit {
            time: line.time,
            program,
            message: line.message[..line.message.floor_char_boundary(SHOWN_LENGTH)].to_owned(),
        });
    }

    /// How many lines were looked at.
    pub fn lines(&self) -> usize {
        self.passed.lines
    }

    /// The time that the lines span, where they say it.
    pub fn span(&self) -> Option<(Seconds, Seconds)> {
        self.passed.first.zip(self.passed.last)
    }

    /// What was found of a pattern.
    pub fn seen(&self, id: &str) -> Option<&Seen> {
        let index = self.patterns.all().iter().position(|p| p.id == id)?;
        self.seen.get(&index)
    }

    /// Everything that was found, by pattern id.
    pub fn found(&self) -> impl Iterator<Item = (&'static str, &Seen)> {
        self.seen.iter().map(|(index, seen)| (self.patterns.all()[*index].id.as_str(), seen))
    }
}

impl std::fmt::Debug for Scan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scan")
            .field("lines", &self.passed.lines)
            .field("seen", &self.seen.len())
            .finish_non_exhaustive()
    }
}

fn earlier(a: Option<Seconds>, b: Option<Seconds>) -> Option<Seconds> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn clock() -> Clock {
        Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC)
    }

    fn scan(text: &[u8]) -> Scan {
        let mut scan = Scan::new(clock(), None);
        lines(text, |line| scan.line(line)).unwrap();
        scan
    }

    #[test]
    fn matches_are_counted_with_times_and_parts() {
        let log = "Jan  5 08:50:12 m postfix/smtp[1]: A1: to=<b@example.net>, status=deferred (connect to mx.example.net[192.0.2.1]:25: Connection timed out)\n\
                   Jan  5 08:59:12 m postfix/smtp[1]: connect to mx.example.net[192.0.2.1]:25: Connection timed out\n\
                   Jan  5 09:50:12 m postfix/smtpd[1]: connect from mx.example.net[192.0.2.1]\n";
        let scan = scan(log.as_bytes());
        let seen = scan.seen("pf-out-timeout").unwrap();
        assert_eq!((seen.count, seen.parts["ip"].len()), (2, 1));
        assert_eq!(seen.last.unwrap() - seen.first.unwrap(), 540);
        assert_eq!(scan.lines(), 3);
        assert_eq!(scan.found().count(), 2);
    }

    #[test]
    fn long_lines_are_cut_and_bytes_that_are_no_text_do_no_harm() {
        let mut log = b"Jan  5 08:50:12 m postfix/smtp[1]: connect to ".to_vec();
        log.extend(std::iter::repeat_n(b'x', 3 * MAX_LINE));
        log.extend(b"\n\xff\xfe\x1b[2J\0\n{\"MESSAGE\":\n\nJan  5 08:59:12 m postfix/smtp[1]: connect to a[192.0.2.1]:25: Connection timed out");
        let mut longest = 0;
        lines(&log[..], |line| longest = longest.max(line.len())).unwrap();
        assert!(longest <= MAX_LINE);
        assert_eq!(scan(&log).seen("pf-out-timeout").unwrap().count, 1);
    }

    #[test]
    fn memory_is_bounded_whatever_strangers_write() {
        let mut scan = Scan::new(clock(), None);
        for n in 0..10_000 {
            scan.line(&format!("postfix/smtp[1]: connect to h{n}[192.0.2.1]:25: Connection timed out"));
        }
        let seen = scan.seen("pf-out-timeout").unwrap();
        assert_eq!(seen.count, 10_000);
        assert_eq!(seen.hits.len(), SHOWN);
        assert_eq!(seen.parts["host"].len(), VALUES);
    }

    #[test]
    fn what_is_older_is_passed_over() {
        let mut scan = Scan::new(clock(), Some(clock().now() - 3600));
        scan.line("Jan  5 08:50:12 m postfix/smtp[1]: connect to a[192.0.2.1]:25: Connection timed out");
        assert_eq!(scan.lines(), 0);
        scan.line("Jan  5 11:50:12 m postfix/smtp[1]: connect to a[192.0.2.1]:25: Connection timed out");
        assert_eq!(scan.lines(), 1);
    }
}
