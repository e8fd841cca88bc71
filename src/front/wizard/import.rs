//! Accounts from a CSV file.

use std::collections::BTreeSet;
use std::path::Path;

use super::WizardError;
use crate::host::Host;
use crate::keys::csv_import::{self, Credential, ImportedAccount};
use crate::spec::{Account, Mailbox};
use crate::steps::{Draft, Field, Password};

/// What a CSV file (`address,name,password-or-hash`) holds: all of it, or what is wrong in which lines.
pub fn read_accounts(host: &dyn Host, path: &Path) -> Result<Vec<ImportedAccount>, WizardError> {
    let file = host.read(path)?.ok_or_else(|| WizardError::NoImport(path.to_owned()))?;
    csv_import::parse(&file.content).map_err(|lines| WizardError::Import {
        path: path.to_owned(),
        lines: lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    })
}

/// Takes accounts with their names and passwords into the draft; one that is there already is replaced.
pub fn take_accounts(draft: &mut Draft, imported: Vec<ImportedAccount>) {
    let replaced: BTreeSet<&Mailbox> = imported.iter().map(|one| &one.address).collect();
    draft.accounts.retain(|a| !replaced.contains(&a.address));
    for one in imported {
        draft.accounts.push(Account {
            name: one.name,
            quota_mb: one.quota_mb,
            disabled: one.disabled,
            ..Account::new(one.address.clone())
        });
        match one.credential {
            Some(Credential::Password(secret)) => draft.passwords.insert(one.address, Password::Given(secret)),
            Some(Credential::Hash(hash)) => draft.passwords.insert(one.address, Password::Hash(hash)),
            None => draft.passwords.remove(&one.address),
        };
    }
    draft.answered.extend(["accounts".to_owned(), "accounts.password_file".to_owned()]);
}

/// The same as an answer to `field`, the list of accounts: refused as a whole where the list would not take one of them.
pub fn answer_with(draft: &mut Draft, field: &Field, imported: Vec<ImportedAccount>) -> Result<(), String> {
    let mut changed = draft.clone();
    take_accounts(&mut changed, imported);
    let list = (field.get)(&changed);
    changed.answer(field, list)?;
    *draft = changed;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::plan::ObservedFile;
    use crate::spec::{Domain, MailDomain};
    use crate::steps::STEPS;

    fn import(text: &str) -> Result<Vec<ImportedAccount>, String> {
        let host = FakeHost::default();
        let content = text.as_bytes().to_vec();
        let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
        host.machine().files.insert("/root/a.csv".into(), file);
        read_accounts(&host, "/root/a.csv".as_ref()).map_err(|e| e.to_string())
    }

    #[test]
    fn accounts_come_with_their_names_and_passwords() {
        let mut draft = Draft::default();
        take_accounts(
            &mut draft,
            import("address,name,password\nalice@example.org,Alice,correct horse\nbob@example.org\n").unwrap(),
        );
        assert_eq!(draft.accounts.len(), 2);
        assert_eq!(draft.passwords.len(), 1);
    }

    #[test]
    fn a_bad_line_is_named_and_nothing_is_taken() {
        let refusal = import("alice@example.org\nbob\n").unwrap_err();
        assert!(refusal.contains("/root/a.csv") && refusal.contains("line 2"), "{refusal}");
    }

    #[test]
    fn an_answer_with_a_foreign_account_takes_none_of_them() {
        let field = STEPS.iter().flat_map(|s| s.fields).find(|f| f.id == "accounts").unwrap();
        let mut draft = Draft::default();
        draft.domains.push(MailDomain::new(Domain::parse("example.org").unwrap()));
        let foreign = import("alice@example.org,,one\nbob@other.example,,two\n").unwrap();
        let refusal = answer_with(&mut draft, field, foreign).unwrap_err();
        assert_eq!(refusal, "'bob@other.example' is in none of the domains: they are example.org.");
        assert!(draft.accounts.is_empty() && draft.passwords.is_empty());
        answer_with(&mut draft, field, import("alice@example.org,,one\n").unwrap()).unwrap();
        assert_eq!((draft.accounts.len(), draft.passwords.len()), (1, 1));
    }
}
