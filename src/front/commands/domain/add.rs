//! `mailwizard domain add NAME`.

use super::policy::Policy;
use crate::changes::{AcceptMail, AddAccount, AddDomain};
use crate::front::asking;
use crate::front::changing::{Changing, Ended, How};
use crate::front::domain_records::{self, Wait};
use crate::front::exit::{Exit, Failure};
use crate::front::options::Options;
use crate::spec::{Domain, MailDomain, Mailbox};
use crate::steps::{Draft, Password};

/// Which domain, and what of it is known.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The domain; asked for when absent
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// What others are asked to do with forged mail; none when absent
    #[arg(long, value_enum, value_name = "POLICY")]
    dmarc: Option<Policy>,
    /// An account in it, with a password that is made; may be given again
    #[arg(long = "account", value_name = "ADDRESS")]
    accounts: Vec<String>,
    /// Its mail is at another server now: do not take it yet
    #[arg(long, conflicts_with = "new")]
    moving: bool,
    /// It has no mail anywhere yet, whatever its MX record says
    #[arg(long)]
    new: bool,
    /// It is there and moving: take its mail from now on
    #[arg(long, conflicts_with_all = ["moving", "new", "accounts", "dmarc"])]
    accept_mail: bool,
    /// Wait until its required records are there, up to a day
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    how: How,
}

/// Adds it, applies that, and says which records to publish; where it is there already, says what is still missing.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let usage = |e: crate::spec::Invalid| Failure::new(Exit::Usage, e);
    let given = args.name.as_deref().map(Domain::parse).transpose().map_err(usage)?;
    let accounts: Vec<Mailbox> =
        args.accounts.iter().map(|a| Mailbox::parse(a)).collect::<Result<_, _>>().map_err(usage)?;
    let mut changing = Changing::begin(&args.how, options)?;
    let mut draft = Draft { hostname: Some(changing.wish.spec.hostname.clone()), ..Draft::default() };
    let name = match given {
        Some(name) => name,
        None => ask_name(&mut changing)?,
    };
    if let Some(known) = changing.wish.spec.domain(&name) {
        let is_moving = known.moving_from_another_server;
        if !(args.accounts.is_empty() && args.dmarc.is_none()) {
            let sentence = format!(
                "'{name}' is one of the domains already. 'mailwizard account add' adds accounts to it, 'mailwizard domain \
                 dmarc' changes its policy; without options this shows which records it still needs."
            );
            return Err(Failure::new(Exit::Usage, sentence));
        }
        if args.accept_mail {
            changing.change(&AcceptMail { domain: name.clone() })?;
            return carry_out(changing, args, &name);
        }
        let now = if is_moving { "is moving here: its mail goes to the other server still" } else { "is served here" };
        changing.teller.say(&format!("'{name}' {now}."))?;
        let exit = domain_records::show(&mut changing, &name, Wait::asked(args.wait))?;
        return changing.summary(Ended::Applied(exit));
    }
    if args.accept_mail {
        return Err(Failure::new(Exit::Usage, format!("'{name}' is not one of the domains: add it first.")));
    }
    let mx_elsewhere = mx_elsewhere(&mut changing, args, &name)?;
    draft
        .domains
        .push(MailDomain { dmarc: args.dmarc.map(Into::into).unwrap_or_default(), ..MailDomain::new(name.clone()) });
    let accounts = ask_the_rest(&mut changing, args, &mut draft, accounts)?;
    let dmarc = draft.domains.first().map(|d| d.dmarc).unwrap_or_default();
    changing.change(&AddDomain { name: name.clone(), dmarc, accounts, mx_elsewhere })?;
    carry_out(changing, args, &name)
}

fn carry_out(mut changing: Changing, args: &Args, name: &Domain) -> Result<Exit, Failure> {
    let ended = changing.carry_out()?;
    let ended = match ended {
        Ended::Applied(Exit::Done) => {
            Ended::Applied(domain_records::show(&mut changing, name, Wait::asked(args.wait))?)
        }
        other => other,
    };
    changing.summary(ended)
}

fn ask_name(changing: &mut Changing) -> Result<Domain, Failure> {
    let Some(asker) = &mut changing.asker else {
        return Err(asking::missing("the name of the domain", "mailwizard domain add example.org --yes"));
    };
    loop {
        let help = "What stands after the '@'. It gets its own records and its own DKIM keys.";
        match Domain::parse(&asking::given(asker.text("Domain", help, "")?)?) {
            Ok(name) => return Ok(name),
            Err(refusal) => asker.say(&refusal.to_string())?,
        }
    }
}

/// The hosts that its mail goes to now, when they are not this server; none where it has no mail anywhere.
fn mx_elsewhere(changing: &mut Changing, args: &Args, name: &Domain) -> Result<Vec<String>, Failure> {
    let hostname = changing.wish.spec.hostname.clone();
    let draft =
        Draft { hostname: Some(hostname.clone()), domains: vec![MailDomain::new(name.clone())], ..Draft::default() };
    let seen = if args.new { Default::default() } else { changing.runtime.block_on(changing.wizard.look(&draft)) };
    match (seen.mx_elsewhere(name, Some(&hostname)), args.moving, args.new) {
        (_, _, true) => Ok(Vec::new()),
        (Some(hosts), _, _) => Ok(hosts.to_vec()),
        (None, true, _) => Ok(vec!["another server".into()]),
        (None, false, _) if seen.mx.contains_key(name) => Ok(Vec::new()),
        (None, false, _) => Err(Failure::new(
            Exit::Failed,
            format!(
                "it could not be found out where mail for '{name}' goes now. Try again, or say it: --moving when it is at \
                 another server, --new when it has no mail yet."
            ),
        )),
    }
}

/// Asks for the policy and the accounts where nothing was said about them and somebody is there.
fn ask_the_rest(
    changing: &mut Changing,
    args: &Args,
    draft: &mut Draft,
    accounts: Vec<Mailbox>,
) -> Result<Vec<AddAccount>, Failure> {
    let host = changing.wizard.host.clone();
    if let Some(asker) = &mut changing.asker {
        if args.dmarc.is_none() {
            asking::fields(&*host, &mut **asker, draft, &["domains.dmarc"])?;
        }
        if accounts.is_empty() {
            asking::fields(&*host, &mut **asker, draft, &["accounts"])?;
            if !draft.accounts.is_empty() {
                asking::fields(&*host, &mut **asker, draft, &["accounts.password_file"])?;
            }
        }
    }
    let asked = draft.accounts.iter().map(|account| AddAccount {
        name: account.name.clone(),
        password: draft.passwords.get(&account.address).cloned().filter(|p| matches!(p, Password::Given(_))),
        ..AddAccount::new(account.address.clone())
    });
    Ok(accounts.into_iter().map(AddAccount::new).chain(asked).collect())
}
