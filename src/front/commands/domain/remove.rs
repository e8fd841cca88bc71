//! `mailwizard domain remove NAME`.

use serde_json::json;

use crate::changes::{FateOfMail, RemoveDomain};
use crate::front::changing::{Changing, Ended, How};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::front::record_lines::details;
use crate::front::typed_name;
use crate::spec::{Domain, Mailbox};

/// Which domain, and what becomes of its mail.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The domain
    #[arg(value_name = "NAME")]
    name: String,
    /// Pack its mail into one file, and remove it from where it is
    #[arg(long, conflicts_with = "delete")]
    archive: bool,
    /// Remove its mail for good; the name once more confirms it
    #[arg(long, value_name = "NAME", num_args = 0..=1)]
    delete: Option<Option<String>>,
    /// Who gets what this server has to say, where that was somebody of this domain
    #[arg(long, value_name = "ADDRESS")]
    admin_email: Option<String>,
    #[command(flatten)]
    how: How,
}

/// Removes it, and says which records may go and where its mail and keys are.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let usage = |e: crate::spec::Invalid| Failure::new(Exit::Usage, e);
    let name = Domain::parse(&args.name).map_err(usage)?;
    let admin_email = args.admin_email.as_deref().map(Mailbox::parse).transpose().map_err(usage)?;
    let mut changing = Changing::begin(&args.how, options)?;
    let before = changing.wish.spec.clone();
    let mail = match (args.archive, &args.delete) {
        (true, _) => FateOfMail::Archived,
        (false, Some(_)) => FateOfMail::Purged,
        (false, None) => FateOfMail::Kept,
    };
    changing.change(&RemoveDomain { name: name.clone(), mail, admin_email })?;
    if let Some(typed) = &args.delete {
        typed_name::confirm(&mut changing, &format!("All mail of '{name}'"), name.as_str(), typed.as_deref())?;
    }
    let folder = changing.wizard.mail_folder(&before, &name);
    changing.teller.say(&match mail {
        FateOfMail::Kept => format!("Its mail stays in {}: it is there again when the domain is.", folder.display()),
        FateOfMail::Archived => {
            format!("Its mail is packed into a file in {}.", changing.wizard.paths.mail_archive().display())
        }
        FateOfMail::Purged => "Its mail is removed for good.".to_owned(),
    })?;
    let ended = changing.carry_out()?;
    if ended == Ended::Applied(Exit::Done) {
        say_what_may_go(&mut changing, &before, &name)?;
    }
    changing.summary(ended)
}

/// Of the records that we had published, those that are there still.
fn say_what_may_go(changing: &mut Changing, before: &crate::spec::Spec, name: &Domain) -> Result<(), Failure> {
    let keys = changing.wizard.paths.dkim().join(name.as_str());
    changing.teller.say(&format!("Its DKIM keys stay in {}.", keys.display()))?;
    let facts = match changing.facts.take() {
        Some(facts) => facts,
        None => changing.wizard.facts(before.stack)?,
    };
    let wanted = changing.runtime.block_on(changing.wizard.domain_records(before, &facts, name))?;
    let page = changing.runtime.block_on(wanted.look(&before.hostname));
    let published: Vec<_> = page.iter().filter(|c| c.state.is_published()).collect();
    if published.is_empty() {
        return Ok(changing.teller.say("None of its records is published any more.")?);
    }
    changing.teller.gap()?;
    changing.teller.say("Take these records down, the MX first; other records of the domain are not ours:")?;
    for compared in published {
        let details = details(compared);
        changing.teller.line(&format!("  {}", details.heading))?;
        changing.teller.line(&format!("    {}", details.value))?;
        changing.teller.tell(&json!({ "event": "record", "state": "take-down", "record": compared.wanted }))?;
    }
    Ok(())
}
