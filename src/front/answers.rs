//! Answers files: read with the password files they name, or refused with the file, the line and the remedy.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use crate::facts::Facts;
use crate::host::{Host, HostError};
use crate::spec::answers::{self, AnswersError};
use crate::spec::{Mailbox, Secret};
use crate::steps::{Draft, Password};

/// What an answers file and its password files say.
#[derive(Debug)]
pub struct Loaded {
    /// The wish, with the passwords that were in files.
    pub draft: Draft,
    /// Paths of the keys that the file holds.
    pub given: BTreeSet<String>,
    /// What should be said about the files, one sentence each.
    pub notes: Vec<String>,
}

/// Why an answers file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AnswersFileError {
    /// There is no such file.
    #[error("'{}' is not there: give the path of an answers file.", .0.display())]
    Missing(PathBuf),
    /// It is not text.
    #[error("'{}' is not UTF-8 text.", .0.display())]
    NotText(PathBuf),
    /// It is no answers file.
    #[error("'{}', {reason}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong where.
        reason: AnswersError,
    },
    /// A password file is not there.
    #[error("'{}' is not there: {key} of '{owner}' names it.", path.display())]
    NoPasswordFile {
        /// The file.
        path: PathBuf,
        /// The key in the answers file.
        key: &'static str,
        /// Whose password it should hold.
        owner: String,
    },
    /// A password file holds no password.
    #[error("'{}' holds no password for '{owner}': {reason}.", path.display())]
    WrongPassword {
        /// The file.
        path: PathBuf,
        /// Whose password it should hold.
        owner: String,
        /// What is wrong with it, without a final dot.
        reason: String,
    },
    /// The machine refused.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// Reads an answers file; the facts of the draft are still empty. `input` is where a password file called "-" is read from, one line each.
pub fn load(host: &dyn Host, path: &Path, input: &mut dyn BufRead) -> Result<Loaded, AnswersFileError> {
    let file = host.read(path)?.ok_or_else(|| AnswersFileError::Missing(path.to_owned()))?;
    let text = String::from_utf8(file.content).map_err(|_| AnswersFileError::NotText(path.to_owned()))?;
    let mut parsed =
        answers::parse(&text).map_err(|reason| AnswersFileError::Wrong { path: path.to_owned(), reason })?;
    let whole_path =
        std::path::absolute(path).map_err(|source| HostError::File { verb: "found", path: path.to_owned(), source })?;
    answers::resolve_paths(&mut parsed.spec, whole_path.parent().unwrap_or(Path::new("/")));

    let mut loaded =
        Loaded { draft: Draft::from_spec(Facts::default(), parsed.spec), given: parsed.given, notes: Vec::new() };
    // A catch-all is written with its domain, and asked for among the aliases.
    if loaded.given.contains("domains.catch_all") {
        loaded.given.insert("aliases".into());
    }
    loaded.draft.answered = loaded.given.clone();
    // An account without a password file is to get a password that is made: that is an answer.
    loaded.draft.answered.insert("accounts.password_file".into());
    loaded.read_passwords(host, input)?;
    Ok(loaded)
}

impl Loaded {
    fn read_passwords(&mut self, host: &dyn Host, input: &mut dyn BufRead) -> Result<(), AnswersFileError> {
        let files: Vec<(Mailbox, PathBuf)> =
            self.draft.accounts.iter().filter_map(|a| Some((a.address.clone(), a.password_file.clone()?))).collect();
        for (address, path) in files {
            let password = self.read_password(host, input, &path, "password_file", &address.to_string())?;
            self.draft.passwords.insert(address, Password::Given(password));
        }
        let relay = self.draft.network.relay.as_ref();
        if let Some((path, owner)) = relay.and_then(|r| Some((r.password_file.clone()?, r.host.to_string()))) {
            let password = self.read_password(host, input, &path, "network.relay.password_file", &owner)?;
            self.draft.relay_password = Some(password);
        }
        Ok(())
    }

    fn read_password(
        &mut self,
        host: &dyn Host,
        input: &mut dyn BufRead,
        path: &Path,
        key: &'static str,
        owner: &str,
    ) -> Result<Secret, AnswersFileError> {
        let text = if path.as_os_str() == "-" {
            let mut line = zeroize::Zeroizing::new(String::new());
            // A limit, so that an endless line cannot fill the memory; no password is longer than 512 bytes.
            std::io::Read::take(&mut *input, 1024).read_line(&mut line).map_err(|source| HostError::File {
                verb: "read",
                path: path.to_owned(),
                source,
            })?;
            line
        } else {
            let file = host.read(path)?.ok_or_else(|| AnswersFileError::NoPasswordFile {
                path: path.to_owned(),
                key,
                owner: owner.to_owned(),
            })?;
            if file.mode & 0o077 != 0 {
                self.notes.push(format!(
                    "'{}' can be read by other users: chmod 600 it, or remove it once this is done.",
                    path.display()
                ));
            }
            zeroize::Zeroizing::new(String::from_utf8(file.content).map_err(|_| AnswersFileError::WrongPassword {
                path: path.to_owned(),
                owner: owner.to_owned(),
                reason: "it is not UTF-8 text".into(),
            })?)
        };
        // The one line break that editors end a file with is not part of it; any other is refused with its sentence.
        let password = text.strip_suffix('\n').unwrap_or(&text);
        let password = password.strip_suffix('\r').unwrap_or(password);
        Secret::parse_password(password).map_err(|e| AnswersFileError::WrongPassword {
            path: path.to_owned(),
            owner: owner.to_owned(),
            reason: e.reason,
        })
    }
}
