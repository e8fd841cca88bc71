//! `mailwizard domain dmarc NAME POLICY`.

use super::policy::Policy;
use crate::changes::SetDmarc;
use crate::front::changing::{Changing, Ended, How};
use crate::front::domain_records::{self, Wait};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::spec::Domain;

/// Whose policy, and which.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The domain
    #[arg(value_name = "NAME")]
    name: String,
    /// What others are asked to do with forged mail
    #[arg(value_enum, value_name = "POLICY")]
    policy: Policy,
    /// Wait until the record is there, up to a day
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    how: How,
}

/// Changes it, and shows which record says so.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let name = Domain::parse(&args.name).map_err(|e| Failure::new(Exit::Usage, e))?;
    let mut changing = Changing::begin(&args.how, options)?;
    changing.change(&SetDmarc { name: name.clone(), policy: args.policy.into() })?;
    let ended = match changing.carry_out()? {
        Ended::Applied(Exit::Done) => {
            Ended::Applied(domain_records::show(&mut changing, &name, Wait::asked(args.wait))?)
        }
        other => other,
    };
    changing.summary(ended)
}
