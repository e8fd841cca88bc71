//! A million lines of a busy server's log, read once: the budget is 2 s. Run with `cargo bench --bench log_scan`.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot begin should stop")]

use jiff::tz::TimeZone;
use mailwizard::symptoms::log::{Clock, Scan, lines, read};
use mailwizard::symptoms::trace::{Name, Trace, Wanted};

fn main() {
    divan::main();
}

/// Lines that daemons wrote in the lab, over and over: mostly of mail that went well, one in fifty of mail that did not.
fn log() -> Vec<u8> {
    let well = include_str!("../tests/logs/trixie-both-ways.log");
    let ill = "2026-11-21T09:11:42.483029+00:00 mail.example.lab postfix/smtp[1603]: 4E1AA4CA35: to=<bob@remote.lab>, relay=none, delay=30, dsn=4.4.1, status=deferred (connect to mx.remote.lab[198.19.25.10]:25: Connection timed out)";
    let mut log = Vec::with_capacity(220 << 20);
    let mut count = 0_usize;
    while count < 1_000_000 {
        for line in well.lines().take(1_000_000 - count) {
            count += 1;
            let line = if count.is_multiple_of(50) { ill } else { line };
            log.extend_from_slice(line.as_bytes());
            log.push(b'\n');
        }
    }
    log
}

fn clock() -> Clock {
    Clock::new("2026-12-01T12:00:00Z".parse().unwrap(), &TimeZone::UTC)
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn a_million_lines(bencher: divan::Bencher) {
    let log = log();
    bencher.bench(|| {
        let mut scan = Scan::new(clock(), None);
        lines(&log[..], |line| scan.line(line)).unwrap();
        assert!(scan.lines() > 950_000 && scan.seen("pf-out-timeout").is_some());
    });
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn a_message_followed_through_a_million_lines(bencher: divan::Bencher) {
    let log = log();
    bencher.bench(|| {
        let clock = clock();
        let mut trace = Trace::new(Wanted::named(Name::parse("nobody@example.lab").unwrap()));
        lines(&log[..], |line| trace.read(&read(line, &clock))).unwrap();
        assert!(!trace.finish().messages.is_empty());
    });
}
