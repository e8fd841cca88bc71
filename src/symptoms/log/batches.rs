//! A long log: many lines are looked at together, on all cores, and taken in one by one as they stand.

use std::thread;

use super::line::{Line, read};
use super::scan::Scan;

/// How many lines are looked at together.
const BATCH: usize = 4096;
/// So few are not worth a thread.
const LEAST: usize = 512;

/// Lines on their way into a scan. What is in it at the end is what the lines would have left there one by one.
pub struct Batches<'s> {
    scan: &'s mut Scan,
    text: String,
    ends: Vec<usize>,
}

impl<'s> Batches<'s> {
    /// Of lines for this scan.
    pub fn into(scan: &'s mut Scan) -> Self {
        Self { scan, text: String::new(), ends: Vec::with_capacity(BATCH) }
    }

    /// The next line.
    pub fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
        if self.ends.len() == BATCH {
            self.take_in();
        }
    }

    fn take_in(&mut self) {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        let lines: Vec<&str> = begins.zip(&self.ends).map(|(begin, end)| &self.text[begin..*end]).collect();
        let threads = thread::available_parallelism().map_or(1, usize::from).min(lines.len() / LEAST).max(1);
        let share = lines.len().div_ceil(threads).max(1);
        let scan: &Scan = self.scan;
        let found: Vec<_> = thread::scope(|scope| {
            let mut shares = lines.chunks(share);
            let own = shares.next().unwrap_or_default();
            let others: Vec<_> = shares.map(|lines| scope.spawn(move || look(scan, lines))).collect();
            let mut found = vec![look(scan, own)];
            // A thread that panicked has ended the program.
            found.extend(others.into_iter().filter_map(|thread| thread.join().ok()));
            found
        });
        for (line, found) in found.into_iter().flatten() {
            self.scan.take(&line, found);
        }
        self.text.clear();
        self.ends.clear();
    }
}

/// Each line taken apart, with the patterns that it matches.
fn look<'t>(scan: &Scan, lines: &[&'t str]) -> Vec<(Line<'t>, Option<Vec<usize>>)> {
    let looked = lines.iter().map(|text| {
        let line = read(text, scan.clock());
        let found = scan.look(&line);
        (line, found)
    });
    looked.collect()
}

impl Drop for Batches<'_> {
    fn drop(&mut self) {
        self.take_in();
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::symptoms::log::Clock;

    #[test]
    fn batches_leave_in_a_scan_what_single_lines_do() {
        let clock = || Clock::new("2026-12-01T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
        let kinds: Vec<&str> = include_str!("../../../tests/logs/real-lines.log").lines().collect();
        let log: Vec<String> =
            (0..2 * BATCH + 700).map(|n| kinds[n % kinds.len()].replace("alice", &format!("user{n}"))).collect();
        let (mut single, mut batched) = (Scan::new(clock(), None), Scan::new(clock(), None));
        log.iter().for_each(|line| single.line(line));
        let mut batches = Batches::into(&mut batched);
        log.iter().for_each(|line| batches.line(line));
        drop(batches);
        assert_eq!((single.lines(), single.span()), (batched.lines(), batched.span()));
        assert!(single.found().eq(batched.found()) && single.found().count() > 100);
    }
}
