//! `mailwizard account list`.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::size;
use crate::front::wish;
use crate::front::wizard::Wizard;
use crate::spec::Mailbox;

/// Which accounts, and how to list them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those of this domain
    #[arg(value_name = "DOMAIN")]
    domain: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Sheet {
    schema: u32,
    accounts: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    address: Mailbox,
    name: Option<String>,
    disabled: bool,
    /// Of all its files, in bytes.
    bytes: u64,
    quota_mb: Option<u32>,
    last_login: Option<Timestamp>,
}

/// Lists them.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    wizard.require_root().map_err(|e| Failure::new(Exit::Usage, e))?;
    let spec = wish::applied(&*wizard.host, &wizard.paths, None)?;
    let only = args.domain.as_deref().map(|text| wish::served_domain(&spec, text)).transpose()?;
    let sizes = wizard.mail_sizes(&spec)?;
    let accounts = spec.accounts.iter().filter(|a| only.as_ref().is_none_or(|only| a.address.domain() == only));
    let accounts: Vec<Listed> = accounts
        .map(|account| {
            Ok(Listed {
                address: account.address.clone(),
                name: account.name.clone(),
                disabled: account.disabled,
                bytes: sizes.get(&account.address).copied().unwrap_or(0),
                quota_mb: account.quota_mb,
                last_login: wizard.last_login(&spec, &account.address)?,
            })
        })
        .collect::<Result<_, Failure>>()?;
    let mut out = Output::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&Sheet { schema: 1, accounts })?)?;
    } else {
        write(&accounts, &mut out)?;
    }
    out.flush()?;
    Ok(Exit::Done)
}

fn write(accounts: &[Listed], out: &mut impl Write) -> std::io::Result<()> {
    let width = accounts.iter().map(|a| a.address.to_string().len()).max().unwrap_or(0).clamp(12, 40);
    writeln!(out, "{:width$}  {:>9}  {:>8}  Last login", "Account", "Size", "Quota")?;
    for account in accounts {
        let quota = account.quota_mb.map_or("none".to_owned(), |mb| size::bytes(u64::from(mb) << 20));
        let login = account
            .last_login
            .map_or("never".to_owned(), |at| at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string());
        let disabled = if account.disabled { "  disabled" } else { "" };
        let address = account.address.to_string();
        writeln!(out, "{address:width$}  {:>9}  {quota:>8}  {login}{disabled}", size::bytes(account.bytes))?;
    }
    let all: u64 = accounts.iter().map(|a| a.bytes).sum();
    let count = if accounts.len() == 1 { "1 account".to_owned() } else { format!("{} accounts", accounts.len()) };
    writeln!(out, "{count}, {}", size::bytes(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_fits_80_columns_and_says_what_matters() {
        let listed = |address: &str, bytes, disabled| Listed {
            address: Mailbox::parse(address).unwrap(),
            name: None,
            disabled,
            bytes,
            quota_mb: Some(2048),
            last_login: None,
        };
        let mut out = Vec::new();
        write(&[listed("alice@example.org", 3_250_000, false), listed("bob@example.org", 812, true)], &mut out)
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "Account                 Size     Quota  Last login\n\
             alice@example.org     3.1 MB    2.0 GB  never\n\
             bob@example.org        812 B    2.0 GB  never  disabled\n\
             2 accounts, 3.1 MB\n"
        );
    }
}
