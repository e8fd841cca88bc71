//! A log read on all cores: its lines are looked at by workers, and what they found is counted in the order of the log.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use crate::symptoms::log::{Batch, Look, Looked, Scan};

/// More cores than this only wait for the one that hands out lines.
const MOST_CORES: usize = 8;
/// Lines are handed out in pieces of this many bytes.
const BATCH: usize = 1 << 17;
/// How many pieces a worker may have before what it found is taken: memory does not grow with the log.
const AT_ONCE: usize = 2;

/// Has `scan` look at every line that `feed` hands over; what is found is the same as with [`Scan::line`] for each.
pub fn on_all_cores<R>(scan: &mut Scan, feed: impl FnOnce(&mut dyn FnMut(&str)) -> R) -> R {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    on_cores(cores.min(MOST_CORES), scan, feed)
}

fn on_cores<R>(cores: usize, scan: &mut Scan, feed: impl FnOnce(&mut dyn FnMut(&str)) -> R) -> R {
    if cores < 2 {
        return feed(&mut |line| scan.line(line));
    }
    let look = scan.look();
    std::thread::scope(|scope| {
        let workers = (0..cores).map(|_| Worker::begin(scope, &look)).collect();
        let mut hand_out = HandOut { scan, workers, batch: Batch::default(), sent: 0, taken: 0 };
        let fed = feed(&mut |line| hand_out.line(line));
        hand_out.end();
        fed
    })
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
        self.batch.push(text);
        if self.batch.bytes() >= BATCH {
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
        looked.map(|looked| self.scan.take(looked)).unwrap_or_default()
    }

    fn end(mut self) {
        if !self.batch.is_empty() {
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
    use crate::symptoms::log::Clock;

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
            let fed = on_cores(cores, &mut several, |each| log.lines().map(each).count());
            assert_eq!(fed, 30_001);
            assert_eq!((several.lines(), several.span()), (one.lines(), one.span()), "{cores}");
            assert!(several.found().eq(one.found()), "{cores}");
        }
    }

    #[test]
    fn empty_lines_are_counted_and_fill_no_memory() {
        let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let mut scan = Scan::new(clock, None);
        let lines = 6 * AT_ONCE * BATCH + 1;
        on_cores(2, &mut scan, |each| (0..lines).for_each(|_| each("")));
        assert_eq!(scan.lines(), lines);
        let mut batch = Batch::default();
        batch.push("");
        assert!(batch.bytes() > 0 && !batch.is_empty(), "or one piece would hold them all");
    }

    #[test]
    fn a_short_log_and_none_are_read_too() {
        let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let mut scan = Scan::new(clock, None);
        on_cores(2, &mut scan, |_| ());
        assert_eq!(scan.lines(), 0);
        on_cores(2, &mut scan, |each| each("postfix/smtp[1]: connect to a[192.0.2.1]:25: Connection timed out"));
        assert_eq!((scan.lines(), scan.seen("pf-out-timeout").unwrap().count), (1, 1));
    }
}
