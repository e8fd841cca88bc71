#![no_main]
//! SPF records: what is read is written again as it was meant, and merging what is there never makes two of it.

use libfuzzer_sys::fuzz_target;
use mailwizard::records::spf::{OwnTerms, Spf, is_spf, merge, missing_terms};

fuzz_target!(|text: &str| {
    match Spf::parse(text) {
        Err(reason) => mailwizard_fuzz::assert_printable(&reason),
        Ok(spf) => {
            let again = Spf::parse(&spf.to_string()).expect("what was written can be read");
            assert_eq!(spf, again);
            let _ = (spf.all(), spf.redirect(), spf.own_lookups());
            let _ = spf.names_address([192, 0, 2, 1].into());
            let merged = merge(&[text.to_owned()], &OwnTerms::default());
            assert!(is_spf(&merged.to_string()));
            let _ = missing_terms(&spf, &merged, "mail.example.org");
        }
    }
});
