#![no_main]
//! MTA-STS policies, TLS-RPT, TLSA and CAA records. The first byte chooses.

use libfuzzer_sys::fuzz_target;
use mailwizard::keys::caa::{CaaRecord, Issuance, forbids};
use mailwizard::records::mta_sts::Policy;
use mailwizard::records::tlsa::Tlsa;
use mailwizard::records::tlsrpt::{TlsRpt, is_tls_rpt};
use mailwizard_fuzz::assert_printable;

fuzz_target!(|data: &[u8]| {
    let Some((kind, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match kind % 4 {
        0 => match Policy::parse(rest) {
            Ok(policy) => {
                assert!(policy.mx.iter().all(|pattern| pattern.starts_with("*.") || policy.covers(pattern)));
                let _ = policy.covers("mx.example.org.");
            }
            Err(faults) => {
                assert!(!faults.is_empty());
                faults.iter().for_each(|fault| assert_printable(fault));
            }
        },
        1 => {
            let _ = is_tls_rpt(&text);
            match TlsRpt::parse(&text) {
                Ok(read) => assert!(!read.addresses.is_empty()),
                Err(reason) => assert_printable(&reason),
            }
        }
        2 => {
            if let Some(record) = Tlsa::parse(&text) {
                let _ = (record.is_usable(), record.is_about(rest));
                assert_printable(&record.shown());
            }
        }
        _ => {
            let records: Vec<CaaRecord> = text.lines().filter_map(CaaRecord::parse).collect();
            let identities = ["letsencrypt.org".to_owned()];
            let issuance =
                Issuance { identities: &identities, account: Some("https://ca.example/acct/1"), method: "http-01" };
            if let Some(reason) = forbids(&records, issuance) {
                assert_printable(&reason);
            }
        }
    }
});
