//! A million lines of a busy server's log, read once: the budget is 2 s. Run with `cargo bench --bench log_scan`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot begin should stop")]

use std::io::Write;

use jiff::tz::TimeZone;
use mailwizard::host::on_all_cores;
use mailwizard::symptoms::log::{Clock, Scan, lines, read};
use mailwizard::symptoms::trace::{Name, Trace, Wanted};
use regex::bytes::RegexBuilder;

fn main() {
    divan::main();
}

const LINES: usize = 1_000_000;

/// Lines of mail that went well, and of a delivery that did not: one in fifty.
fn busy() -> Vec<u8> {
    let well = include_str!("../tests/logs/trixie-both-ways.log").lines();
    let ill = "2026-11-21T09:11:42.483029+00:00 mail.example.lab postfix/smtp[1603]: 4E1AA4CA35: to=<bob@remote.lab>, relay=none, delay=30, dsn=4.4.1, status=deferred (connect to mx.remote.lab[198.19.25.10]:25: Connection timed out)";
    let mut kinds: Vec<&str> = well.collect();
    kinds = kinds.into_iter().cycle().take(49 * 57).collect();
    for place in (0..kinds.len()).step_by(50) {
        kinds[place] = ill;
    }
    varied(&kinds)
}

/// The log of a server where everything goes wrong: each line is one that a pattern is proved on.
fn troubled() -> Vec<u8> {
    let kinds = include_str!("../tests/logs/real-lines.log").lines().filter(|line| !line.starts_with('#'));
    varied(&kinds.collect::<Vec<_>>())
}

/// A million lines of these kinds, no two alike: process and queue ids, addresses and names are other ones each time.
fn varied(kinds: &[&str]) -> Vec<u8> {
    let changing = r"\[(\d{2,6})\](:)|\b([0-9A-F]{10,12})\b|(\d+\.\d+\.\d+)\.\d+|\b(alice|bob)@";
    let changing = RegexBuilder::new(changing).unicode(false).build().unwrap();
    let mut log = Vec::with_capacity(220 << 20);
    for (count, line) in kinds.iter().cycle().take(LINES).enumerate() {
        let mut done = 0;
        for part in changing.captures_iter(line.as_bytes()) {
            let whole = part.get(0).unwrap();
            log.extend_from_slice(&line.as_bytes()[done..whole.start()]);
            done = whole.end();
            let number = count.wrapping_mul(2_654_435_761) & 0xff_ffff;
            if part.get(1).is_some() {
                write!(log, "[{}]:", 100 + count % 30_000).unwrap();
            } else if part.get(3).is_some() {
                write!(log, "4E{number:08X}").unwrap();
            } else if let Some(network) = part.get(4) {
                log.extend_from_slice(network.as_bytes());
                write!(log, ".{}", number % 256).unwrap();
            } else {
                write!(log, "user{}@", number % 5000).unwrap();
            }
        }
        log.extend_from_slice(&line.as_bytes()[done..]);
        log.push(b'\n');
    }
    log
}

fn clock() -> Clock {
    Clock::new("2026-12-01T12:00:00Z".parse().unwrap(), &TimeZone::UTC)
}

fn scan(bencher: divan::Bencher, log: &[u8]) {
    bencher.bench(|| {
        let mut scan = Scan::new(clock(), None);
        on_all_cores(&mut scan, |each| lines(log, each)).unwrap();
        assert!(scan.lines() > 950_000 && scan.seen("pf-out-timeout").is_some());
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn a_million_lines(bencher: divan::Bencher) {
    scan(bencher, &busy());
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn a_million_lines_that_all_say_something(bencher: divan::Bencher) {
    scan(bencher, &troubled());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn a_message_followed_through_a_million_lines(bencher: divan::Bencher) {
    let log = busy();
    bencher.bench(|| {
        let clock = clock();
        let mut trace = Trace::new(Wanted::named(Name::parse("user77@example.lab").unwrap()));
        lines(&log[..], |line| trace.read(&read(line, &clock))).unwrap();
        assert!(!trace.finish().messages.is_empty());
    });
}
