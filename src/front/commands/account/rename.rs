//! `mailwizard account rename ADDRESS NEW`.

use crate::changes::RenameAccount;
use crate::front::asking;
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;

/// Which account, and what it is called from now on.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The account
    #[arg(value_name = "ADDRESS")]
    address: String,
    /// Its new address
    #[arg(value_name = "NEW")]
    new: String,
    /// Keep the old address as an alias of the new one; asked when neither is given
    #[arg(long, conflicts_with = "no_alias")]
    keep_alias: bool,
    /// Refuse mail to the old address
    #[arg(long)]
    no_alias: bool,
    #[command(flatten)]
    how: How,
}

/// Renames it; its mail moves along.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let (from, to) = (super::address(&args.address)?, super::address(&args.new)?);
    let mut changing = Changing::begin(&args.how, options)?;
    let rename = |keep_alias| RenameAccount { from: from.clone(), to: to.clone(), keep_alias };
    changing.wish.clone().change(&rename(true)).map_err(|refusal| Failure::new(Exit::Usage, refusal))?;
    if changing.wizard.has_mail(&changing.wish.spec, &to)? {
        let sentence = format!(
            "there is mail of an earlier '{to}', and two mailboxes cannot become one: add that account, move its mail \
             away or remove it for good, then rename."
        );
        return Err(Failure::new(Exit::Usage, sentence));
    }
    let keep_alias = match (&mut changing.asker, args.no_alias, args.keep_alias) {
        (_, true, _) => false,
        (Some(asker), _, false) => {
            let help = "Who knows only the old address still reaches the account then.";
            asking::given(asker.yes_no(&format!("Keep '{from}' as an alias"), help, Some(true))?)?
        }
        // Losing mail is what nobody wants who did not say so.
        _ => true,
    };
    changing.change(&rename(keep_alias))?;
    if keep_alias {
        changing.teller.say(&format!("'{from}' stays as an alias of '{to}'."))?;
    }
    let ended = changing.carry_out()?;
    changing.summary(ended)
}
