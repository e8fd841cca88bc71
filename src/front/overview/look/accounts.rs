//! What the mailboxes hold.

use std::path::Path;
use std::time::Duration;

use crate::front::overview::Accounts;
use crate::front::wizard::WizardError;
use crate::host::{Host, HostError};
use crate::spec::{Mailbox, Spec};
use crate::stacks::CommandLine;

/// Where mail is kept.
const MAIL_FOLDER: &str = "/var/vmail";

pub(super) fn look(host: &dyn Host, spec: &Spec) -> Result<Accounts, WizardError> {
    let mut accounts = Accounts::default();
    for (address, bytes) in sizes(host)? {
        accounts.total += bytes;
        if spec.account(&address).is_some() && accounts.largest.as_ref().is_none_or(|(_, most)| *most < bytes) {
            accounts.largest = Some((address, bytes));
        }
    }
    Ok(accounts)
}

/// Bytes of every mailbox there is, also of those whose account was removed.
fn sizes(host: &dyn Host) -> Result<Vec<(Mailbox, u64)>, WizardError> {
    if host.directory(Path::new(MAIL_FOLDER))?.is_none() {
        return Ok(Vec::new());
    }
    let mut sizes = Vec::new();
    let words = ["--bytes", "--max-depth=2", "--", MAIL_FOLDER];
    let command = CommandLine::new("du", &words).timeout(Duration::from_secs(300));
    let output = host.run(&command, &mut |line| sizes.extend(size(line)))?;
    // Mail that is moved or removed meanwhile is no reason to know nothing.
    if sizes.is_empty() && !output.succeeded() {
        let reason = crate::printable::excerpt(output.stderr.trim(), 120);
        return Err(HostError::Unexpected { what: "the size of the mailboxes".into(), reason }.into());
    }
    Ok(sizes)
}

/// Bytes, a tab, "/var/vmail/example.org/alice".
fn size(line: &str) -> Option<(Mailbox, u64)> {
    let (bytes, path) = line.split_once('\t')?;
    let (domain, local) = path.strip_prefix(MAIL_FOLDER)?.strip_prefix('/')?.split_once('/')?;
    Some((Mailbox::parse(&format!("{local}@{domain}")).ok()?, bytes.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::host::fake::printed;
    use crate::spec::answers;

    #[test]
    fn the_largest_is_an_account_and_the_total_is_of_all_mail() {
        let host = FakeHost::default();
        host.make_directory(Path::new(MAIL_FOLDER), 0o700, "vmail", "vmail").unwrap();
        host.script("du", |_, _| {
            printed(
                "900\t/var/vmail/example.org/gone\n120\t/var/vmail/example.org/alice\n60\t/var/vmail/example.org/bob\n\
                 1080\t/var/vmail/example.org\n1084\t/var/vmail\n",
            )
        });
        let text = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n\
                    [[accounts]]\naddress = \"alice@example.org\"\n[[accounts]]\naddress = \"bob@example.org\"\n";
        let found = look(&host, &answers::parse(text).unwrap().spec).unwrap();
        let alice = Mailbox::parse("alice@example.org").unwrap();
        assert_eq!(found, Accounts { total: 1080, largest: Some((alice, 120)) });
    }
}
