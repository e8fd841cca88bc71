//! `mailwizard account password ADDRESS`.

use super::new_password::NewPassword;
use crate::changes::SetPassword;
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;

/// Whose password.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(value_name = "ADDRESS")]
    address: String,
    #[command(flatten)]
    password: NewPassword,
    #[command(flatten)]
    how: How,
}

/// Sets it; sessions that were opened with the old one end.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let address = super::address(&args.address)?;
    let mut changing = Changing::begin(&args.how, options)?;
    let set = SetPassword { address: address.clone(), password: None };
    changing.wish.clone().change(&set).map_err(|refusal| Failure::new(Exit::Usage, refusal))?;
    let password = args.password.get(&mut changing, &address)?;
    changing.change(&SetPassword { password, ..set })?;
    let ended = changing.carry_out()?;
    changing.summary(ended)
}
