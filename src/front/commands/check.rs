//! `mailwizard check`: everything that can be found out about this server, and what to do about it.

use std::collections::BTreeSet;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::apply;
use crate::checks::{CHECKS, Context, Report, Selection, Verdict, run as run_checks};
use crate::finding::Area;
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::{check_report, wish};
use crate::host::{Host, RealHost};
use crate::plan::EditChoices;
use crate::probe::dns::DnsClient;
use crate::spec::{Domain, Selector, Spec};
use crate::store::Paths;

/// What to check, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these domains of this server, beside the server itself
    #[arg(value_name = "DOMAIN")]
    domains: Vec<String>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "list")]
    json: bool,
    /// List every check with its area and end
    #[arg(long)]
    list: bool,
    /// Show every line of every dialogue below what is not well
    #[arg(long, conflicts_with = "json")]
    transcripts: bool,
    /// Only these areas
    #[arg(long, value_name = "AREA", value_delimiter = ',')]
    area: Vec<String>,
    /// Only these checks
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    only: Vec<String>,
    /// Not these checks
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    skip: Vec<String>,
    /// Ask this resolver in place of the system's
    #[arg(long, value_name = "IP[:PORT]")]
    resolver: Option<String>,
    /// Look at this DKIM selector too
    #[arg(long, value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Seconds that a check may take, in place of its own limit
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=600))]
    timeout: Option<u16>,
    /// How many checks run at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
}

/// Runs the checks of this server and prints what they found.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut out = Output::stdout();
    if args.list {
        for check in CHECKS {
            writeln!(out, "{:<28} {:<12} {}", check.id, check.area.as_str(), check.why)?;
        }
        out.flush()?;
        return Ok(Exit::Done);
    }
    let selection = selection(args)?;
    let dns = dns(args.resolver.as_deref())?;
    let host: Arc<dyn Host> = Arc::new(RealHost);
    let paths = Paths::default();
    if !host.is_root() {
        return Err(Failure::new(Exit::Usage, "'mailwizard check' looks at this server: run it as root."));
    }
    let spec = wish::applied(&*host, &paths, None)?;
    let domains = domains(&args.domains, &spec)?;
    let prepared = apply::prepare(&*host, &paths, spec, &EditChoices::default())?;
    let mut context =
        Context::for_this_server(host.clone(), &paths, prepared.spec, prepared.facts, prepared.desired, dns)?;
    context.selectors = selectors(&args.selector)?;
    let context = context.only_domains(&domains);

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (results, stopped) = runtime.block_on(async {
        let cancel = CancellationToken::new();
        let stop = cancel.clone();
        let interrupt = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                stop.cancel();
            }
        });
        let results = run_checks(Arc::new(context), &selection, None, cancel.clone()).await;
        interrupt.abort();
        (results, cancel.is_cancelled())
    });
    runtime.shutdown_background();

    let report = Report::new(results);
    // What was asked of a part only would hide the rest of the last look.
    if !stopped && is_whole(args) {
        report.save(&*host, &paths)?;
    }
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
    } else {
        check_report::write(&report, args.transcripts, &mut out)?;
    }
    out.flush()?;
    Ok(match report.verdict() {
        _ if stopped => Exit::Left,
        Verdict::Good => Exit::Done,
        Verdict::Failed => Exit::Failed,
        Verdict::OperatorMustAct => Exit::OperatorMustAct,
    })
}

fn is_whole(args: &Args) -> bool {
    args.domains.is_empty() && args.area.is_empty() && args.only.is_empty() && args.skip.is_empty()
}

fn usage(sentence: String) -> Failure {
    Failure::new(Exit::Usage, sentence)
}

fn selection(args: &Args) -> Result<Selection, Failure> {
    let mut areas = BTreeSet::new();
    for name in &args.area {
        let names = Area::ALL.map(Area::as_str);
        let area = Area::ALL.into_iter().find(|a| a.as_str() == name);
        areas.insert(area.ok_or_else(|| unknown("an area of checks", name, &names))?);
    }
    let ids: Vec<&str> = CHECKS.iter().map(|c| c.id).collect();
    let known = |list: &[String]| -> Result<BTreeSet<String>, Failure> {
        list.iter()
            .map(|id| match ids.contains(&id.as_str()) {
                true => Ok(id.clone()),
                false => Err(unknown("a check", id, &ids)),
            })
            .collect()
    };
    Ok(Selection {
        areas,
        only: known(&args.only)?,
        skip: known(&args.skip)?,
        concurrency: usize::from(args.concurrency),
        timeout: args.timeout.map(|s| Duration::from_secs(u64::from(s))),
    })
}

fn unknown(what: &str, found: &str, known: &[&str]) -> Failure {
    let nearest = known.iter().max_by(|a, b| strsim::jaro_winkler(found, a).total_cmp(&strsim::jaro_winkler(found, b)));
    let hint = nearest.map(|n| format!(" Try '{n}'.")).unwrap_or_default();
    usage(format!(
        "'{}' is not {what}.{hint} 'mailwizard check --list' names all.",
        crate::printable::excerpt(found, 60)
    ))
}

fn dns(resolver: Option<&str>) -> Result<DnsClient, Failure> {
    let Some(text) = resolver else { return Ok(DnsClient::system()?) };
    let address = text
        .parse::<SocketAddr>()
        .or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53)))
        .map_err(|_| {
            let shown = crate::printable::excerpt(text, 60);
            usage(format!(
                "'{shown}' is not the address of a resolver. It looks like '192.0.2.53' or '[2001:db8::53]:53'."
            ))
        })?;
    Ok(DnsClient::at(address))
}

fn selectors(texts: &[String]) -> Result<Vec<Selector>, Failure> {
    texts.iter().map(|t| Selector::parse(t).map_err(|e| usage(e.to_string()))).collect()
}

fn domains(names: &[String], spec: &Spec) -> Result<BTreeSet<Domain>, Failure> {
    let mut wanted = BTreeSet::new();
    for name in names {
        let domain = Domain::parse(name).map_err(|e| usage(e.to_string()))?;
        if spec.domain(&domain).is_none() {
            let ours: Vec<&str> = spec.domains.iter().map(|d| d.name.as_str()).collect();
            return Err(usage(format!("'{domain}' is not a domain of this server. It has {}.", ours.join(", "))));
        }
        wanted.insert(domain);
    }
    Ok(wanted)
}
