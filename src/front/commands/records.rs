//! `mailwizard records [DOMAIN]`: the records to publish.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::wish;
use crate::host::{self, Host, RealHost};
use crate::keys::{acme, dkim};
use crate::probe::dns::DnsClient;
use crate::records::{Record, text};
use crate::spec::{Domain, Spec};
use crate::stacks::stack;
use crate::store::Paths;

/// Columns of the table: what every terminal has.
const COLUMNS: usize = 80;

/// What to print, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the host's records and this domain's
    #[arg(value_name = "DOMAIN")]
    domain: Option<String>,
    /// The answers file to take instead of what was accepted or applied
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// How to write them
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
}

/// The ways to write records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One line each, long texts cut
    #[default]
    Table,
    /// Lines for a zone file
    Zone,
    /// Fields for a provider's web form
    Web,
    /// One JSON object
    Json,
}

/// The whole of `--format json`.
#[derive(Serialize)]
struct Sheet<'a> {
    schema: u32,
    records: &'a [Record],
}

/// Prints the records; makes and keeps the DKIM keys that they name.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (host, paths) = (RealHost, Paths::default());
    if !host.is_root() {
        return Err(Failure::new(
            Exit::Failed,
            "the records name DKIM keys, which only root can read and make: start it again with sudo.",
        ));
    }
    let spec = wish::latest(&host, &paths, args.answers.as_deref())?;
    let only = args.domain.as_deref().map(|text| wish::served_domain(&spec, text)).transpose()?;
    let records = records(&host, &paths, &spec)?;
    let records: Vec<Record> = match &only {
        Some(domain) => records.into_iter().filter(|r| concerns(r, &spec, domain)).collect(),
        None => records,
    };
    let written = match args.format {
        Format::Table => table(&records),
        Format::Zone => text::zone_file(&records),
        Format::Web => text::web_form(&records),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&Sheet { schema: 1, records: &records })?),
    };
    let mut out = Output::stdout();
    out.write_all(written.as_bytes())?;
    out.flush()?;
    Ok(Exit::Done)
}

/// Whether a record is the host's or of this domain, and not of another one that is served.
fn concerns(record: &Record, spec: &Spec, domain: &Domain) -> bool {
    let within = |d: &Domain| {
        let apex = d.absolute();
        record.name == apex || record.name.strip_suffix(&apex).is_some_and(|head| head.ends_with('.'))
    };
    let owner = spec.domains.iter().map(|d| &d.name).filter(|d| within(d)).max_by_key(|d| d.as_str().len());
    record.name == spec.hostname.absolute() || owner.is_none_or(|owner| owner == domain)
}

fn records(host: &dyn Host, paths: &Paths, spec: &Spec) -> Result<Vec<Record>, Failure> {
    let facts = host::gather(host, stack(spec.stack).version_packages())?;
    let dkim = dkim::to_publish(host, paths, spec)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let dns = DnsClient::system()?;
        let mut known = dns.known(spec, &facts, dkim).await;
        acme::learn(&mut known, host, paths, spec).await?;
        if known.ipv4.is_none() && known.ipv6.is_none() {
            return Err(Failure::new(
                Exit::Failed,
                "this machine has no public address: give it as network.ipv4 in the answers file.",
            ));
        }
        Ok(dns.wanted(spec, &known).await)
    })
}

fn table(records: &[Record]) -> String {
    format!(
        "{}\nlast: publish it when everything else works. opt.: useful, but mail works without it.\nWhole texts and reasons: --format web for a provider's form, --format zone for a zone file.\n",
        text::table(records, COLUMNS)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{Phase, RecordKind};
    use crate::spec::{Fqdn, MailDomain};

    #[test]
    fn one_domain_means_its_records_and_the_hosts() {
        let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        for name in ["example.org", "sub.example.org", "other.net"] {
            spec.domains.push(MailDomain::new(Domain::parse(name).unwrap()));
        }
        let at = |name: &str| Record {
            name: name.into(),
            kind: RecordKind::Txt,
            ttl: 3600,
            data: String::new(),
            zone: String::new(),
            why: String::new(),
            required: true,
            phase: Phase::Before,
        };
        let other = Domain::parse("other.net").unwrap();
        for (name, concerned) in [
            ("mail.example.org.", true),
            ("10.2.0.192.in-addr.arpa.", true),
            ("_dmarc.other.net.", true),
            ("example.org.", false),
            ("_dmarc.sub.example.org.", false),
        ] {
            assert_eq!(concerns(&at(name), &spec, &other), concerned, "{name}");
        }
        assert!(!concerns(&at("_dmarc.sub.example.org."), &spec, &Domain::parse("example.org").unwrap()));
    }
}
