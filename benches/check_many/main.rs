//! How many domains a second `mailwizard check` judges, and in how much memory: 1,000 domains at one mail host, every
//! answer held back for 20 ms. Where `CHECKDMARC` names that program (version 6, PyPI), it is given some of the same
//! domains at the same name servers, and the two are compared.
//!
//! The name servers run in a process of their own, so that what is measured is only ours. Ends with 1 when more than
//! 100 MB were needed, when a question was asked twice, or when checkdmarc was less than 50 times slower.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark ends at the first thing that is wrong"
)]

mod name_servers;

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use mailwizard::checks::{Context, LookedAt, Selection, Summary, Survey, Visitor};
use mailwizard::finding::Area;
use mailwizard::probe::dns::DnsClient;
use mailwizard::probe::tls::Trust;
use mailwizard::spec::Domain;
use tokio_util::sync::CancellationToken;

/// How long every answer is held back.
const DELAY: Duration = Duration::from_millis(20);
const DOMAINS: usize = 1000;
/// checkdmarc takes about a second for each.
const DOMAINS_FOR_CHECKDMARC: usize = 20;
/// What the issue asks for.
const MOST_MEMORY_KB: u64 = 100_000;
const LEAST_FACTOR: f64 = 50.0;
/// What checkdmarc looks at too, and more.
const AREAS: [Area; 8] =
    [Area::Dns, Area::Spf, Area::Dkim, Area::Dmarc, Area::MtaSts, Area::Tlsrpt, Area::Dane, Area::Bimi];

/// The other process, ended with this.
struct NameServers {
    process: Child,
    port: u16,
}

impl NameServers {
    fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--serve", &DELAY.as_millis().to_string(), &DOMAINS.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().parse().expect("the name servers tell their port");
        Self { process, port }
    }
}

impl Drop for NameServers {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn domain(number: usize) -> String {
    format!("d{number:04}.org")
}

/// Domains a second, and the results.
async fn ours(port: u16) -> (f64, Summary, usize) {
    let resolver = SocketAddr::new(IpAddr::V4(name_servers::RESOLVER), port);
    let dns = DnsClient::at(resolver).authoritative_port(port);
    let base = Context::of_others(LookedAt::default(), dns.clone(), Trust::nobody(), Visitor::default());
    let survey = Survey {
        names: (0..DOMAINS).map(|n| Domain::parse(&domain(n)).unwrap()).collect(),
        base,
        selection: Selection { areas: AREAS.into(), concurrency: 256, ..Selection::default() },
        // The mail host itself is not dialled: checkdmarc is told not to, either.
        has_route: Box::new(|_| false),
        updates: None,
        cancel: CancellationToken::new(),
    };
    let began = Instant::now();
    let mut summary = Summary::default();
    let finished = survey.run();
    tokio::pin!(finished);
    while let Some((_, results)) = finished.next().await {
        summary += Summary::of(&results);
    }
    (DOMAINS as f64 / began.elapsed().as_secs_f64(), summary, dns.queries_sent())
}

/// The most memory that this process ever held.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn checkdmarc(program: &str) -> f64 {
    let began = Instant::now();
    let status = Command::new(program)
        .args((0..DOMAINS_FOR_CHECKDMARC).map(domain))
        .args(["--format", "json", "--nameserver", &name_servers::RESOLVER.to_string()])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "checkdmarc ended with {status}");
    DOMAINS_FOR_CHECKDMARC as f64 / began.elapsed().as_secs_f64()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|a| a == "--serve") {
        let number = |at: usize| arguments[at].parse::<u64>().unwrap();
        let domains = (0..usize::try_from(number(at + 2)).unwrap()).map(domain);
        name_servers::serve(Duration::from_millis(number(at + 1)), domains);
        return;
    }
    // `cargo test` runs benchmarks once to see that they work; only `cargo bench` measures.
    if arguments.iter().any(|a| a == "--test") {
        return;
    }
    let servers = NameServers::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (rate, summary, queries) = runtime.block_on(ours(servers.port));
    let memory = peak_kb();
    println!(
        "mailwizard: {DOMAINS} domains at one mail host, {rate:.0} a second, {queries} questions ({:.1} each), {} MB",
        queries as f64 / DOMAINS as f64,
        memory / 1000
    );
    println!("mailwizard: {summary:?}");
    let mut good = memory < MOST_MEMORY_KB;
    match std::env::var("CHECKDMARC") {
        Err(_) => println!("skipped: CHECKDMARC does not name that program, so there is nothing to compare with"),
        Ok(_) if servers.port != 53 => println!("skipped: checkdmarc asks port 53 only, which needs root to serve"),
        Ok(program) => {
            let theirs = checkdmarc(&program);
            let factor = rate / theirs;
            println!("checkdmarc: {theirs:.2} a second; mailwizard does {factor:.0} times as many");
            good &= factor >= LEAST_FACTOR;
        }
    }
    drop(servers);
    assert!(good, "more than {MOST_MEMORY_KB} kB, or less than {LEAST_FACTOR} times checkdmarc");
}
