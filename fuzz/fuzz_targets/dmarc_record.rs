#![no_main]
//! DMARC records, and the domains that their reports go to.

use libfuzzer_sys::fuzz_target;
use mailwizard::records::dmarc::{Dmarc, is_dmarc};

fuzz_target!(|text: &str| {
    match Dmarc::parse(text) {
        Err(reason) => mailwizard_fuzz::assert_printable(&reason),
        Ok(record) => {
            assert!(is_dmarc(text), "a record that is none was read");
            record.warnings.iter().for_each(|w| mailwizard_fuzz::assert_printable(w));
            let _ = record.report_domains();
        }
    }
});
