//! Wanted records against published ones, all at once, again and again until somebody stops looking.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use super::{DnsClient, RecordType};
use crate::records::{ComparedRecord, Observation, Published, Record, RecordState, compare};
use crate::spec::{Domain, Fqdn};

/// The time between looks while something changes.
const SHORTEST_PAUSE: Duration = Duration::from_secs(5);
/// The time between looks when nothing does.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One record compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// Its place in the list that was given.
    pub index: usize,
    /// The comparison.
    pub record: ComparedRecord,
    /// What every server said.
    pub observation: Observation,
}

/// What a [`Watch`] reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// One record of the look going on now.
    Compared(Box<Compared>),
    /// Every record was compared.
    Done {
        /// When.
        at: jiff::Timestamp,
        /// When the next look begins, unless [`Watch::look_now`] is called.
        next_in: Duration,
    },
}

/// Looks that go on in the background; dropping it ends them.
pub struct Watch {
    looks: mpsc::Receiver<Look>,
    now: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    /// Begins to look at `wanted`, at once and then every 5 s, backing off to 60 s while nothing changes. `clock` gives
    /// the time of day.
    pub fn start(
        dns: DnsClient,
        wanted: Vec<Record>,
        hostname: Fqdn,
        clock: impl Fn() -> jiff::Timestamp + Send + 'static,
    ) -> Self {
        let (sender, looks) = mpsc::channel(64);
        let now = Arc::new(Notify::new());
        let wake = Arc::clone(&now);
        let task = tokio::spawn(async move {
            let mut pause = SHORTEST_PAUSE;
            let mut before: BTreeMap<usize, RecordState> = BTreeMap::new();
            loop {
                let look = dns.fresh();
                let mut states = BTreeMap::new();
                let mut comparisons = look.compare_all(&wanted, &hostname);
                while let Some(compared) = comparisons.next().await {
                    states.insert(compared.index, at_rest(compared.record.state));
                    if sender.send(Look::Compared(Box::new(compared))).await.is_err() {
                        return;
                    }
                }
                drop(comparisons);
                pause = if states == before { (pause * 2).min(LONGEST_PAUSE) } else { SHORTEST_PAUSE };
                before = states;
                if sender.send(Look::Done { at: clock(), next_in: pause }).await.is_err() {
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = wake.notified() => {}
                }
            }
        });
        Self { looks, now, task }
    }

    /// Waits for the next report; `None` when the looks have ended.
    pub async fn next(&mut self) -> Option<Look> {
        self.looks.recv().await
    }

    /// Looks again without waiting.
    pub fn look_now(&self) {
        self.now.notify_one();
    }
}

/// A state without the time that is left, which changes with every look.
fn at_rest(state: RecordState) -> RecordState {
    match state {
        RecordState::Stale { .. } => RecordState::Stale { ttl: None },
        other => other,
    }
}

impl DnsClient {
    /// Compares every record, all at once; each comes as soon as it is known.
    pub fn compare_all<'a>(
        &'a self,
        wanted: &'a [Record],
        hostname: &'a Fqdn,
    ) -> FuturesUnordered<impl Future<Output = Compared> + use<'a>> {
        let comparisons = wanted.iter().enumerate().map(move |(index, record)| async move {
            let observation = self.observe(&record.name, RecordType::from(record.kind)).await;
            Compared { index, record: compare(record, &observation, hostname), observation }
        });
        comparisons.collect()
    }

    /// What the domains have published already at their own names, as far as it is certain.
    pub async fn published(&self, domains: impl IntoIterator<Item = &Domain>) -> BTreeMap<Domain, Published> {
        let asked = domains.into_iter().map(|domain| async move {
            let (txt, mx) = tokio::join!(
                self.observe(domain.as_str(), RecordType::TXT),
                self.observe(domain.as_str(), RecordType::MX)
            );
            let data = |seen: &Observation| seen.settled().map(|a| a.data.clone()).unwrap_or_default();
            let unknown = Some(txt.trouble()).filter(|t| !t.is_empty());
            (domain.clone(), Published { txt: data(&txt), mx: data(&mx), unknown })
        });
        join_all(asked).await.into_iter().collect()
    }

    /// Puts each record into the zone that really holds its name, where that can be found out.
    pub async fn place(&self, records: &mut [Record]) {
        let asked = records.iter_mut().map(|record| async move {
            if let Ok(zone) = self.zone_of(&record.name).await {
                record.zone = zone.apex;
            }
        });
        join_all(asked).await;
    }
}
