//! `mailwizard check`: everything that can be found out about this server or another's, and what to do about it.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::check_names::names;
use super::message_file;
use crate::apply;
use crate::checks::{
    CHECKS, Context, LookedAt, Report, Selection, Summary, Survey, Update, Updates, Verdict, Visitor, run as run_checks,
};
use crate::finding::{Area, CheckResult};
use crate::front::check_progress::CheckProgress;
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::report::{About, Format, Json, Junit, Markdown, Prometheus, Text};
use crate::front::wish;
use crate::host::{Host, RealHost};
use crate::plan::EditChoices;
use crate::probe::dns::DnsClient;
use crate::probe::tls::Trust;
use crate::spec::{Domain, Fqdn, Selector};
use crate::store::{Paths, pending};

/// How many checks of our own server run at once: it has other things to do.
const AT_ONCE_OWN: usize = 16;
/// How many checks of others run at once: they mostly wait.
const AT_ONCE_OTHERS: usize = 256;

/// What to check, and how.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Domains and mail hosts to look at, '-' for a list on standard input; without any this server, as root
    #[arg(value_name = "DOMAIN|HOST")]
    names: Vec<String>,
    /// Print one JSON object
    #[arg(long, group = "format", conflicts_with = "list")]
    json: bool,
    /// Print a report in Markdown, to send to a provider
    #[arg(long, group = "format", conflicts_with = "list")]
    markdown: bool,
    /// Print JUnit XML, for CI
    #[arg(long, group = "format", conflicts_with = "list")]
    junit: bool,
    /// Print metrics for Prometheus
    #[arg(long, group = "format", conflicts_with = "list")]
    prometheus: bool,
    /// List every check with its area and end
    #[arg(long)]
    list: bool,
    /// Show every line of every dialogue below what is not well
    #[arg(long, conflicts_with = "format")]
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
    #[arg(long, value_name = "SELECTOR", value_delimiter = ',')]
    selector: Vec<String>,
    /// A message of yours as another provider delivered it, '-' to paste it: its verdicts and DKIM selectors
    #[arg(long, value_name = "FILE")]
    headers: Option<PathBuf>,
    /// Seconds that a check may take, in place of its own limit
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=600))]
    timeout: Option<u16>,
    /// How many checks run at once (16 for this server, 256 for others)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    concurrency: Option<u16>,
    /// Also test this host as only its owner may: relaying, guessing, many connections
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    intrusive: Vec<String>,
}

/// Runs the checks and prints what they found.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut out = Output::stdout();
    if args.list {
        for check in CHECKS {
            writeln!(out, "{:<28} {:<12} {}", check.id, check.area.as_str(), check.why)?;
        }
        out.flush()?;
        return Ok(Exit::Done);
    }
    let names = names(&args.names, &mut io::stdin().lock())?;
    let host: Arc<dyn Host> = Arc::new(RealHost);
    let paths = Paths::default();
    if args.names.is_empty() && !host.is_root() {
        return Err(Failure::new(
            Exit::Usage,
            "'mailwizard check' looks at this server: run it as root, or name a domain or host.",
        ));
    }
    if args.headers.as_ref().is_some_and(|path| path.as_os_str() == "-") && args.names.iter().any(|name| name == "-") {
        return Err(usage(
            "Names and a message cannot both come on standard input: give one of them as a file.".into(),
        ));
    }
    let message = args.headers.as_deref().map(message_file::read).transpose()?;
    let dns = dns(args.resolver.as_deref())?;
    let (mut own, names) = own_context(args, &host, &paths, names, dns.clone())?;
    let mut others = if names.is_empty() { None } else { Some(survey(args, &*host, names, dns)?) };
    if let Some(message) = message {
        let bases = own.iter_mut().map(|(_, context)| context).chain(others.iter_mut().map(|s| &mut s.base));
        bases.for_each(|context| context.given(message.clone()));
    }

    let about =
        About { at: host.now(), names: usize::from(own.is_some()) + others.as_ref().map_or(0, |s| s.names.len()) };
    let live = args.is_text() && about.names == 1 && io::stdout().is_terminal();
    let mut show = Show {
        format: args.format(live),
        progress: CheckProgress::new(about.names, live.then_some(args.transcripts)),
        out,
        summary: Summary::default(),
        verdict: Verdict::Good,
    };
    let selection = selection(args, AT_ONCE_OWN)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let interrupt = runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    });
    show.format.begin(&about, &mut show.out)?;
    if let Some((title, context)) = own {
        let results = runtime.block_on(show.own(context, &selection, cancel.clone()))?;
        // What was asked of a part only would hide the rest of the last look.
        if !cancel.is_cancelled() && args.is_whole() {
            Report::new(results.clone()).save(&*host, &paths)?;
        }
        show.part(&title, &results, true)?;
    }
    if let Some(survey) = others {
        runtime.block_on(show.others(survey, cancel.clone()))?;
    }
    interrupt.abort();
    runtime.shutdown_background();
    show.progress.clear()?;
    show.format.end(&show.summary, &mut show.out)?;
    show.out.flush()?;
    Ok(match show.verdict {
        _ if cancel.is_cancelled() => Exit::Left,
        Verdict::Good => Exit::Done,
        Verdict::Failed => Exit::Failed,
        Verdict::OperatorMustAct => Exit::OperatorMustAct,
    })
}

