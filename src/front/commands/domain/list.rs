//! `mailwizard domain list`.

use std::io::Write;

use serde::Serialize;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::wish;
use crate::front::wizard::{DnsState, Wizard};
use crate::spec::{DmarcPolicy, Domain};

/// How to list them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask the name servers now, instead of saying what the last look found
    #[arg(long)]
    dns: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Sheet {
    schema: u32,
    domains: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    name: Domain,
    dmarc: DmarcPolicy,
    /// Whether its mail is taken here.
    accepts_mail: bool,
    accounts: usize,
    aliases: usize,
    dns: DnsState,
}

/// Lists them.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    wizard.require_root().map_err(|e| Failure::new(Exit::Usage, e))?;
    let spec = wish::applied(&*wizard.host, &wizard.paths, None)?;
    let mut states = if args.dns {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let facts = wizard.facts(spec.stack)?;
        runtime.block_on(wizard.dns_now(&spec, &facts))?
    } else {
        wizard.dns_last_seen()?
    };
    let mut accounts = std::collections::BTreeMap::new();
    for account in &spec.accounts {
        *accounts.entry(account.address.domain()).or_insert(0) += 1;
    }
    let mut aliases = std::collections::BTreeMap::new();
    for alias in &spec.aliases {
        *aliases.entry(alias.address.domain()).or_insert(0) += 1;
    }
    let domains: Vec<Listed> = spec
        .domains
        .iter()
        .map(|domain| Listed {
            name: domain.name.clone(),
            dmarc: domain.dmarc,
            accepts_mail: !domain.moving_from_another_server,
            accounts: accounts.get(&domain.name).copied().unwrap_or(0),
            aliases: aliases.get(&domain.name).copied().unwrap_or(0),
            dns: states.remove(&domain.name).unwrap_or_default(),
        })
        .collect();
    let mut out = Output::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&Sheet { schema: 1, domains })?)?;
    } else {
        let width = domains.iter().map(|d| d.name.as_str().len()).max().unwrap_or(0).clamp(12, 40);
        writeln!(out, "{:width$}  {:10}  {:>8}  {:>7}  DNS", "Domain", "DMARC", "Accounts", "Aliases")?;
        for domain in &domains {
            let name = domain.name.unicode();
            let moving = if domain.accepts_mail { "" } else { "; moving here, its mail is not taken yet" };
            writeln!(
                out,
                "{name:width$}  {:10}  {:>8}  {:>7}  {}{moving}",
                domain.dmarc.as_str(),
                domain.accounts,
                domain.aliases,
                domain.dns.words()
            )?;
        }
    }
    out.flush()?;
    Ok(Exit::Done)
}
