//! What backups are locked and opened with: a passphrase, read unseen or from a file, or age keys.

use std::io::{IsTerminal, Read as _, stdin, stdout};
use std::path::{Path, PathBuf};

use inquire::{InquireError, Password, PasswordDisplayMode};

use crate::backup::age::{Identity, Key, Lock, Recipient};
use crate::front::exit::{Exit, Failure};
use crate::host::Host;
use crate::spec::Secret;

/// A passphrase of fewer characters would be tried out.
const SHORTEST: usize = 12;

/// The passphrase or key of an existing backup.
#[derive(Debug, clap::Args)]
pub struct OpenWith {
    /// The file whose first line is the passphrase; '-' reads standard input
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// The file with the secret age key, where the backup was locked for one
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    identity: Option<PathBuf>,
}

impl OpenWith {
    /// Reads the key, or asks for the passphrase.
    pub fn key(&self, host: &dyn Host) -> Result<Key, Failure> {
        if let Some(path) = &self.identity {
            let text = read(host, path, "an identity file")?;
            let keys = Identity::parse_file(&text).map_err(|e| usage(e.to_string()))?;
            if keys.is_empty() {
                return Err(usage(format!("'{}' holds no age identity.", path.display())));
            }
            return Ok(Key::Identities(keys));
        }
        self.passphrase(host).map(Key::Passphrase)
    }

    /// The passphrase of a backup that exists.
    fn passphrase(&self, host: &dyn Host) -> Result<Secret, Failure> {
        match &self.passphrase_file {
            Some(path) => first_line(host, path),
            None => ask(false),
        }
    }

    /// What a new backup is locked with: the recipients, where some are named, else a passphrase that is long enough.
    pub fn lock(&self, host: &dyn Host, recipients: &[String]) -> Result<Lock, Failure> {
        if !recipients.is_empty() {
            let parsed: Result<Vec<Recipient>, _> = recipients.iter().map(|text| Recipient::parse(text)).collect();
            return parsed.map(Lock::Recipients).map_err(|e| usage(e.to_string()));
        }
        let passphrase = match &self.passphrase_file {
            Some(path) => first_line(host, path)?,
            None => ask(true)?,
        };
        let length = passphrase.expose().chars().count();
        if length < SHORTEST {
            return Err(usage(format!(
                "the passphrase has {length} characters: take {SHORTEST} or more, for example four words. The file holds \
                 the keys of the server."
            )));
        }
        Ok(Lock::Passphrase(passphrase))
    }
}

fn usage(sentence: String) -> Failure {
    Failure::new(Exit::Usage, sentence)
}

fn first_line(host: &dyn Host, path: &Path) -> Result<Secret, Failure> {
    let text = read(host, path, "a passphrase")?;
    let line = text.expose().lines().next().unwrap_or_default();
    Secret::parse_password(line)
        .map_err(|e| usage(format!("'{}' does not begin with a passphrase: {}.", path.display(), e.reason)))
}

fn read(host: &dyn Host, path: &Path, what: &str) -> Result<Secret, Failure> {
    let content = if path == Path::new("-") {
        let mut content = Vec::new();
        stdin().lock().take(64 * 1024).read_to_end(&mut content)?;
        content
    } else {
        let missing = || usage(format!("'{}' is not there: it should hold {what}.", path.display()));
        host.read(path)?.ok_or_else(missing)?.content
    };
    let text = String::from_utf8(content).map_err(|_| usage(format!("'{}' is not UTF-8 text.", path.display())))?;
    Ok(Secret::new(text))
}

/// Asks unseen; a new passphrase twice.
fn ask(new: bool) -> Result<Secret, Failure> {
    if !(stdin().is_terminal() && stdout().is_terminal()) {
        return Err(usage(
            "there is no terminal to ask for the passphrase on: give --passphrase-file FILE, or '-'.".into(),
        ));
    }
    let prompt = Password::new("Passphrase of the backup:").with_display_mode(PasswordDisplayMode::Hidden);
    let asked = if new {
        prompt.with_custom_confirmation_message("Once more:").prompt()
    } else {
        prompt.without_confirmation().prompt()
    };
    match asked {
        Ok(text) => Secret::parse_password(&text).map_err(|e| usage(e.to_string())),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Err(Failure::new(Exit::Left, "nothing was done."))
        }
        Err(other) => Err(Failure::new(Exit::Failed, other.to_string())),
    }
}