/// What is written while the checks run.
struct Show {
    format: Box<dyn Format>,
    progress: CheckProgress,
    out: Output<io::BufWriter<io::Stdout>>,
    summary: Summary,
    verdict: Verdict,
}

impl Show {
    /// `is_ours`: what the operator must do first counts as such; for another's server it is a failure like any other.
    fn part(&mut self, title: &str, results: &[CheckResult], is_ours: bool) -> io::Result<()> {
        self.progress.clear()?;
        self.format.part(title, results, &mut self.out)?;
        self.out.flush()?;
        self.summary += Summary::of(results);
        let verdict = match Verdict::of(results) {
            Verdict::OperatorMustAct if !is_ours => Verdict::Failed,
            verdict => verdict,
        };
        self.verdict = self.verdict.max(verdict);
        Ok(())
    }

    async fn own(
        &mut self,
        context: Context,
        selection: &Selection,
        cancel: CancellationToken,
    ) -> io::Result<Vec<CheckResult>> {
        let (updates, mut coming) = updates();
        let running = run_checks(Arc::new(context), selection, Some(updates), cancel);
        tokio::pin!(running);
        loop {
            tokio::select! {
                Some(update) = coming.recv() => self.progress.result(&update)?,
                results = &mut running => {
                    self.rest(&mut coming)?;
                    return Ok(results);
                }
            }
        }
    }

    async fn others(&mut self, survey: Survey, cancel: CancellationToken) -> io::Result<()> {
        let (updates, mut coming) = updates();
        let survey = Survey { updates: Some(updates), cancel: cancel.clone(), ..survey };
        let running = survey.run();
        tokio::pin!(running);
        loop {
            tokio::select! {
                Some(update) = coming.recv() => self.progress.result(&update)?,
                finished = running.next() => {
                    self.rest(&mut coming)?;
                    let Some((name, results)) = finished else { return Ok(()) };
                    self.progress.name()?;
                    if !(results.is_empty() && cancel.is_cancelled()) {
                        self.part(name.as_str(), &results, false)?;
                    }
                }
            }
        }
    }

    /// What has come and was not shown yet.
    fn rest(&mut self, coming: &mut UnboundedReceiver<Update>) -> io::Result<()> {
        while let Ok(update) = coming.try_recv() {
            self.progress.result(&update)?;
        }
        Ok(())
    }
}

fn updates() -> (Updates, UnboundedReceiver<Update>) {
    let (channel, coming): (UnboundedSender<Update>, _) = unbounded_channel();
    (Updates { channel, generation: 0 }, coming)
}

/// Our own server with its title, and the names of others.
type Divided = (Option<(String, Context)>, Vec<Domain>);

