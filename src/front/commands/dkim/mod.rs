//! `mailwizard dkim status|rotate`.

mod rotate;
mod status;

use clap::Subcommand;

use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::wish;
use crate::spec::{Domain, Spec};

/// What to do with DKIM keys.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show each domain's keys: which signs, which is to, which may go
    Status(status::Args),
    /// Replace a domain's keys in steps that mail survives; again to go on with the next step
    ///
    /// First the new keys are made, and their records to publish are shown. Once every name server of the domain has
    /// them, signing switches. The old records stay for 7 days, because mail that was signed before may still be on its
    /// way; then they may go. Each run does what can be done and says what comes next.
    Rotate(rotate::Args),
}

/// Does what is asked.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Status(args) => status::run(args),
        Verb::Rotate(args) => rotate::run(args, options),
    }
}

/// The served domain that is named, or the only one.
fn served(spec: &Spec, text: Option<&str>) -> Result<Domain, Failure> {
    let usage = |sentence: String| Failure::new(Exit::Usage, sentence);
    match (text, spec.domains.as_slice()) {
        (None, [one]) => Ok(one.name.clone()),
        (None, all) => {
            let names: Vec<&str> = all.iter().map(|d| d.name.as_str()).collect();
            let names = crate::printable::excerpt(&names.join(", "), 200);
            Err(usage(format!("there are several domains: name one of {names}.")))
        }
        (Some(text), _) => wish::served_domain(spec, text),
    }
}
