//! Accounts from a CSV file: `address,name,password-or-hash,quota_mb,disabled`, all of them or none.

use std::collections::BTreeMap;

use super::csv_export::HEADING;
use super::imported_hash;
use crate::printable::excerpt;
use crate::spec::{Mailbox, Secret};

/// More lines than this are no list of accounts for one server.
const MOST_ACCOUNTS: usize = 20_000;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedAccount {
    /// Its address.
    pub address: Mailbox,
    /// The person's name, where one was given.
    pub name: Option<String>,
    /// What was given to log in with; a password is generated where nothing was.
    pub credential: Option<Credential>,
    /// How much mail it may hold, in megabytes.
    pub quota_mb: Option<u32>,
    /// Nobody may log in with it.
    pub disabled: bool,
}

/// What stands in the third column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A password.
    Password(Secret),
    /// A hash in Dovecot's form, "{SHA512-CRYPT}$6$…".
    Hash(Secret),
}

/// A line that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {sentence}")]
pub struct BadLine {
    /// The line in the file, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub sentence: String,
}

/// Reads accounts (RFC 4180: quotes around fields with commas, CRLF or LF). A first line that begins with `address` is a
/// heading; all columns but the first may be missing. Every bad line is named, and then nothing is imported.
///
/// In the third column what is written as `{SCHEME}…`, `$6$…` or another crypt(3) beginning is a hash, all else a password.
pub fn parse(text: &[u8]) -> Result<Vec<ImportedAccount>, Vec<BadLine>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
    let mut accounts = Vec::new();
    let mut seen: BTreeMap<Mailbox, u64> = BTreeMap::new();
    let mut bad = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                bad.push(BadLine { line, sentence: "it is not UTF-8 text or not CSV.".into() });
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if index == 0 && record.get(0).is_some_and(|first| first.trim().eq_ignore_ascii_case("address")) {
            continue;
        }
        if accounts.len() >= MOST_ACCOUNTS {
            bad.push(BadLine { line, sentence: format!("the file holds more than {MOST_ACCOUNTS} accounts.") });
            break;
        }
        match account(&record) {
            Ok(account) => match seen.insert(account.address.clone(), line) {
                Some(first) => {
                    bad.push(BadLine { line, sentence: format!("'{}' is in line {first} already.", account.address) });
                }
                None => accounts.push(account),
            },
            Err(sentence) => bad.push(BadLine { line, sentence }),
        }
    }
    if bad.is_empty() { Ok(accounts) } else { Err(bad) }
}

fn account(record: &csv::StringRecord) -> Result<ImportedAccount, String> {
    if record.len() > HEADING.len() {
        return Err(format!(
            "it has {} fields, expected address,name,password-or-hash,quota_mb,disabled. Put quotes around a field that holds a comma.",
            record.len()
        ));
    }
    let address = Mailbox::parse(record.get(0).unwrap_or_default()).map_err(|e| e.to_string())?;
    let name = record.get(1).map(str::trim).filter(|name| !name.is_empty());
    if let Some(name) = name
        && (name.chars().any(char::is_control) || name.len() > 200)
    {
        let shown = excerpt(name, 40);
        return Err(format!("the name '{shown}' holds a control character or more than 200 bytes."));
    }
    let credential = match record.get(2).filter(|text| !text.is_empty()) {
        None => None,
        Some(text) if imported_hash::looks_like_hash(text.trim()) => {
            Some(Credential::Hash(imported_hash::parse(text).map_err(|e| e.to_string())?))
        }
        Some(text) => Some(Credential::Password(Secret::parse_password(text).map_err(|e| e.to_string())?)),
    };
    let quota_mb = match record.get(3).map(str::trim).filter(|text| !text.is_empty()) {
        None => None,
        Some(text) => Some(text.parse().ok().filter(|mb| *mb > 0).ok_or_else(|| {
            format!(
                "'{}' is not a number of megabytes: give one like 2048, or nothing for no limit.",
                excerpt(text, 20)
            )
        })?),
    };
    let disabled = match record.get(4).map(|text| text.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "no" | "false") => false,
        Some("yes" | "true" | "disabled") => true,
        Some(other) => return Err(format!("'{}' in the last column is neither yes nor no.", excerpt(other, 20))),
    };
    Ok(ImportedAccount { address, name: name.map(str::to_owned), credential, quota_mb, disabled })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe";

    #[test]
    fn passwords_hashes_and_nothing_are_told_apart() {
        let text = format!(
            "\u{feff}Address,Name,Password\r\nalice@example.org,\"Ada, Alice\",pä$$ wörd\r\n\r\nbob@example.org,,{HASH}\r\ncarol@example.org\r\n"
        );
        let accounts = parse(text.as_bytes()).unwrap();
        let shown: Vec<(String, Option<&str>, Option<&Credential>)> =
            accounts.iter().map(|a| (a.address.to_string(), a.name.as_deref(), a.credential.as_ref())).collect();
        assert_eq!(
            shown,
            [
                (
                    "alice@example.org".into(),
                    Some("Ada, Alice"),
                    Some(&Credential::Password(Secret::new("pä$$ wörd".into())))
                ),
                ("bob@example.org".into(), None, Some(&Credential::Hash(Secret::new(format!("{{BLF-CRYPT}}{HASH}"))))),
                ("carol@example.org".into(), None, None),
            ]
        );
    }

    #[test]
    fn every_bad_line_is_named_and_nothing_is_imported() {
        let text = "alice@example.org,Alice,one\n\
                    not an address,x,y\n\
                    bob@example.org,Bob,{PLAIN}hunter2\n\
                    carol@example.org,a,b,4,no,d\n\
                    dave@example.org,\u{1b}[2J,x\n\
                    alice@example.org,,\n\
                    eve@example.org,,\"two\nlines\"\n\
                    frank@example.org,,$6$cut\n";
        let lines: Vec<String> = parse(text.as_bytes()).unwrap_err().iter().map(ToString::to_string).collect();
        let known = "Known are SHA512-CRYPT, SHA256-CRYPT, ARGON2ID, ARGON2I, BLF-CRYPT, PBKDF2.";
        assert_eq!(
            lines,
            [
                "line 2: 'not an address' is not a mail address: it has no '@'. An address looks like 'alice@example.org'.".to_owned(),
                format!("line 3: '(hidden)' is not a password hash: the scheme 'PLAIN' is not taken over. {known}"),
                "line 4: it has 6 fields, expected address,name,password-or-hash,quota_mb,disabled. Put quotes around a field that holds a comma.".to_owned(),
                "line 5: the name '\\u{1b}[2J' holds a control character or more than 200 bytes.".to_owned(),
                "line 6: 'alice@example.org' is in line 1 already.".to_owned(),
                "line 7: '(hidden)' is not a password: it holds a line break. Give it on one line.".to_owned(),
                format!("line 9: '(hidden)' is not a password hash: it is not a whole SHA512-CRYPT hash: something was cut off or added. {known}"),
            ]
        );
    }

    #[test]
    fn text_that_is_not_utf_8_is_a_bad_line() {
        let lines = parse(b"alice@example.org,Alice,one\nb\xff@example.org,,x\n").unwrap_err();
        assert_eq!(lines[0].line, 2);
    }
}
