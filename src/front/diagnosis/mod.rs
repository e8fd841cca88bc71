//! A diagnosis on this machine: what is looked at in which order, and how fixes are carried out and proved. Every front
//! end shows what comes of it.

mod apart;
mod drift;
mod fix;
mod looks;
mod outside;
mod wait;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::apply::{self, Prepared};
use crate::checks::{CHECKS, Context, Selection, Updates, run as run_checks};
use crate::facts::Facts;
use crate::finding::{CheckResult, Outcome};
use crate::front::exit::Failure;
use crate::host::{Host, logs, on_all_cores};
use crate::plan::{Action, EditChoices, Edited, Plan};
use crate::probe::dns::DnsClient;
use crate::spec::{Domain, Spec};
use crate::stacks::Desired;
use crate::store::{Paths, pending};
use crate::symptoms::bounce::Bounce;
use crate::symptoms::log::Scan;
use crate::symptoms::{
    Concluded, Diagnosis, Evidence, Interview, Look, Opening, Server, Symptom, checks_of, diagnose, symptom_of,
};

pub use apart::{agreed, begin_apart, carry_out_agreed, follow};
pub use fix::carry_out;
pub use wait::{Waited, is_of_dns, wait_for_dns};

/// How long the checks of a symptom may take before what is known is judged.
const FIRST_VERDICT: Duration = Duration::from_secs(9);
/// How long the other checks may take at least, where those of the symptom found nothing.
const AT_LEAST: Duration = Duration::from_secs(3);
/// How long all checks may take where everything is looked for.
const EVERYTHING: Duration = Duration::from_secs(60);

/// What the operator gives beside his words.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Log files in place of this machine's logs.
    pub logs: Vec<PathBuf>,
    /// The domains of the machine that the logs are of.
    pub domains: Vec<Domain>,
    /// A bounce, or headers of a message.
    pub bounce: Option<Vec<u8>>,
}

/// A step of the reasoning, as it is shown.
pub type Trail = Vec<String>;

/// Who follows the checks, and may end them early.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Where results go as they come.
    pub updates: Option<Updates>,
    /// Ends the checks.
    pub cancel: CancellationToken,
}

/// The machine that is looked at.
pub struct Session {
    pub(super) host: Arc<dyn Host>,
    pub(super) paths: Paths,
    /// The wish that was applied; `None` where mailwizard did not set this machine up, or only logs are read.
    pub(super) spec: Option<Spec>,
    given: Given,
}

/// What is known of the machine before its checks are made.
#[derive(Clone)]
pub(super) struct Machine {
    spec: Spec,
    facts: Facts,
    desired: Desired,
}

impl From<Prepared> for Machine {
    fn from(prepared: Prepared) -> Self {
        Self { spec: prepared.spec, facts: prepared.facts, desired: prepared.desired }
    }
}

/// What a first look shows, before any check is made: enough to choose the questions by.
pub struct Glance {
    /// What is known.
    pub evidence: Evidence,
    /// What was done, in order.
    pub trail: Trail,
    /// What apply would do here, line by line.
    planned: Vec<String>,
    server: Server,
    machine: Option<Machine>,
    not_looked_at: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The symptom it belongs to.
    pub symptom: Option<&'static Symptom>,
    /// Causes, what was ruled out, what is left.
    pub diagnosis: Diagnosis,
    /// What was done, in order.
    pub trail: Trail,
    /// Every check that was made.
    pub results: Vec<CheckResult>,
    /// What apply would do here, line by line.
    pub planned: Vec<String>,
}

impl Session {
    /// On this machine. Logs that are given are another machine's: then nothing is asked of this one.
    pub fn new(host: Arc<dyn Host>, paths: Paths, given: Given) -> Result<Self, Failure> {
        let spec = match given.logs.is_empty() && host.is_root() {
            true => pending::load_spec(&*host, &paths.spec())?.map(Spec::normalised),
            false => None,
        };
        Ok(Self { host, paths, spec, given })
    }

    /// The machine's clock.
    pub fn now(&self) -> Timestamp {
        self.host.now()
    }

