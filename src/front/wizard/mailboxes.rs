//! What is known of mailboxes on the machine: their sizes, and when they were used last.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::{Wizard, WizardError};
use crate::plan::MailOwner;
use crate::spec::{Domain, Mailbox, Spec};
use crate::stacks::{CommandLine, stack};

/// The longest that adding up the sizes of many files may take.
const LONGEST: Duration = Duration::from_secs(600);

impl Wizard {
    /// The folder that holds all mail of a domain.
    pub fn mail_folder(&self, spec: &Spec, domain: &Domain) -> PathBuf {
        stack(spec.stack).mail_folder(&MailOwner::Domain(domain.clone()))
    }

    /// Whether mail is kept for an address, be it an account or not.
    pub fn has_mail(&self, spec: &Spec, address: &Mailbox) -> Result<bool, WizardError> {
        let folder = stack(spec.stack).mail_folder(&MailOwner::Account(address.clone()));
        Ok(self.host.directory(&folder)?.is_some())
    }

    /// The bytes of all files of each account; those without a folder are left out.
    pub fn mail_sizes(&self, spec: &Spec) -> Result<BTreeMap<Mailbox, u64>, WizardError> {
        let of = |address: &Mailbox| stack(spec.stack).mail_folder(&MailOwner::Account(address.clone()));
        let Some(root) =
            spec.domains.first().and_then(|d| self.mail_folder(spec, &d.name).parent().map(Path::to_owned))
        else {
            return Ok(BTreeMap::new());
        };
        let root = root.display().to_string();
        // Not an error that ends the list: a folder may go while it is looked at.
        let command = CommandLine::new("du", &["--bytes", "--max-depth=2", "--", &root]).timeout(LONGEST);
        let mut sizes: BTreeMap<PathBuf, u64> = BTreeMap::new();
        self.host.run(&command, &mut |line| {
            if let Some((bytes, path)) = line.split_once('\t')
                && let Ok(bytes) = bytes.parse()
            {
                sizes.insert(path.into(), bytes);
            }
        })?;
        let known = spec.accounts.iter().filter_map(|a| Some((a.address.clone(), *sizes.get(&of(&a.address))?)));
        Ok(known.collect())
    }

    /// What counts against the quota of one account, in bytes.
    pub fn quota_used(&self, spec: &Spec, address: &Mailbox) -> Result<u64, WizardError> {
        let output = self.host.run(&stack(spec.stack).quota(address), &mut |_| {})?;
        Ok(quota_value(&output.stdout).unwrap_or(0).saturating_mul(1024))
    }

    /// When somebody logged in to an account last, as far as the server knows.
    pub fn last_login(&self, spec: &Spec, address: &Mailbox) -> Result<Option<Timestamp>, WizardError> {
        let Some(file) = self.host.read(&stack(spec.stack).last_login_file(address))? else { return Ok(None) };
        Ok(last_login(&String::from_utf8_lossy(&file.content)))
    }
}

/// The used storage in kB: the third column of the STORAGE row of `doveadm -f tab quota get`.
fn quota_value(text: &str) -> Option<u64> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next()?.split('\t').collect();
    let at = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let (kind, value) = (at("Type")?, at("Value")?);
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .find(|row| row.get(kind) == Some(&"STORAGE"))
        .and_then(|row| row.get(value)?.parse().ok())
}

/// A dictionary file holds keys and values on alternating lines; the value is in seconds since 1970.
fn last_login(text: &str) -> Option<Timestamp> {
    let seconds = text.lines().skip(1).step_by(2).filter_map(|value| value.trim().parse().ok()).max()?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dovecot_says_is_read() {
        let said = "Quota name\tType\tValue\tLimit\t%\nMailbox\tSTORAGE\t812\t2048\t39\nMailbox\tMESSAGE\t3\t-\t0\n";
        assert_eq!(quota_value(said), Some(812));
        assert_eq!(quota_value(""), None);
        assert_eq!(last_login("shared/last-login\n1764245000\n").map(Timestamp::as_second), Some(1_764_245_000));
        assert_eq!(last_login("nonsense"), None);
    }
}
