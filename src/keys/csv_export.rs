//! Accounts as a CSV file that [`csv_import`](super::csv_import) reads again.

use std::collections::BTreeMap;

use super::KeyError;
use crate::spec::{Account, Mailbox, Secret};

/// The columns, in order.
pub const HEADING: [&str; 5] = ["address", "name", "password", "quota_mb", "disabled"];

/// Writes accounts with their hashes, never a password (RFC 4180, with LF).
pub fn write(accounts: &[Account], hashes: &BTreeMap<Mailbox, Secret>) -> Result<Vec<u8>, KeyError> {
    let failed = |reason: String| KeyError::Making { what: "the CSV file", reason };
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(HEADING).map_err(|e| failed(e.to_string()))?;
    for account in accounts {
        let address = account.address.to_string();
        let quota = account.quota_mb.map(|mb| mb.to_string()).unwrap_or_default();
        let row = [
            address.as_str(),
            account.name.as_deref().unwrap_or_default(),
            hashes.get(&account.address).map_or("", Secret::expose),
            quota.as_str(),
            if account.disabled { "yes" } else { "" },
        ];
        writer.write_record(row).map_err(|e| failed(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| failed(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::csv_import::{self, Credential, ImportedAccount};
    use super::*;

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let address = |text: &str| Mailbox::parse(text).unwrap();
        let hash = "{BLF-CRYPT}$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe";
        let accounts = [
            Account {
                name: Some("Ada, \"Alice\"".into()),
                quota_mb: Some(2048),
                ..Account::new(address("alice@example.org"))
            },
            Account { disabled: true, ..Account::new(address("bob@example.org")) },
        ];
        let hashes = accounts.iter().map(|a| (a.address.clone(), Secret::new(hash.into()))).collect();
        let text = write(&accounts, &hashes).unwrap();
        let expected = accounts.map(|a| ImportedAccount {
            address: a.address,
            name: a.name,
            credential: Some(Credential::Hash(Secret::new(hash.into()))),
            quota_mb: a.quota_mb,
            disabled: a.disabled,
        });
        assert_eq!(csv_import::parse(&text).unwrap(), expected);
    }
}
