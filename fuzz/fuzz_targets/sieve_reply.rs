#![no_main]
//! Everything that a ManageSieve server may say: capabilities, strings, literals.

use libfuzzer_sys::fuzz_target;
use mailwizard::probe::sieve::Sieve;
use mailwizard_fuzz::dialogue;

fuzz_target!(|data: &[u8]| {
    dialogue(data, |wire, target| async move {
        let Ok(sieve) = Sieve::greeted(wire, &target).await else { return };
        let _ = sieve.capability("SIEVE");
        sieve.logout().await;
    });
});
