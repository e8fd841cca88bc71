//! Accounts from a CSV file.

use std::path::Path;

use super::WizardError;
use crate::host::Host;
use crate::keys::csv_import::{self, Credential};
use crate::spec::Account;
use crate::steps::{Draft, Password};

/// Takes the accounts of a CSV file (`address,name,password-or-hash`) into the draft, all of them or none; an account
/// that is there already is replaced. Gives their number.
pub fn import_accounts(host: &dyn Host, path: &Path, draft: &mut Draft) -> Result<usize, WizardError> {
    let file = host.read(path)?.ok_or_else(|| WizardError::NoImport(path.to_owned()))?;
    let imported = csv_import::parse(&file.content).map_err(|lines| WizardError::Import {
        path: path.to_owned(),
        lines: lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    })?;
    let count = imported.len();
    for one in imported {
        draft.accounts.retain(|a| a.address != one.address);
        draft.accounts.push(Account { address: one.address.clone(), name: one.name, password_file: None });
        match one.credential {
            Some(Credential::Password(secret)) => draft.passwords.insert(one.address, Password::Given(secret)),
            Some(Credential::Hash(hash)) => draft.passwords.insert(one.address, Password::Hash(hash)),
            None => draft.passwords.remove(&one.address),
        };
    }
    draft.answered.extend(["accounts".to_owned(), "accounts.password_file".to_owned()]);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::FakeHost;
    use crate::plan::ObservedFile;

    fn import(text: &str) -> Result<Draft, String> {
        let host = FakeHost::default();
        let content = text.as_bytes().to_vec();
        let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
        host.machine().files.insert("/root/a.csv".into(), file);
        let mut draft = Draft::default();
        import_accounts(&host, "/root/a.csv".as_ref(), &mut draft).map_err(|e| e.to_string())?;
        Ok(draft)
    }

    #[test]
    fn accounts_come_with_their_names_and_passwords() {
        let draft = import("address,name,password\nalice@example.org,Alice,correct horse\nbob@example.org\n").unwrap();
        assert_eq!(draft.accounts.len(), 2);
        assert_eq!(draft.passwords.len(), 1);
    }

    #[test]
    fn a_bad_line_is_named_and_nothing_is_taken() {
        let refusal = import("alice@example.org\nbob\n").unwrap_err();
        assert!(refusal.contains("/root/a.csv") && refusal.contains("line 2"), "{refusal}");
    }
}
