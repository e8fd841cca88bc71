#![no_main]
//! The answer to a ClientHello that was written by hand.

use libfuzzer_sys::fuzz_target;
use mailwizard::probe::hello::server_hello;

fuzz_target!(|data: &[u8]| {
    if let Some(hello) = server_hello(data) {
        mailwizard_fuzz::assert_printable(&format!("{} {}", hello.version.name(), hello.suite.name()));
    }
});