/// Our own server, when nothing was named or a name is one of its own, with its title; and the names that are left.
fn own_context(
    args: &Args,
    host: &Arc<dyn Host>,
    paths: &Paths,
    names: Vec<Domain>,
    dns: DnsClient,
) -> Result<Divided, Failure> {
    let everything = args.names.is_empty();
    // Without root nothing of ours can be read: our own domains are then looked at as others see them.
    let is_ours = everything || (host.is_root() && pending::load_spec(&**host, &paths.spec())?.is_some());
    if !is_ours {
        return Ok((None, names));
    }
    let spec = wish::applied(&**host, paths, None)?;
    let (ours, others): (Vec<Domain>, Vec<Domain>) =
        names.into_iter().partition(|name| spec.domain(name).is_some() || *name == spec.hostname);
    if ours.is_empty() && !everything {
        return Ok((None, others));
    }
    // Whoever names the host means all that is on it.
    let whole = everything || ours.iter().any(|name| *name == spec.hostname);
    let domains: BTreeSet<Domain> = if whole { BTreeSet::new() } else { ours.into_iter().collect() };
    let title = format!("this server ({})", spec.hostname);
    let prepared = apply::prepare(&**host, paths, spec, &EditChoices::default())?;
    let mut context =
        Context::for_this_server(host.clone(), paths, prepared.spec, prepared.facts, prepared.desired, dns)?;
    context.selectors = selectors(&args.selector)?;
    Ok((Some((title, context.only_domains(&domains))), others))
}

fn survey(args: &Args, host: &dyn Host, names: Vec<Domain>, dns: DnsClient) -> Result<Survey, Failure> {
    let visitor = Visitor { ehlo_name: ehlo_name(host), now: host.now() };
    let mut base = Context::of_others(LookedAt::default(), dns, Trust::system(), visitor);
    base.selectors = selectors(&args.selector)?;
    base.permitted = args
        .intrusive
        .iter()
        .map(|name| Fqdn::parse(name).map_err(|e| usage(e.to_string())))
        .collect::<Result<_, _>>()?;
    Ok(Survey {
        names,
        base,
        selection: selection(args, AT_ONCE_OTHERS)?,
        has_route: Box::new(|address| RealHost.egress(address).is_some()),
        updates: None,
        cancel: CancellationToken::new(),
    })
}

/// This machine's name where it is a full one, else an address literal (RFC 5321 section 4.1.3).
fn ehlo_name(host: &dyn Host) -> String {
    let file = host.read(std::path::Path::new("/etc/hostname")).ok().flatten().map(|f| f.content).unwrap_or_default();
    if let Ok(name) = Fqdn::parse(String::from_utf8_lossy(&file).trim()) {
        return name.as_str().to_owned();
    }
    // Towards an address of documentation: nothing is sent, it only tells which of ours would be used.
    match host.egress(IpAddr::from([192, 0, 2, 1])) {
        Some(IpAddr::V4(v4)) => format!("[{v4}]"),
        _ => "[127.0.0.1]".to_owned(),
    }
}

impl Args {
    fn is_whole(&self) -> bool {
        self.names.is_empty() && self.area.is_empty() && self.only.is_empty() && self.skip.is_empty()
    }

    fn is_text(&self) -> bool {
        !(self.json || self.markdown || self.junit || self.prometheus)
    }

    fn format(&self, live: bool) -> Box<dyn Format> {
        match () {
            () if self.json => Box::new(Json::default()),
            () if self.markdown => Box::new(Markdown),
            () if self.junit => Box::new(Junit),
            () if self.prometheus => Box::new(Prometheus::default()),
            () => Box::new(Text::new(self.transcripts, live)),
        }
    }
}

fn usage(sentence: String) -> Failure {
    Failure::new(Exit::Usage, sentence)
}

fn selection(args: &Args, at_once: usize) -> Result<Selection, Failure> {
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
        concurrency: args.concurrency.map_or(at_once, usize::from),
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

/// The resolver that is given, or the system's.
pub(super) fn dns(resolver: Option<&str>) -> Result<DnsClient, Failure> {
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
