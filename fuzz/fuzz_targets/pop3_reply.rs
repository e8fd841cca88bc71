#![no_main]
//! Everything that a POP3 server may say.

use libfuzzer_sys::fuzz_target;
use mailwizard::probe::pop3::Pop3;
use mailwizard_fuzz::dialogue;

fuzz_target!(|data: &[u8]| {
    dialogue(data, |wire, target| async move {
        let Ok(mut pop3) = Pop3::greeted(wire, &target).await else { return };
        let _ = pop3.capabilities().await;
        let _ = pop3.capabilities().await;
        pop3.quit().await;
    });
});
