#![no_main]
//! Everything that an IMAP server may say to a whole dialogue: untagged lines, literals, folders, messages.

use libfuzzer_sys::fuzz_target;
use mailwizard::probe::imap::Imap;
use mailwizard_fuzz::dialogue;

fuzz_target!(|data: &[u8]| {
    dialogue(data, |wire, target| async move {
        let Ok(mut imap) = Imap::greeted(wire, &target).await else { return };
        let _ = imap.capabilities().await;
        let _ = imap.folders().await;
        let _ = imap.select("INBOX").await;
        let _ = imap.search_header("Message-ID", "x").await;
        let _ = imap.fetch(1).await;
        let _ = imap.delete(1).await;
        imap.logout().await;
    });
});
