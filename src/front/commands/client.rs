//! `mailwizard client ADDRESS`: what the owner of an account types into a mail program.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::clients::{ClientSettings, autoconfig, mobileconfig};
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::wish;
use crate::host::{Host, RealHost};
use crate::spec::{Account, AliasAddress, Mailbox, Spec};
use crate::store::Paths;

/// Whose settings, and how to write them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// The answers file to take instead of what was accepted or applied
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// How to write them
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
}

/// The ways to write client settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A sheet to read or print
    #[default]
    Text,
    /// One JSON object
    Json,
    /// A profile for iOS and macOS
    Mobileconfig,
    /// A file for Thunderbird
    Autoconfig,
}

/// The whole of `--format json`.
#[derive(Serialize)]
struct Sheet<'a> {
    schema: u32,
    #[serde(flatten)]
    settings: &'a ClientSettings,
}

/// Prints the settings of one account.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (host, paths) = (RealHost, Paths::default());
    if args.answers.is_none() && !host.is_root() {
        return Err(Failure::new(Exit::Failed, "what this machine keeps is root's alone: start it again with sudo."));
    }
    let spec = wish::latest(&host, &paths, args.answers.as_deref())?;
    let settings = ClientSettings::of(&spec, account(&spec, &args.address)?);
    let written = match args.format {
        Format::Text => settings.text(),
        Format::Json => {
            format!("{}\n", serde_json::to_string_pretty(&Sheet { schema: 1, settings: &settings })?)
        }
        Format::Mobileconfig => mobileconfig(&settings)?,
        Format::Autoconfig => autoconfig(&settings)?,
    };
    let mut out = Output::stdout();
    out.write_all(written.as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}

/// The account of this address, or why there is none.
fn account<'a>(spec: &'a Spec, text: &str) -> Result<&'a Account, Failure> {
    let address = Mailbox::parse(text).map_err(|e| Failure::new(Exit::Usage, e.to_string()))?;
    if let Some(account) = spec.account(&address) {
        return Ok(account);
    }
    if spec.aliases.iter().any(|a| a.address == AliasAddress::One(address.clone())) {
        let behind: Vec<String> = spec.mailboxes_behind(&address).iter().map(ToString::to_string).collect();
        let whose = if behind.is_empty() { "no account here".into() } else { behind.join(", ") };
        return Err(Failure::new(
            Exit::Usage,
            format!("'{address}' is an alias: nobody logs in with it. Its mail goes to {whose}."),
        ));
    }
    let near = spec
        .accounts
        .iter()
        .map(|a| (strsim::jaro_winkler(&a.address.to_string(), &address.to_string()), &a.address))
        .filter(|(likeness, _)| *likeness > 0.85)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let hint = near.map(|(_, near)| format!(" Did you mean '{near}'?")).unwrap_or_default();
    Err(Failure::new(Exit::Usage, format!("'{address}' is not one of the accounts.{hint}")))
}
