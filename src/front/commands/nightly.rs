//! The mail that the nightly look sends where something changed.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::status::lines;
use crate::checks::Change;
use crate::finding::Outcome;
use crate::front::exit::{Exit, Failure};
use crate::front::paragraph::wrapped;
use crate::host::Host;
use crate::printable::{excerpt, printable};
use crate::spec::{Mailbox, Secret, Spec};
use crate::stacks::CommandLine;

/// Hands the mail to the machine's sendmail(1), unless nothing changed. What was done, a sentence for the log.
pub(super) fn mail(host: &dyn Host, spec: &Spec, at: Timestamp, changes: &[Change]) -> Result<String, Failure> {
    if changes.is_empty() {
        return Ok("Nothing changed: no mail.".into());
    }
    let sender = sender(spec);
    let readers = spec.nightly_readers();
    let addresses: Vec<String> = readers.iter().map(Mailbox::to_string).collect();
    let mut arguments = vec!["-i", "-f", &sender, "--"];
    arguments.extend(addresses.iter().map(String::as_str));
    let mut command = CommandLine::new("sendmail", &arguments);
    command.stdin = Some(Secret::new(message(spec, &sender, &addresses, at, changes)));
    let output = host.run(&command, &mut |_| {})?;
    if !output.succeeded() {
        let words = excerpt(output.stderr.trim(), 200);
        return Err(Failure::new(Exit::Failed, format!("the mail about what changed could not be sent: {words}")));
    }
    let s = if changes.len() == 1 { "" } else { "s" };
    Ok(format!("{} change{s} mailed to {}.", changes.len(), addresses.join(", ")))
}

/// A sender whose domain is signed here, so that readers elsewhere get it too; else the machine itself.
fn sender(spec: &Spec) -> String {
    match &spec.admin_email {
        Some(admin) if spec.accepts_mail_for(admin.domain()) => admin.to_string(),
        _ => format!("root@{}", spec.hostname),
    }
}

/// The whole message (RFC 5322). `Auto-Submitted` keeps holiday replies away (RFC 3834).
fn message(spec: &Spec, sender: &str, readers: &[String], at: Timestamp, changes: &[Change]) -> String {
    let date = at.to_zoned(TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S +0000");
    let mut text = format!(
        "From: mailwizard <{sender}>\n\
         To: {}\n\
         Subject: {}: {}\n\
         Date: {date}\n\
         Auto-Submitted: auto-generated\n\
         MIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\n\
         Content-Transfer-Encoding: 8bit\n\n",
        readers.join(", "),
        spec.hostname,
        subject(changes),
    );
    text.push_str(&format!("What changed on {} since the last such mail:\n\n", spec.hostname));
    for line in changes.iter().flat_map(lines) {
        for line in wrapped(&printable(&line)) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push_str(
        "\n'mailwizard check' looks again, 'mailwizard troubleshoot' goes to the cause.\n\
         This mail comes only when something changed; nightly = false below [reports] of\n\
         the answers file switches it off.\n",
    );
    text
}

fn subject(changes: &[Change]) -> String {
    let counted = |wanted: fn(Outcome) -> bool, word: &str| {
        let count = changes.iter().filter(|change| wanted(change.now)).count();
        (count > 0).then(|| format!("{count} {word}"))
    };
    let parts = [
        counted(|now| now == Outcome::Fail, "failed"),
        counted(|now| now == Outcome::Warn, "to look at"),
        counted(|now| !matches!(now, Outcome::Fail | Outcome::Warn), "well again"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::printed;
    use crate::spec::answers;

    fn spec(admin: &str) -> Spec {
        let text = format!(
            "version = 1\nhostname = \"mail.example.org\"\nadmin_email = \"{admin}\"\n[[domains]]\nname = \"example.org\"\n\
             [reports]\nalso_to = [\"me@example.net\"]\n"
        );
        answers::parse(&text).unwrap().spec
    }

    fn change(now: Outcome, found: &str) -> Change {
        Change {
            id: "dns-mx".into(),
            subject: "example.org".into(),
            before: Outcome::Pass,
            now,
            found: found.into(),
            expected: "10 mail.example.org.".into(),
            fix: None,
        }
    }

    #[test]
    fn a_change_is_mailed_to_all_readers_and_nothing_is_not() {
        let host = FakeHost::default();
        host.script("sendmail", |_, _| printed(""));
        let wish = spec("alice@example.org");
        assert_eq!(mail(&host, &wish, Timestamp::UNIX_EPOCH, &[]).unwrap(), "Nothing changed: no mail.");
        assert_eq!(host.machine().commands.len(), 0);
        let said = mail(&host, &wish, Timestamp::UNIX_EPOCH, &[change(Outcome::Fail, "none")]).unwrap();
        assert_eq!(said, "1 change mailed to alice@example.org, me@example.net.");
        let machine = host.machine();
        assert_eq!(
            machine.commands[0].args,
            ["-i", "-f", "alice@example.org", "--", "alice@example.org", "me@example.net"]
        );
        let text = machine.commands[0].stdin.as_ref().unwrap().expose().to_owned();
        assert!(text.contains("\nSubject: mail.example.org: 1 failed\n"), "{text}");
        assert!(text.contains("\nDate: Thu, 01 Jan 1970 00:00:00 +0000\n"), "{text}");
        assert!(text.contains("\n\nWhat changed on mail.example.org"), "{text}");
        assert!(text.contains("\nfailed: dns-mx, example.org: none\n"), "{text}");
    }

    #[test]
    fn hostile_text_stays_text_and_long_lines_are_wrapped() {
        let found = format!("a\r\nBcc: x@y.z\r\n\u{1b}[2J {}", "word ".repeat(300));
        let text = message(
            &spec("alice@example.org"),
            "a@example.org",
            &[],
            Timestamp::UNIX_EPOCH,
            &[change(Outcome::Warn, &found)],
        );
        assert!(!text.contains(['\u{1b}', '\r']) && !text.contains("\nBcc:"), "{text}");
        assert!(text.lines().all(|line| line.len() < 900), "{text}");
    }

    #[test]
    fn an_administrator_elsewhere_gets_it_from_the_machine() {
        assert_eq!(sender(&spec("me@elsewhere.example")), "root@mail.example.org");
        assert_eq!(sender(&spec("alice@example.org")), "alice@example.org");
    }

    #[test]
    fn mail_that_is_not_taken_is_a_failure_with_its_words() {
        let host = FakeHost::default();
        host.script("sendmail", |_, _| crate::host::CommandOutput {
            code: 75,
            stdout: String::new(),
            stderr: "postdrop: warning: mail_queue_enter: No space left on device".into(),
        });
        let failure = mail(&host, &spec("alice@example.org"), Timestamp::UNIX_EPOCH, &[change(Outcome::Fail, "none")]);
        assert!(failure.unwrap_err().error.to_string().contains("No space left on device"));
    }
}
