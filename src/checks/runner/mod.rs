//! Runs checks: what depends on what, how many at once, when to stop.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{CHECKS, Check, Context, Reach, Subject};
use crate::finding::{Area, CheckResult, Finding, FixKind, Outcome};
use crate::printable::printable;

/// Which checks are run, and how.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Only these areas; all when empty.
    pub areas: BTreeSet<Area>,
    /// Only these ids; all when empty.
    pub only: BTreeSet<String>,
    /// Not these ids.
    pub skip: BTreeSet<String>,
    /// How many run at once, for all names of a run together.
    pub concurrency: usize,
    /// A limit for each check in place of its own.
    pub timeout: Option<Duration>,
}

impl Default for Selection {
    fn default() -> Self {
        Self { areas: BTreeSet::new(), only: BTreeSet::new(), skip: BTreeSet::new(), concurrency: 16, timeout: None }
    }
}

impl Selection {
    /// Only these areas.
    pub fn of_areas(areas: impl IntoIterator<Item = Area>) -> Self {
        Self { areas: areas.into_iter().collect(), ..Self::default() }
    }

    fn takes(&self, check: &Check) -> bool {
        (self.areas.is_empty() || self.areas.contains(&check.area))
            && (self.only.is_empty() || self.only.contains(check.id))
            && !self.skip.contains(check.id)
    }
}

/// One result as it comes. `generation` is the number that the run was started with: who started another one since
/// drops it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The number of the run.
    pub generation: u64,
    /// How many results the run will give in all.
    pub of: usize,
    /// The result.
    pub result: CheckResult,
}

/// Where results go as they come: a channel and the number of the run.
#[derive(Debug, Clone)]
pub struct Updates {
    /// The channel; a receiver that is gone changes nothing.
    pub channel: UnboundedSender<Update>,
    /// The number of the run.
    pub generation: u64,
}

/// Runs every registered check that is selected. The results come in the order of [`CHECKS`], whatever the order they
/// ended in. When `cancel` is called, what has not ended is given as skipped.
pub async fn run(
    context: Arc<Context>,
    selection: &Selection,
    updates: Option<Updates>,
    cancel: CancellationToken,
) -> Vec<CheckResult> {
    run_these(CHECKS, context, selection, updates, cancel).await
}

/// One check with one subject.
struct Job {
    check: &'static Check,
    subject: Subject,
}

