//! A log read on all cores: its lines are looked at by workers, and what they found is counted in the order of the log.

use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use super::line;
use super::own_checks::OwnChecks;
use super::patterns::Patterns;
use super::scan::{Passed, Scan};
use super::stamp::{Clock, Seconds};

/// More cores than this only wait for the one that hands out lines.
const MOST_CORES: usize = 8;
/// Lines are handed out in pieces of this many bytes.
const BATCH: usize = 1 << 17;
/// How many pieces a worker may have before what it found is taken: memory does not grow with the log.
const AT_ONCE: usize = 2;

impl Scan {
    /// Looks at every line that `feed` hands over; what is found is the same as with [`Scan::line`] for each.
    pub fn on_all_cores<R>(&mut self, feed: impl FnOnce(&mut dyn FnMut(&str)) -> R) -> R {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.on_cores(cores.min(MOST_CORES), feed)
    }

    fn on_cores<R>(&mut self, cores: usize, feed: impl FnOnce(&mut dyn FnMut(&str)) -> R) -> R {
        if cores < 2 {
            return feed(&mut |line| self.line(line));
        }
        let look = self.look();
        std::thread::scope(|scope| {
            let workers = (0..cores).map(|_| Worker::begin(scope, &look)).collect();
            let mut hand_out = HandOut { scan: self, workers, batch: Batch::default(), sent: 0, taken: 0 };
            let fed = feed(&mut |line| hand_out.line(line));
            hand_out.end();
            fed
        })
    }
}

/// What a worker needs to know to tell which lines say something.
pub(super) struct Look {
    pub(super) patterns: &'static Patterns,
    pub(super) clock: Clock,
    pub(super) since: Option<Seconds>,
    pub(super) own: OwnChecks,
}

/// Lines in one piece.
#[derive(Default)]
struct Batch {
    text: String,
    ends: Vec<usize>,
}

/// What was found in a batch.
struct Looked {
    batch: Batch,
    /// The lines that say nothing.
    passed: Passed,
    /// The others, in order, with the patterns that they match.
    telling: Vec<(Range<usize>, Vec<usize>)>,
}

impl Look {
    fn at(&self, batch: Batch) -> Looked {
        let (mut passed, mut telling) = (Passed::default(), Vec::new());
        let mut start = 0;
        for end in batch.ends.iter().copied() {
            let line = line::read(&batch.text[start..end], &self.clock);
            if !line.is_before(self.since) {
                let found = self.patterns.matching(&line);
                if found.is_empty() && !self.own.is_to_follow(&line) {
                    passed.line(line.time);
                } else {
                    telling.push((start..end, found));
                }
            }
            start = end;
        }
        Looked { batch, passed, telling }
    }
}

struct Worker {
    batches: SyncSender<Batch>,
    looked: Receiver<Looked>,
}

impl Worker {
    fn begin<'scope>(scope: &'scope Scope<'scope, '_>, look: &'scope Look) -> Self {
        let (batches, work) = sync_channel(AT_ONCE);
        let (found, looked) = sync_channel(AT_ONCE);
        scope.spawn(move || {
            // Either end goes away only when there is nothing more to do.
            for batch in work {
                if found.send(look.at(batch)).is_err() {
                    return;
                }
            }
        });
        Self { batches, looked }
    }
}

/// Hands lines out in turn, and takes in the same turn what was found.
struct HandOut<'s> {
    scan: &'s mut Scan,
    workers: Vec<Worker>,
    batch: Batch,
    sent: usize,
    taken: usize,
}

impl HandOut<'_> {
    fn line(&mut self, text: &str) {
        self.batch.text.push_str(text);
        self.batch.ends.push(self.batch.text.len());
        if self.batch.text.len() >= BATCH {
            self.send();
        }
    }

    fn send(&mut self) {
        let free = if self.sent - self.taken == AT_ONCE * self.workers.len() { self.take() } else { Batch::default() };
        let batch = std::mem::replace(&mut self.batch, free);
        // A worker ends early only by a panic, which the scope passes on.
        let _ = self.workers[self.sent % self.workers.len()].batches.send(batch);
        self.sent += 1;
    }

    /// Counts what was found in the oldest batch that is out, and gives the emptied batch back.
    fn take(&mut self) -> Batch {
        let looked = self.workers[self.taken % self.workers.len()].looked.recv();
        self.taken += 1;
        let Ok(Looked { mut batch, passed, telling }) = looked else { return Batch::default() };
        self.scan.pass(passed);
        for (at, found) in telling {
            self.scan.found_in(&batch.text[at], found);
        }
        batch.text.clear();
        batch.ends.clear();
        batch
    }

    fn end(mut self) {
        if !self.batch.ends.is_empty() {
            self.send();
        }
        while self.taken < self.sent {
            self.take();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use jiff::tz::TimeZone;

    use super::*;

    /// Checks of our own that fail on purpose, strangers that fail, mail that goes through, lines of long ago and of nobody.
    fn log() -> String {
        let mut log = String::new();
        for n in 0..30_000 {
            let (pid, second) = (n % 7, n % 60);
            let stamp = if n % 11 == 0 { "Jan  3 08:50" } else { "Jan  5 08:50" };
            let from = if n % 3 == 0 { "localhost[127.0.0.1]" } else { "a[192.0.2.1]" };
            let said = match n % 4 {
                0 => format!("connect from {from}"),
                1 => "warning: TLS library problem: error:0A000102:SSL routines::unsupported protocol:x.c:1:".into(),
                2 => format!("connect to h{n}[192.0.2.{}]:25: Connection timed out", n % 250),
                _ => format!("{n:X}: client={from}"),
            };
            let daemon = if n % 4 == 2 { "smtp" } else { "smtpd" };
            writeln!(log, "{stamp}:{second:02} mail postfix/{daemon}[{pid}]: {said}").unwrap();
        }
        log.push_str("a line of nobody\n");
        log
    }

    #[test]
    fn any_number_of_cores_finds_what_one_finds() {
        let log = log();
        let scan = || {
            let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
            let since = clock.now() - 86_400;
            Scan::new(clock, Some(since)).of_machine(["198.51.100.10".parse().unwrap()])
        };
        let mut one = scan();
        log.lines().for_each(|line| one.line(line));
        assert!(one.found().count() >= 2 && log.len() > 6 * AT_ONCE * BATCH);
        for cores in [1, 2, 3, MOST_CORES] {
            let mut several = scan();
            let fed = several.on_cores(cores, |each| log.lines().map(each).count());
            assert_eq!(fed, 30_001);
            assert_eq!((several.lines(), several.span()), (one.lines(), one.span()), "{cores}");
            assert!(several.found().eq(one.found()), "{cores}");
        }
    }

    #[test]
    fn a_short_log_and_none_are_read_too() {
        let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let mut scan = Scan::new(clock, None);
        scan.on_cores(2, |_| ());
        assert_eq!(scan.lines(), 0);
        scan.on_cores(2, |each| each("postfix/smtp[1]: connect to a[192.0.2.1]:25: Connection timed out"));
        assert_eq!((scan.lines(), scan.seen("pf-out-timeout").unwrap().count), (1, 1));
    }
}
