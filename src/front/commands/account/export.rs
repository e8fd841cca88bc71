//! `mailwizard account export [FILE]`.

use std::io::Write;
use std::path::PathBuf;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::wish;
use crate::front::wizard::Wizard;
use crate::keys::csv_export;
use crate::plan::ObservedFile;
use crate::store::pending;

/// Where to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to write, readable for root only; standard output when absent
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Writes every account as `account import` reads it again.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    wizard.require_root().map_err(|e| Failure::new(Exit::Usage, e))?;
    let spec = wish::applied(&*wizard.host, &wizard.paths, None)?;
    let hashes = pending::load_hashes(&*wizard.host, &wizard.paths.password_hashes())?;
    let content = csv_export::write(&spec.accounts, &hashes)?;
    match &args.file {
        Some(path) => {
            let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
            wizard.host.write(path, &file)?;
            let count = spec.accounts.len();
            println!("{count} accounts with their hashes are in {}: keep it as you keep passwords.", path.display());
        }
        None => {
            let mut out = Output::stdout();
            out.write_all(&content)?;
            out.flush()?;
        }
    }
    Ok(Exit::Done)
}