    /// Looks at what is cheap: the bounce, the logs, what is not as it was set up.
    pub fn glance(&self, interview: &Interview) -> Result<Glance, Failure> {
        let mut trail = Trail::new();
        let mut evidence = Evidence::default();
        self.read_bounce(&mut evidence, &mut trail);
        interview.tell(&mut evidence);
        self.read_logs(&mut evidence, &mut trail)?;
        let mut glance = Glance {
            evidence,
            trail,
            planned: Vec::new(),
            server: Server::default(),
            machine: None,
            not_looked_at: None,
        };
        if let Some(spec) = &self.spec {
            glance.server.hostname = Some(spec.hostname.to_string());
            glance.server.domain = spec.domains.first().map(|d| d.name.to_string());
            let choices = EditChoices::from(Edited::Replace);
            match apply::prepare(&*self.host, &self.paths, spec.clone(), &EditChoices::default()) {
                Ok(prepared) => {
                    glance.server.ipv4 = prepared.facts.addresses.egress_ipv4.map(|a| a.to_string());
                    glance.server.ipv6 = prepared.facts.addresses.egress_ipv6.map(|a| a.to_string());
                    glance.evidence.drift = drift::drift(&prepared);
                    glance.trail.push(match glance.evidence.drift.len() {
                        0 => "everything on this machine is as it was set up".into(),
                        1 => "1 thing is not as it was set up".into(),
                        n => format!("{n} things are not as they were set up"),
                    });
                    glance.evidence.looks = looks::looks(&*self.host, spec, &glance.evidence);
                    // A fix writes ours over what was changed by hand, so that is what is shown.
                    let plan = match prepared.plan.edits.is_empty() {
                        true => prepared.plan.clone(),
                        false => apply::prepare(&*self.host, &self.paths, spec.clone(), &choices)?.plan,
                    };
                    glance.planned = planned(&plan);
                    glance.machine = Some(Machine::from(prepared));
                }
                Err(error) => glance.not_looked_at = Some(format!("this machine could not be looked at: {error}")),
            }
        } else if self.given.logs.is_empty() {
            glance.not_looked_at = Some(match self.host.is_root() {
                true => "only logs were read: mailwizard has not set this machine up".into(),
                false => "nothing of this machine was looked at: that is for root, start it again with sudo".into(),
            });
        } else if self.given.domains.is_empty() {
            glance.not_looked_at =
                Some("only the logs were read; with --domain DOMAIN the DNS of that domain is looked at too".into());
        }
        Ok(glance)
    }

    /// Makes the checks that the symptoms need, and concludes.
    pub fn conclude(&self, glance: &Glance, interview: &Interview, watch: &Watch) -> Result<Found, Failure> {
        let mut evidence = glance.evidence.clone();
        let mut trail = glance.trail.clone();
        interview.tell(&mut evidence);
        if let Some(spec) = &self.spec
            && !interview.answers().is_empty()
        {
            // An address that was answered is looked for.
            evidence.looks = looks::looks(&*self.host, spec, &evidence);
        }
        evidence.looks.extend(receivers_verdicts(&evidence.bounce));
        let symptoms = interview.symptoms(&evidence);
        let mut steps = interview.trail(&evidence);
        let began = Instant::now();
        let mut wanted = checks_of(&symptoms);
        if let Opening::Check(id) = interview.opening() {
            wanted.insert(id.clone());
        } else if symptoms.is_empty() {
            wanted.clear();
        }
        if let Some(machine) = &glance.machine {
            self.check(machine, &wanted, &mut evidence, &mut trail, watch)?;
        } else if !self.given.domains.is_empty() {
            evidence.results = outside(self, &wanted, watch)?;
            trail.push(format!("{} checks of DNS made", evidence.results.len()));
        }
        let mut diagnosis = diagnose(&evidence, &symptoms, &glance.server);
        if let Some(machine) = &glance.machine
            && diagnosis.causes.iter().all(|cause| cause.is_last_resort)
            && !wanted.is_empty()
        {
            let left = FIRST_VERDICT.saturating_sub(began.elapsed()).max(AT_LEAST);
            self.check_the_rest(machine, left, &mut evidence, &mut trail, watch)?;
            diagnosis.causes = sure_causes(&evidence, &glance.server);
            if diagnosis.causes.iter().all(|cause| cause.is_last_resort)
                && self.wait_for_the_slow(machine, &mut evidence, &mut trail, watch)?
            {
                diagnosis.causes = sure_causes(&evidence, &glance.server);
            }
        }
        if let Some(sentence) = &glance.not_looked_at {
            diagnosis.remaining.insert(0, sentence.clone());
        }
        let symptom = symptom_of(&symptoms, &diagnosis.causes).or(symptoms.first().copied());
        steps.extend(trail);
        Ok(Found { symptom, diagnosis, trail: steps, results: evidence.results, planned: glance.planned.clone() })
    }

