#![no_main]
//! Everything that an SMTP server may say to a whole dialogue.

use libfuzzer_sys::fuzz_target;
use mailwizard::probe::smtp::Smtp;
use mailwizard_fuzz::dialogue;

fuzz_target!(|data: &[u8]| {
    dialogue(data, |wire, target| async move {
        let Ok(mut smtp) = Smtp::greeted(wire, &target).await else { return };
        let _ = smtp.greeting.text();
        let _ = smtp.ehlo("probe.example").await;
        let _ = smtp.keyword("SIZE");
        for command in ["MAIL FROM:<>", "RCPT TO:<a@b.example>", "RSET"] {
            let _ = smtp.command(command).await;
        }
        let _ = smtp.data(b"Subject: x\r\n\r\n.\r\n").await;
        smtp.quit().await;
    });
});
