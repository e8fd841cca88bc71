//! `mailwizard account add ADDRESS`.

use super::new_password::NewPassword;
use crate::changes::AddAccount;
use crate::front::asking;
use crate::front::changing::{Changing, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::size::Size;
use crate::spec::Mailbox;

/// Which account.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Its address; asked for when absent
    #[arg(value_name = "ADDRESS")]
    address: Option<String>,
    /// The person's name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// How much mail it may hold, like 2G or 500M
    #[arg(long, value_name = "SIZE")]
    quota: Option<Size>,
    #[command(flatten)]
    password: NewPassword,
    #[command(flatten)]
    how: How,
}

/// Adds it.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let given = args.address.as_deref().map(super::address).transpose()?;
    let mut changing = Changing::begin(&args.how, options)?;
    let address = match given {
        Some(address) => address,
        None => ask_address(&mut changing)?,
    };
    let add = AddAccount {
        address: address.clone(),
        name: args.name.clone(),
        password: None,
        quota_mb: args.quota.and_then(Size::megabytes),
    };
    // Refused before a password is typed for nothing.
    changing.wish.clone().change(&add).map_err(|refusal| Failure::new(Exit::Usage, refusal))?;
    let password = args.password.get(&mut changing, &address)?;
    changing.change(&AddAccount { password, ..add })?;
    if changing.wizard.has_mail(&changing.wish.spec, &address)? {
        changing
            .teller
            .say(&format!("There is mail of an earlier '{address}': whoever reads this account reads that too."))?;
    }
    let ended = changing.carry_out()?;
    changing.summary(ended)
}

fn ask_address(changing: &mut Changing) -> Result<Mailbox, Failure> {
    let Some(asker) = &mut changing.asker else {
        return Err(asking::missing("the address of the account", "mailwizard account add alice@example.org --yes"));
    };
    loop {
        let help = "The address is also the name to log in with.";
        match Mailbox::parse(&asking::given(asker.text("Address", help, "")?)?) {
            Ok(address) => return Ok(address),
            Err(refusal) => asker.say(&refusal.to_string())?,
        }
    }
}
