//! `mailwizard account remove ADDRESS`.

use crate::changes::{FateOfMail, RemoveAccount};
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::typed_name;

/// Which account, and what becomes of its mail.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// Pack its mail into one file, and remove it from where it is
    #[arg(long, conflicts_with = "delete")]
    archive: bool,
    /// Remove its mail for good; the address once more confirms it
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1)]
    delete: Option<Option<String>>,
    #[command(flatten)]
    how: How,
}

/// Removes it; its mail stays where it is unless something else is said.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let address = super::address(&args.address)?;
    let mut changing = Changing::begin(&args.how, options)?;
    let mail = match (args.archive, &args.delete) {
        (true, _) => FateOfMail::Archived,
        (false, Some(_)) => FateOfMail::Purged,
        (false, None) => FateOfMail::Kept,
    };
    changing.change(&RemoveAccount { address: address.clone(), mail })?;
    if let Some(typed) = &args.delete {
        let what = format!("The mail of '{address}'");
        typed_name::confirm(&mut changing, &what, &address.to_string(), typed.as_deref())?;
    }
    if mail == FateOfMail::Kept && changing.wizard.has_mail(&changing.wish.spec, &address)? {
        changing.teller.say(
            "Its mail stays where it is: an account of the same address finds it again. --archive packs it into a file, \
             --delete removes it.",
        )?;
    }
    let ended = changing.carry_out()?;
    changing.summary(ended)
}
