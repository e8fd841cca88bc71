//! How long the DNS page and the DNS checks of one domain take, in units of what depends on one another.
//!
//! Name servers and a resolver run in this process, and hold every answer back for 20 and 50 ms. The page compares all
//! wanted records of a domain at once; it cannot be faster than its longest chain of questions of which each needs the
//! answer before: which zone (NS), where its servers are (A), what they say. That chain is walked by itself, one
//! question after another, and set against the page. For the checks the chain is the slowest check alone. Ends with 1
//! when either takes more than 1.3 times its chain.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark ends at the first thing that is wrong"
)]

#[allow(dead_code, reason = "the tests of the crate use more of it than this")]
#[path = "../src/probe/dns/test_server.rs"]
mod test_server;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use divan::Bencher;
use futures_util::StreamExt;
use mailwizard::checks::{self, CHECKS, Context, Own, Selection};
use mailwizard::finding::Area;
use mailwizard::probe::dns::{DnsClient, RecordType};
use mailwizard::records::{DkimPublic, Known, Record, wanted};
use mailwizard::spec::{Domain, Fqdn, MailDomain, Selector, Spec};
use mailwizard::stacks::DkimAlgorithm;
use test_server::{Running, World};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// What is asked of DNS alone.
const AREAS: [Area; 8] =
    [Area::Dns, Area::Spf, Area::Dkim, Area::Dmarc, Area::MtaSts, Area::Tlsrpt, Area::Dane, Area::Bimi];
/// What the issue allows.
const MOST: f64 = 1.3;
/// The delays of every answer, in milliseconds.
const DELAYS: [u64; 2] = [20, 50];
/// Runs of which the middle one counts.
const RUNS: usize = 9;

/// A domain with everything published, in a world that is so slow.
struct Bench {
    world: Running,
    spec: Spec,
    known: Known,
    records: Vec<Record>,
}

impl Bench {
    async fn new(delay_ms: u64) -> anyhow::Result<Self> {
        let mut spec = Spec::new(Fqdn::parse("mail.example.org")?);
        spec.domains.push(MailDomain::new(Domain::parse("example.org")?));
        let mut known = Known { ipv4: Some(Ipv4Addr::new(198, 51, 100, 10)), ..Known::default() };
        // A key of the right form: only how it is fetched matters here.
        known.dkim.push(DkimPublic {
            domain: Domain::parse("example.org")?,
            selector: Selector::parse("e2026a")?,
            algorithm: DkimAlgorithm::Ed25519,
            public: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".into(),
        });
        let records = wanted(&spec, &known);
        let lines = |zone: &str| -> String {
            let inside = records.iter().filter(|r| r.zone == zone);
            inside
                .map(|r| format!("{} 3600 {} {}\n", r.name, r.kind.as_str(), mailwizard::records::text::zone_data(r)))
                .collect()
        };
        let world = World::new()
            .zone("example.org.", &["127.9.0.10", "127.9.0.11"], &lines("example.org."))
            .zone("100.51.198.in-addr.arpa.", &["127.9.0.12"], &lines("100.51.198.in-addr.arpa."))
            .delay(Duration::from_millis(delay_ms));
        Ok(Self { world: world.run().await, spec, known, records })
    }

    fn client(&self) -> DnsClient {
        DnsClient::at(self.world.resolver).authoritative_port(self.world.port)
    }

    /// Zone, address, record: one question after another.
    async fn chain(&self) -> Duration {
        let dns = self.client();
        let start = Instant::now();
        dns.resolve("example.org.", RecordType::NS).await;
        dns.resolve("n10.ns.org.", RecordType::A).await;
        let server = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 9, 0, 10)), self.world.port);
        dns.ask(server, "example.org.", RecordType::MX).await;
        start.elapsed()
    }

    /// Every wanted record, compared; how many of them are published.
    async fn page(&self) -> (Duration, usize) {
        let dns = self.client();
        let start = Instant::now();
        let compared: Vec<_> = dns.compare_all(&self.records, &self.spec.hostname).collect().await;
        let published = compared.iter().filter(|c| c.record.state.is_published()).count();
        (start.elapsed(), published)
    }

    /// The DNS checks that are selected; those of every area about DNS when `only` is `None`.
    async fn checks(&self, only: Option<&str>) -> (Duration, usize) {
        let own = Own { known: self.known.clone(), ..Own::wished(self.spec.clone()) };
        let context = Context::of_own(own, self.client());
        let selection = Selection {
            areas: AREAS.into(),
            only: only.into_iter().map(str::to_owned).collect(),
            concurrency: CHECKS.len(),
            ..Selection::default()
        };
        let start = Instant::now();
        let results = checks::run(Arc::new(context), &selection, None, CancellationToken::new()).await;
        (start.elapsed(), results.len())
    }

    /// The slowest check by itself.
    async fn slowest_check(&self) -> (Duration, &'static str) {
        let mut slowest = (Duration::ZERO, "");
        for check in CHECKS.iter().filter(|c| AREAS.contains(&c.area)) {
            let (took, results) = self.checks(Some(check.id)).await;
            if results > 0 && took > slowest.0 {
                slowest = (took, check.id);
            }
        }
        slowest
    }
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

async fn report(delay_ms: u64) -> anyhow::Result<bool> {
    let bench = Bench::new(delay_ms).await?;
    let (mut chains, mut pages, mut all_checks, mut slowest_checks) = (vec![], vec![], vec![], vec![]);
    let (mut published, mut results, mut slowest) = (0, 0, "");
    for _ in 0..RUNS {
        chains.push(bench.chain().await);
        let (page, count) = bench.page().await;
        pages.push(page);
        published = count;
        let (took, count) = bench.checks(None).await;
        all_checks.push(took);
        results = count;
        let (took, id) = bench.slowest_check().await;
        slowest_checks.push(took);
        slowest = id;
    }
    anyhow::ensure!(published == bench.records.len(), "only {published} of {} records compare", bench.records.len());
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    let ratio = |whole: Duration, chain: Duration| whole.as_secs_f64() / chain.as_secs_f64();
    let (chain, page) = (middle(chains), middle(pages));
    let (alone, together) = (middle(slowest_checks), middle(all_checks));
    println!(
        "{delay_ms} ms: page of {published} records {:.1} ms, longest chain {:.1} ms, ratio {:.2}",
        ms(page),
        ms(chain),
        ratio(page, chain)
    );
    println!(
        "{delay_ms} ms: {results} check results {:.1} ms, longest check ({slowest}) {:.1} ms, ratio {:.2}",
        ms(together),
        ms(alone),
        ratio(together, alone)
    );
    Ok(ratio(page, chain) <= MOST && ratio(together, alone) <= MOST)
}

#[divan::bench(args = DELAYS, sample_count = 20)]
fn page(bencher: Bencher<'_, '_>, delay_ms: u64) {
    let Ok(runtime) = Runtime::new() else { return };
    let Ok(bench) = runtime.block_on(Bench::new(delay_ms)) else { return };
    bencher.bench_local(|| runtime.block_on(bench.page()));
}

fn main() -> anyhow::Result<()> {
    // `cargo test` runs benchmarks once to see that they work; only `cargo bench` measures.
    if std::env::args().any(|a| a == "--test") {
        return Ok(());
    }
    let runtime = Runtime::new()?;
    let mut good = true;
    for delay in DELAYS {
        good &= runtime.block_on(report(delay))?;
    }
    divan::main();
    anyhow::ensure!(good, "more than {MOST} times the longest chain");
    Ok(())
}
