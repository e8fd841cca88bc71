//! `mailwizard account quota ADDRESS [SIZE|none]`.

use std::io::Write;

use crate::changes::SetQuota;
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::output::Output;
use crate::front::size::{self, Size};
use crate::front::wish;
use crate::front::wizard::Wizard;
use crate::spec::Mailbox;

/// Whose, and how much.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// How much mail it may hold, like 2G or 500M; 'none' lifts the limit; what is used is shown when absent
    #[arg(value_name = "SIZE")]
    size: Option<Size>,
    #[command(flatten)]
    how: How,
}

/// Shows or sets it.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let address = super::address(&args.address)?;
    let Some(size) = args.size else { return show(&address) };
    let mut changing = Changing::begin(&args.how, options)?;
    changing.change(&SetQuota { address, quota_mb: size.megabytes() })?;
    let ended = changing.carry_out()?;
    changing.summary(ended)
}

fn show(address: &Mailbox) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    wizard.require_root().map_err(|e| Failure::new(Exit::Usage, e))?;
    let spec = wish::applied(&*wizard.host, &wizard.paths, None)?;
    let Some(account) = spec.account(address) else {
        return Err(Failure::new(
            Exit::Usage,
            format!("'{address}' is not one of the accounts: see 'mailwizard account list'."),
        ));
    };
    let used = wizard.quota_used(&spec, address)?;
    let mut out = Output::stdout();
    match account.quota_mb {
        Some(quota) => writeln!(out, "{address} holds {} of {quota} MB.", size::bytes(used))?,
        None => writeln!(out, "{address} holds {}; it has no limit.", size::bytes(used))?,
    }
    out.flush()?;
    Ok(Exit::Done)
}