    fn read_bounce(&self, evidence: &mut Evidence, trail: &mut Trail) {
        let Some(content) = &self.given.bounce else { return };
        evidence.bounce = Bounce::read(content);
        let failed = evidence.bounce.failed.first();
        let status = failed.and_then(|f| f.status.as_deref().or(f.diagnostic.as_deref()));
        let verdicts: Vec<String> =
            evidence.bounce.authentication.iter().map(|a| format!("{}={}", a.method, a.result)).collect();
        trail.push(match (status, verdicts.is_empty(), evidence.bounce.is_empty()) {
            (Some(status), ..) => format!("the bounce says {status}"),
            (None, false, _) => format!("the receiver found {}", verdicts.join(", ")),
            (None, true, false) => "the bounce was read".into(),
            (None, true, true) => "the bounce says nothing that is known here".into(),
        });
    }

    fn read_logs(&self, evidence: &mut Evidence, trail: &mut Trail) -> Result<(), Failure> {
        let clock = logs::clock(&*self.host);
        if self.given.logs.is_empty() && !self.host.is_root() {
            return Ok(());
        }
        let since = clock.now() - i64::try_from(logs::A_DAY.as_secs()).unwrap_or_default();
        let of_this_machine = self.given.logs.is_empty();
        let mut scan = Scan::new(clock, of_this_machine.then_some(since));
        if of_this_machine {
            scan = scan.of_machine(self.host.interface_addresses()?);
        }
        let problems = on_all_cores(&mut scan, |each| {
            if of_this_machine {
                return Ok(logs::of_this_machine(&*self.host, logs::A_DAY, each));
            }
            self.given.logs.iter().try_for_each(|path| logs::file(&*self.host, path, each)).map(|()| Vec::new())
        })?;
        trail.extend(problems.into_iter().map(|problem| format!("not read: {problem}")));
        let kinds = scan.found().count();
        trail.push(format!("{} log lines read, {kinds} kinds of known lines", scan.lines()));
        evidence.log = Some(scan);
        Ok(())
    }

    fn check(
        &self,
        machine: &Machine,
        wanted: &BTreeSet<String>,
        evidence: &mut Evidence,
        trail: &mut Trail,
        watch: &Watch,
    ) -> Result<(), Failure> {
        let everything = wanted.is_empty();
        let only = if everything { BTreeSet::new() } else { with_needs(wanted.clone()) };
        let limit = if everything { EVERYTHING } else { FIRST_VERDICT };
        let began = Instant::now();
        evidence.results = self.run_watched(machine.clone(), only, limit, watch)?;
        let seconds = began.elapsed().as_secs_f32();
        trail.push(format!("{} checks made in {seconds:.1} s", made(&evidence.results)));
        Ok(())
    }

    /// The words may have led astray: what they did not lead to is looked at as well.
    fn check_the_rest(
        &self,
        machine: &Machine,
        limit: Duration,
        evidence: &mut Evidence,
        trail: &mut Trail,
        watch: &Watch,
    ) -> Result<(), Failure> {
        let known: BTreeSet<&str> = evidence.results.iter().map(|r| r.id.as_str()).collect();
        let rest = CHECKS.iter().map(|check| check.id).filter(|id| !known.contains(id));
        let rest: BTreeSet<String> = rest.map(str::to_owned).collect();
        let began = Instant::now();
        let results = self.run_watched(machine.clone(), rest, limit, watch)?;
        let seconds = began.elapsed().as_secs_f32();
        trail.push(format!(
            "nothing of that kind was wrong: {} other checks were made in {seconds:.1} s",
            made(&results)
        ));
        evidence.results.extend(results);
        Ok(())
    }

