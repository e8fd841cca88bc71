#![no_main]
//! Bounces: MIME, delivery status, headers that were pasted, the other side's words.

use libfuzzer_sys::fuzz_target;
use mailwizard::symptoms::bounce::Bounce;
use mailwizard_fuzz::assert_printable;

fuzz_target!(|data: &[u8]| {
    let read = Bounce::read(data);
    read.matches.iter().for_each(|(_, line)| assert_printable(line));
    read.authentication.iter().for_each(|a| assert_printable(&a.clause));
});
