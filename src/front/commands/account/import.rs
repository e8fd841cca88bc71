//! `mailwizard account import FILE`.

use std::io::{Read, stdin};
use std::path::PathBuf;

use crate::changes::{ImportAccounts, Imported};
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::keys::csv_import::{self, Credential};
use crate::spec::Account;
use crate::steps::Password;

/// The most that is read: 20,000 accounts with long hashes.
const MOST: u64 = 16 << 20;

/// Which file.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A CSV file: address,name,password-or-hash,quota_mb,disabled; '-' for standard input, with --yes
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    how: How,
}

/// Imports all of them or none.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let mut changing = Changing::begin(&args.how, options)?;
    let shown = args.file.display();
    let content = if args.file.as_os_str() == "-" {
        let mut content = Vec::new();
        stdin().lock().take(MOST).read_to_end(&mut content)?;
        content
    } else {
        let file = changing.wizard.host.read(&args.file)?;
        file.ok_or_else(|| Failure::new(Exit::Usage, format!("'{shown}' is not there: give the path of a CSV file.")))?
            .content
    };
    let accounts = csv_import::parse(&content).map_err(|lines| {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        Failure::new(
            Exit::Usage,
            format!("'{shown}' cannot be imported, and no account of it was:\n{}", lines.join("\n")),
        )
    })?;
    let accounts = accounts
        .into_iter()
        .map(|one| Imported {
            account: Account {
                name: one.name,
                quota_mb: one.quota_mb,
                disabled: one.disabled,
                ..Account::new(one.address)
            },
            password: one.credential.map(|credential| match credential {
                Credential::Password(secret) => Password::Given(secret),
                Credential::Hash(hash) => Password::Hash(hash),
            }),
        })
        .collect();
    changing.change(&ImportAccounts { accounts })?;
    let ended = changing.carry_out()?;
    changing.summary(ended)
}
