//! Addresses that the operator named, and accounts that Dovecot should know.

use std::path::PathBuf;

use super::output;
use crate::host::Host;
use crate::plan::MailOwner;
use crate::spec::Spec;
use crate::stacks::stack;
use crate::symptoms::{Evidence, Look};

pub(super) fn looks(host: &dyn Host, spec: &Spec, evidence: &Evidence) -> Vec<Look> {
    let mut found = named(spec, evidence);
    found.extend(missing(host, spec));
    found.extend(foreign_folder(host, spec));
    found
}

/// Whether an address of ours that the operator named exists.
fn named(spec: &Spec, evidence: &Evidence) -> Vec<Look> {
    let named = evidence.mentioned();
    let of_ours = named.iter().filter(|m| {
        m.split_once('@').is_some_and(|(_, domain)| spec.domains.iter().any(|d| d.name.as_str() == domain))
    });
    of_ours
        .map(|address| {
            let domain = address.split_once('@').map(|(_, d)| d).unwrap_or_default();
            let account = spec.accounts.iter().any(|a| a.address.to_string() == *address);
            let alias = spec.aliases.iter().any(|a| {
                let alias = a.address.to_string();
                alias == *address || alias == format!("*@{domain}")
            });
            match account || alias {
                true => Look { id: "address-exists", line: format!("{address} is an account or an alias here") },
                false => {
                    Look { id: "no-such-address", line: format!("{address} is neither an account nor an alias here") }
                }
            }
        })
        .collect()
}

/// Accounts of the wish that Dovecot does not know. A list that cannot be read at all is another matter.
fn missing(host: &dyn Host, spec: &Spec) -> Option<Look> {
    let known = output(host, "doveadm", &["user", "*"])?;
    let known: Vec<String> = known.lines().map(|line| line.trim().to_lowercase()).filter(|l| !l.is_empty()).collect();
    let wanted = spec.accounts.iter().map(|a| a.address.to_string());
    let missing: Vec<String> = wanted.filter(|address| !known.contains(&address.to_lowercase())).collect();
    (!known.is_empty() && !missing.is_empty()).then(|| Look {
        id: "account-missing",
        line: format!(
            "doveadm user '*' does not list {}",
            missing.iter().take(5).cloned().collect::<Vec<_>>().join(", ")
        ),
    })
}

/// The folder of each account's mail.
pub(super) fn mail_folders(spec: &Spec) -> impl Iterator<Item = PathBuf> {
    let stack = stack(spec.stack);
    spec.accounts.iter().map(|account| stack.mail_folder(&MailOwner::Account(account.address.clone())))
}

/// The folder of a mailbox that is not its user's. One that is not there yet is made at the first mail.
fn foreign_folder(host: &dyn Host, spec: &Spec) -> Option<Look> {
    let user = stack(spec.stack).mail_user();
    mail_folders(spec).flat_map(|home| [home.join("Maildir"), home]).find_map(|folder| {
        let (mode, owner, _) = host.directory(&folder).ok()??;
        let closed = mode & 0o700 != 0o700;
        (owner != user || closed).then(|| Look {
            id: "mailbox-foreign",
            line: format!("{} belongs to {owner}, mode {:04o}", folder.display(), mode & 0o7777),
        })
    })
}
