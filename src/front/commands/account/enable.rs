//! `mailwizard account disable|enable ADDRESS`.

use crate::changes::EnableAccount;
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;

/// Which account.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(value_name = "ADDRESS")]
    address: String,
    #[command(flatten)]
    how: How,
}

/// Lets it log in, or not any more.
pub fn run(args: &Args, options: &Options, enabled: bool) -> Result<Exit, Failure> {
    let address = super::address(&args.address)?;
    let mut changing = Changing::begin(&args.how, options)?;
    changing.change(&EnableAccount { address, enabled })?;
    let ended = changing.carry_out()?;
    changing.summary(ended)
}