    /// Where nothing was found, what had not ended is waited for: a server that does not greet is slow to be seen. Says
    /// whether there was such a check.
    fn wait_for_the_slow(
        &self,
        machine: &Machine,
        evidence: &mut Evidence,
        trail: &mut Trail,
        watch: &Watch,
    ) -> Result<bool, Failure> {
        let slow: BTreeSet<String> =
            evidence.results.iter().filter(|r| r.was_stopped()).map(|r| r.id.clone()).collect();
        if slow.is_empty() || watch.cancel.is_cancelled() {
            return Ok(false);
        }
        let began = Instant::now();
        let results = self.run_watched(machine.clone(), slow.clone(), EVERYTHING, watch)?;
        let seconds = began.elapsed().as_secs_f32();
        trail.push(match slow.len() {
            1 => format!("1 check that had not ended was waited for: {seconds:.1} s"),
            n => format!("{n} checks that had not ended were waited for: {seconds:.1} s"),
        });
        evidence.results.retain(|result| !slow.contains(&result.id));
        evidence.results.extend(results);
        Ok(true)
    }

    /// Runs these checks, all when empty; what has not ended by the limit is given as skipped.
    pub(super) fn run_checks(
        &self,
        machine: Machine,
        only: BTreeSet<String>,
        limit: Duration,
    ) -> Result<Vec<CheckResult>, Failure> {
        self.run_watched(machine, only, limit, &Watch::default())
    }

    fn run_watched(
        &self,
        machine: Machine,
        only: BTreeSet<String>,
        limit: Duration,
        watch: &Watch,
    ) -> Result<Vec<CheckResult>, Failure> {
        let dns = DnsClient::system()?;
        let Machine { spec, facts, desired } = machine;
        let context = Context::for_this_server(self.host.clone(), &self.paths, spec, facts, desired, dns)?;
        let selection = Selection { only, ..Selection::default() };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let results = runtime.block_on(async {
            let cancel = watch.cancel.child_token();
            let stop = cancel.clone();
            let alarm = tokio::spawn(async move {
                tokio::time::sleep(limit).await;
                stop.cancel();
            });
            let results = run_checks(Arc::new(context), &selection, watch.updates.clone(), cancel).await;
            alarm.abort();
            results
        });
        runtime.shutdown_background();
        Ok(results)
    }
}

fn outside(session: &Session, wanted: &BTreeSet<String>, watch: &Watch) -> Result<Vec<CheckResult>, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let stop = watch.cancel.child_token();
    let watch = Watch { updates: watch.updates.clone(), cancel: stop.clone() };
    let results = runtime.block_on(async {
        let alarm = tokio::spawn(async move {
            tokio::time::sleep(FIRST_VERDICT).await;
            stop.cancel();
        });
        let results = outside::checks(session, wanted, &watch).await;
        alarm.abort();
        results
    });
    runtime.shutdown_background();
    results
}

fn made(results: &[CheckResult]) -> usize {
    results.iter().filter(|result| !result.was_stopped()).count()
}

/// What all checks together show, whatever the words were. What works, but could be better, is no cause where the words
/// did not lead to it. What a check sees is surer than a line of the log; where none sees anything, the log is what there is.
fn sure_causes(evidence: &Evidence, server: &Server) -> Vec<Concluded> {
    let mut sure = evidence.clone();
    sure.results.retain(|result| result.finding.outcome != Outcome::Warn);
    let mut causes = diagnose(&sure, &[], server).causes;
    if causes.iter().any(|cause| cause.is_seen) {
        causes.retain(|cause| cause.is_seen);
    }
    causes
}

/// What a plan does, with the changes of every file.
fn planned(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for action in &plan.actions {
        if matches!(action, Action::Remember) {
            continue;
        }
        lines.push(action.title());
        if let Action::WriteFile(change) = action {
            lines.extend(change.diff.lines().map(|line| format!("  {line}")));
        }
    }
    lines
}

/// The checks with those that must pass before they say anything.
pub(super) fn with_needs(mut ids: BTreeSet<String>) -> BTreeSet<String> {
    loop {
        let wanted = CHECKS.iter().filter(|check| ids.contains(check.id));
        let needs: BTreeSet<String> = wanted.flat_map(|check| check.needs).map(|id| (*id).to_owned()).collect();
        if needs.is_subset(&ids) {
            return ids;
        }
        ids.extend(needs);
    }
}

/// What the receiver found out about the sender, as looks.
fn receivers_verdicts(bounce: &Bounce) -> Vec<Look> {
    let failed = bounce
        .authentication
        .iter()
        .filter(|a| matches!(a.result.as_str(), "fail" | "softfail" | "permerror" | "none"));
    failed.map(|a| Look { id: "receiver-auth-failed", line: format!("the receiver found {}", a.clause) }).collect()
}
