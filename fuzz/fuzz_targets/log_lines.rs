#![no_main]
//! Logs of every daemon, read for patterns and for one message's way.

use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;
use mailwizard::symptoms::log::{Clock, Scan, lines, read};
use mailwizard::symptoms::trace::{Name, Trace, Wanted};

fuzz_target!(|data: &[u8]| {
    let clock = || Clock::new("2026-12-01T12:00:00Z".parse().expect("a time"), &TimeZone::UTC);
    let mut scan = Scan::new(clock(), None);
    lines(data, |line| scan.line(line)).expect("memory can be read");
    let _ = scan.found().count();
    let clock = clock();
    for wanted in ["alice@example.org", "4E1AA4CA35", "<a@example.org>"] {
        let mut trace = Trace::new(Wanted::named(Name::parse(wanted).expect("something to follow")));
        lines(data, |line| trace.read(&read(line, &clock))).expect("memory can be read");
        let _ = trace.finish();
    }
});
