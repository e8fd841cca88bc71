//! Mail since midnight, from Postfix's words in the journal.

use std::time::Duration;

use crate::front::overview::MailToday;
use crate::front::wizard::WizardError;
use crate::host::logs::clock;
use crate::host::{Host, HostError};
use crate::stacks::{CheckAccount, CommandLine};
use crate::symptoms::log::{self, Line};

pub(super) fn look(host: &dyn Host) -> Result<MailToday, WizardError> {
    let clock = clock(host);
    let mut today = MailToday::default();
    let fields = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER";
    // Facility 2 is mail (RFC 5424 section 6.2.1).
    let words = ["--no-pager", "--quiet", "--output=json", fields, "--since", "today", "SYSLOG_FACILITY=2"];
    let command = CommandLine::new("journalctl", &words).timeout(Duration::from_secs(60));
    let output = host.run(&command, &mut |line| count(&log::read(line, &clock), &mut today))?;
    if !output.succeeded() {
        let reason = crate::printable::excerpt(output.stderr.trim(), 120);
        return Err(HostError::Unexpected { what: "the journal".into(), reason }.into());
    }
    Ok(today)
}

/// A delivery is a line of its own for each recipient, and so is a refusal at RCPT.
fn count(line: &Line<'_>, today: &mut MailToday) {
    let Some(daemon) = line.program.strip_prefix("postfix/") else { return };
    let message: &str = &line.message;
    // The checks' own mail is nobody's.
    let is_mail = || !message.contains(&format!("<{}@", CheckAccount::LOCAL_PART));
    match daemon {
        "lmtp" | "virtual" | "local" if message.contains("status=sent") && is_mail() => today.received += 1,
        "smtp" if message.contains("status=sent") && is_mail() => today.sent += 1,
        "smtpd" | "postscreen" if message.contains("reject: ") && is_mail() => today.refused += 1,
        "cleanup" if message.contains("milter-reject: ") => today.refused += 1,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::printed;

    #[test]
    fn deliveries_and_refusals_are_counted_and_other_words_are_not() {
        let host = FakeHost::default();
        host.script("journalctl", |_, _| {
            let line = |program: &str, message: &str| {
                format!("{{\"SYSLOG_IDENTIFIER\": \"{program}\", \"MESSAGE\": \"{message}\"}}\n")
            };
            let check = format!("4F1A: to=<{}@example.org>, relay=x, status=sent (ok)", CheckAccount::LOCAL_PART);
            printed(
                &[
                    line("postfix/lmtp", "4F1A: to=<alice@example.org>, relay=x, status=sent (250 2.0.0)"),
                    line("postfix/lmtp", "4F1A: to=<bob@example.org>, relay=x, status=deferred (busy)"),
                    line("postfix/lmtp", &check),
                    line("postfix/smtp", "4F1B: to=<eve@other.example>, relay=y, status=sent (250 ok)"),
                    line(
                        "postfix/smtpd",
                        "NOQUEUE: reject: RCPT from x[192.0.2.1]: 554 5.7.1 <a@b>: Relay access denied",
                    ),
                    line("postfix/cleanup", "4F1C: milter-reject: END-OF-MESSAGE from x[192.0.2.1]: 5.7.1 Spam"),
                    line("postfix/cleanup", "4F1D: message-id=<x@y>"),
                    line("dovecot", "lmtp(alice@example.org): saved mail to INBOX"),
                ]
                .concat(),
            )
        });
        assert_eq!(look(&host).unwrap(), MailToday { received: 1, sent: 1, refused: 2 });
    }
}
