#![no_main]
//! DKIM key records, down to the numbers of the key.

use libfuzzer_sys::fuzz_target;
use mailwizard::records::dkim::DkimRecord;
use mailwizard::records::tags::Tags;

fuzz_target!(|text: &str| {
    if let Ok(tags) = Tags::parse(text) {
        let _ = tags.doubled();
    }
    match DkimRecord::parse(text) {
        Err(reason) => mailwizard_fuzz::assert_printable(&reason),
        Ok(record) => {
            let _ = (record.decoded(), record.rsa_bits(), record.list("h"), record.list("t"));
        }
    }
});