async fn run_these(
    checks: &[&'static Check],
    context: Arc<Context>,
    selection: &Selection,
    updates: Option<Updates>,
    cancel: CancellationToken,
) -> Vec<CheckResult> {
    let jobs: Vec<Job> = checks
        .iter()
        .filter(|check| selection.takes(check))
        .flat_map(|check| {
            let subjects = match check.reach {
                // One word about it is enough.
                Reach::ThisServer if context.own().is_err() => vec![Subject::ThisHost],
                _ => (check.subjects)(&context),
            };
            let ours = context.own().is_ok();
            let context = &context;
            subjects
                .into_iter()
                .filter(move |subject| ours || context.shared.claim(check.id, subject))
                .map(|subject| Job { check, subject })
        })
        .collect();
    let mut run = Run::new(jobs, updates);
    let places = context.shared.places(selection.concurrency);
    let mut tasks: JoinSet<(usize, Finding, Duration)> = JoinSet::new();
    loop {
        while tasks.len() < selection.concurrency.max(1) {
            let Some(next) = run.next_ready(&context) else { break };
            let Job { check, subject } = &run.jobs[next];
            let (check, subject, context) = (*check, subject.clone(), context.clone());
            let limit = selection.timeout.unwrap_or(check.timeout);
            let places = places.clone();
            tasks.spawn(async move {
                // Never closed.
                let _place = places.acquire_owned().await.ok();
                let began = Instant::now();
                let finding = match timeout(limit, (check.run)(context, subject)).await {
                    Ok(finding) => finding,
                    Err(_) => Finding::unknown(format!("it took longer than {} s", limit.as_secs_f32())),
                };
                (next, finding, began.elapsed())
            });
        }
        if tasks.is_empty() {
            break;
        }
        tokio::select! {
            () = cancel.cancelled() => {
                tasks.abort_all();
                break;
            }
            ended = tasks.join_next() => {
                if let Some(Ok((job, finding, elapsed))) = ended {
                    run.settle(job, of_this_run(&context, finding), elapsed);
                }
            }
        }
    }
    run.finish(cancel.is_cancelled())
}

/// `mailwizard apply` can do nothing about another's server.
fn of_this_run(context: &Context, mut finding: Finding) -> Finding {
    if context.own().is_err() {
        finding.fix = finding.fix.filter(|fix| fix.kind != FixKind::Automatic);
    }
    finding
}

/// The state of a run.
struct Run {
    jobs: Vec<Job>,
    results: Vec<Option<CheckResult>>,
    started: Vec<bool>,
    /// Jobs that failed, or were skipped because one they need did: those who need them are skipped too.
    blocking: HashSet<usize>,
    of_check: HashMap<&'static str, Vec<usize>>,
    updates: Option<Updates>,
}

impl Run {
    fn new(jobs: Vec<Job>, updates: Option<Updates>) -> Self {
        let mut of_check: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for (number, job) in jobs.iter().enumerate() {
            of_check.entry(job.check.id).or_default().push(number);
        }
        let results = jobs.iter().map(|_| None).collect();
        let started = vec![false; jobs.len()];
        Self { jobs, results, started, blocking: HashSet::new(), of_check, updates }
    }

    /// The next job whose needs are settled; jobs that cannot or may not run are settled on the way.
    fn next_ready(&mut self, context: &Context) -> Option<usize> {
        loop {
            let next = (0..self.jobs.len()).find(|job| !self.started[*job] && self.needs_are_settled(*job))?;
            self.started[next] = true;
            if let Some(because) = self.blocked_by(next) {
                self.blocking.insert(next);
                self.settle(next, Finding::skipped(format!("because {because} failed")), Duration::ZERO);
            } else {
                let Job { check, subject } = &self.jobs[next];
                match context.permits(check.reach, subject) {
                    Ok(()) => return Some(next),
                    Err(skipped) => self.settle(next, skipped, Duration::ZERO),
                }
            }
        }
    }

    /// The jobs that `job` needs: those of the same subject where there are any, else all of the needed check. A check
    /// that was not selected is not needed.
    fn needed(&self, job: usize) -> impl Iterator<Item = usize> {
        let Job { check, subject } = &self.jobs[job];
        check.needs.iter().flat_map(move |id| {
            let all = self.of_check.get(id).map(Vec::as_slice).unwrap_or_default();
            let same: Vec<usize> = all.iter().copied().filter(|n| self.jobs[*n].subject == *subject).collect();
            if same.is_empty() { all.to_vec() } else { same }
        })
    }

    fn needs_are_settled(&self, job: usize) -> bool {
        self.needed(job).all(|n| self.results[n].is_some())
    }

    fn blocked_by(&self, job: usize) -> Option<&'static str> {
        self.needed(job).find(|n| self.blocking.contains(n)).map(|n| self.jobs[n].check.id)
    }

    fn settle(&mut self, job: usize, mut finding: Finding, elapsed: Duration) {
        // What a check repeats from the network was made printable where it was read; this is for the one that forgets.
        finding.found = printable(&finding.found);
        finding.expected = printable(&finding.expected);
        let Job { check, subject } = &self.jobs[job];
        if finding.outcome == Outcome::Fail {
            self.blocking.insert(job);
        }
        let result = CheckResult {
            id: check.id.to_owned(),
            subject: subject.to_string(),
            area: check.area,
            finding,
            why: check.why.to_owned(),
            rfc: check.rfc.to_owned(),
            elapsed,
        };
        if let Some(updates) = &self.updates {
            let update = Update { generation: updates.generation, of: self.jobs.len(), result: result.clone() };
            // Nobody listens any more: the results are still returned.
            let _ = updates.channel.send(update);
        }
        self.results[job] = Some(result);
    }

    /// Everything that was settled, and what was not as skipped.
    fn finish(mut self, cancelled: bool) -> Vec<CheckResult> {
        for job in 0..self.jobs.len() {
            if self.results[job].is_none() {
                let finding = match cancelled {
                    true => Finding::stopped(),
                    false => Finding::unknown("the check itself broke off"),
                };
                self.settle(job, finding, Duration::ZERO);
            }
        }
        self.results.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests;
