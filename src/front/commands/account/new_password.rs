//! A new password: from a file, from standard input, typed twice, or one that is made.

use std::io::{BufRead, stdin};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::front::asking;
use crate::front::changing::Changing;
use crate::front::exit::{Exit, Failure};
use crate::host::Host;
use crate::spec::{Account, Mailbox, Secret};
use crate::steps::{Draft, Password};

/// The most that is read of a password file: no password is longer than 512 bytes.
const MOST: u64 = 1024;

/// Where the password comes from.
#[derive(Debug, clap::Args)]
pub struct NewPassword {
    /// A file whose first line is the password, '-' for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "generate")]
    password_file: Option<PathBuf>,
    /// Make one and show it once, without asking
    #[arg(long)]
    generate: bool,
}

impl NewPassword {
    /// The password; `None` for one that is made. Asks where somebody is there and nothing was said.
    pub fn get(&self, changing: &mut Changing, address: &Mailbox) -> Result<Option<Password>, Failure> {
        if let Some(path) = &self.password_file {
            return Ok(Some(Password::Given(read(&*changing.wizard.host, path, address)?)));
        }
        let host = changing.wizard.host.clone();
        let Some(asker) = changing.asker.as_mut().filter(|_| !self.generate) else { return Ok(None) };
        // The set-up's own question, about this one account.
        let mut draft = Draft { accounts: vec![Account::new(address.clone())], ..Draft::default() };
        asking::fields(&*host, &mut **asker, &mut draft, &["accounts.password_file"])?;
        Ok(draft.passwords.remove(address))
    }
}

fn read(host: &dyn Host, path: &Path, address: &Mailbox) -> Result<Secret, Failure> {
    let refused = |reason: String| {
        Failure::new(Exit::Usage, format!("'{}' holds no password for '{address}': {reason}", path.display()))
    };
    let mut line = Zeroizing::new(String::new());
    if path.as_os_str() == "-" {
        std::io::Read::take(stdin().lock(), MOST).read_line(&mut line)?;
    } else {
        let file = host.read(path)?.ok_or_else(|| refused("it is not there.".into()))?;
        if file.mode & 0o077 != 0 {
            eprintln!("note: '{}' can be read by other users: chmod 600 it, or remove it.", path.display());
        }
        let text = String::from_utf8(file.content).map(Zeroizing::new);
        let text = text.map_err(|_| refused("it is not UTF-8 text.".into()))?;
        line.push_str(text.split('\n').next().unwrap_or_default());
    }
    let first = line.strip_suffix('\n').unwrap_or(&line);
    let first = first.strip_suffix('\r').unwrap_or(first);
    Secret::parse_password(first).map_err(|refusal| refused(format!("{}.", refusal.reason)))
}
