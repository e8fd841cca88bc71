//! From what is known to the causes: concluded from evidence, never from the symptom alone.

use std::collections::BTreeSet;

use serde::Serialize;

use super::catalogue::{ALWAYS, Cause, Repair, Symptom, cause, causes, symptoms};
use super::evidence::{Evidence, of_drift, of_result};
use super::term::Term;
use crate::finding::{CheckResult, FixKind, Outcome};

/// What is known of the server, for the texts of fixes.
#[derive(Debug, Clone, Default)]
pub struct Server {
    /// Its host name.
    pub hostname: Option<String>,
    /// A domain it serves.
    pub domain: Option<String>,
    /// Its addresses.
    pub ipv4: Option<String>,
    /// See `ipv4`.
    pub ipv6: Option<String>,
}

/// What to do about a cause.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ProposedFix {
    /// Who carries it out.
    pub kind: FixKind,
    /// What to do, exact.
    pub text: String,
    /// Whether it was carried out.
    pub applied: bool,
    /// Whether the checks that failed pass since.
    pub proved: bool,
}

/// A cause that was concluded.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Concluded {
    /// Its id; that of the check where no cause of the catalogue covers it.
    pub id: String,
    /// One sentence.
    pub title: String,
    /// The lines that prove it.
    pub evidence: Vec<String>,
    /// The checks that it rests on.
    pub checks: Vec<String>,
    /// What to do.
    pub fix: ProposedFix,
    /// What carries the fix out.
    #[serde(skip)]
    pub repair: Option<Repair>,
    /// The checks that fail because of it, those that it rests on among them: they must pass when it is mended.
    #[serde(skip)]
    pub fails: Vec<String>,
    /// Whether the machine itself or the other side shows it, not a line of a log alone.
    #[serde(skip)]
    pub is_seen: bool,
    /// Whether it only says that something differs: what else is found is likelier.
    #[serde(skip)]
    pub is_last_resort: bool,
}

/// A cause that was not it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledOut {
    /// Its id.
    pub id: String,
    /// What speaks against it.
    pub why: String,
}

/// What is the matter.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Diagnosis {
    /// The causes, the surest first.
    pub causes: Vec<Concluded>,
    /// What was looked at and is not it.
    pub ruled_out: Vec<RuledOut>,
    /// What is left to look at when nothing was found, or not all.
    pub remaining: Vec<String>,
}

enum Verdict {
    Proved(Proof),
    RuledOut(String),
    Open,
}

struct Proof {
    evidence: Vec<String>,
    checks: Vec<String>,
    /// 3: a check or the other side says so; 2: a recent log line; 1: what every server's log shows.
    strength: u8,
}

/// Concludes. `of` are the symptoms that hurt, the likeliest first; none means everything is looked for.
pub fn diagnose(evidence: &Evidence, of: &[&Symptom], server: &Server) -> Diagnosis {
    let mentioned = evidence.mentioned();
    let candidates = candidates(of, &mentioned);
    let mut proved: Vec<(&Cause, Proof)> = Vec::new();
    let mut diagnosis = Diagnosis::default();
    for cause in &candidates {
        match judge(cause, evidence, of, &mentioned) {
            Verdict::Proved(proof) => proved.push((cause, proof)),
            Verdict::RuledOut(why) => diagnosis.ruled_out.push(RuledOut { id: cause.id.clone(), why }),
            Verdict::Open => {}
        }
    }
    // A failed check that no cause of these symptoms covers may be what a cause of others rests on.
    let open: Vec<&str> = unexplained(evidence, of, &proved).iter().map(|group| group[0].id.as_str()).collect();
    let others =
        causes().iter().filter(|c| !c.everyday && !c.last_resort && !candidates.iter().any(|own| own.id == c.id));
    for cause in others {
        if let Verdict::Proved(proof) = judge(cause, evidence, of, &mentioned)
            && proof.checks.iter().any(|id| open.contains(&id.as_str()))
        {
            proved.push((cause, proof));
        }
    }
    let explained: Vec<bool> = (0..proved.len())
        .map(|n| {
            let (cause, _) = &proved[n];
            proved.iter().enumerate().any(|(other, (by, _))| {
                // Of two that explain each other the likelier one stays.
                other != n && explains(by, &cause.id) && (!explains(cause, &by.id) || other < n)
            })
        })
        .collect();
    // What a consequence rests on is covered by its cause.
    let consequences = proved.iter().zip(&explained).filter(|(_, explained)| **explained);
    let covered: BTreeSet<String> = consequences.flat_map(|((_, proof), _)| proof.checks.clone()).collect();
    let mut keep = explained.iter().map(|e| !e);
    proved.retain(|_| keep.next().unwrap_or(true));
    // What every log shows is no cause where a better one is.
    if proved.iter().any(|(_, proof)| proof.strength > 1) {
        proved.retain(|(_, proof)| proof.strength > 1);
    }
    proved.sort_by_key(|(_, proof)| std::cmp::Reverse(proof.strength));

    let mut failed = unexplained(evidence, of, &proved);
    failed.retain(|group| !covered.contains(&group[0].id));
    // A failed check outweighs what every log shows.
    if !failed.is_empty() {
        proved.retain(|(_, proof)| proof.strength > 1);
    }
    diagnosis.causes = proved.into_iter().map(|(cause, proof)| concluded(cause, proof, evidence, server)).collect();
    diagnosis.causes.extend(failed.into_iter().map(|results| from_check(&results, evidence)));
    let concluded: BTreeSet<String> = diagnosis.causes.iter().map(|c| c.id.clone()).collect();
    diagnosis.ruled_out.retain(|r| !concluded.contains(&r.id));
    diagnosis.remaining = remaining(evidence, of, diagnosis.causes.is_empty(), server);
    diagnosis
}

/// The checks that tell the causes of these symptoms apart, with those that are always made.
pub fn checks_of(of: &[&Symptom]) -> BTreeSet<String> {
    let own = of.iter().flat_map(|s| s.checks.iter().cloned());
    own.chain(ALWAYS.checks.iter().map(|id| (*id).to_owned())).collect()
}

/// Every cause that may be behind the symptoms: the first symptom's first, then what may always be.
fn candidates(of: &[&Symptom], mentioned: &BTreeSet<String>) -> Vec<&'static Cause> {
    if of.is_empty() {
        return causes().iter().collect();
    }
    let mut found: Vec<&'static Cause> = Vec::new();
    let ids = of.iter().flat_map(|s| s.causes.iter().map(String::as_str));
    let is_about_somebody = names_somebody(mentioned);
    let everyday = causes().iter().filter(|cause| is_about_somebody && cause.everyday).map(|cause| cause.id.as_str());
    for id in ids.chain(ALWAYS.causes.iter().copied()).chain(["edited-configuration"]).chain(everyday) {
        if let Some(cause) = cause(id)
            && !found.iter().any(|c| c.id == id)
        {
            found.push(cause);
        }
    }
    found
}

fn judge(cause: &Cause, evidence: &Evidence, of: &[&Symptom], mentioned: &BTreeSet<String>) -> Verdict {
    if let Some(against) = cause.unless.iter().find_map(|term| evidence.shows(term)) {
        return Verdict::RuledOut(against.into_iter().next().unwrap_or_default());
    }
    // Everyday lines count only for the first symptom, and only those about what the operator named. A person or an
    // address that he named makes them count whatever the symptom is.
    let is_of_the_first = of.first().is_some_and(|symptom| symptom.causes.contains(&cause.id));
    if cause.everyday && !is_of_the_first && !names_somebody(mentioned) {
        return Verdict::Open;
    }
    let about = |term: &&Term| !cause.everyday || mentioned.is_empty() || evidence.is_about(term, mentioned);
    let holds = |term: &&Term| evidence.is_recent(term) && about(term);
    let mut shown: Vec<(&Term, Vec<String>)> = Vec::new();
    for term in &cause.all {
        match Some(term).filter(holds).and_then(|term| evidence.shows(term)) {
            Some(lines) => shown.push((term, lines)),
            None => return passed(cause, evidence),
        }
    }
    let any: Vec<(&Term, Vec<String>)> =
        cause.any.iter().filter(holds).filter_map(|term| Some((term, evidence.shows(term)?))).collect();
    if !cause.any.is_empty() && any.is_empty() {
        return passed(cause, evidence);
    }
    shown.extend(any);
    let is_strong = |term: &Term| matches!(term, Term::Check { .. } | Term::Bounce { .. } | Term::Look { .. });
    let strength = match shown.iter().any(|(term, _)| is_strong(term)) {
        _ if cause.last_resort => 1,
        true => 3,
        false if cause.everyday => 1,
        false => 2,
    };
    let checks = shown.iter().filter_map(|(term, _)| match term {
        Term::Check { id, .. } => Some(id.clone()),
        _ => None,
    });
    let mut checks: Vec<String> = checks.collect();
    checks.dedup();
    let mut lines: Vec<String> = shown.into_iter().flat_map(|(_, lines)| lines).collect();
    lines.truncate(12);
    Verdict::Proved(Proof { evidence: lines, checks, strength })
}

fn names_somebody(mentioned: &BTreeSet<String>) -> bool {
    mentioned.iter().any(|m| m.contains('@') || m.parse::<std::net::IpAddr>().is_ok())
}

/// Ruled out where every check that could prove the cause passed, else open.
fn passed(cause: &Cause, evidence: &Evidence) -> Verdict {
    let mut why = Vec::new();
    for term in cause.any.iter().chain(&cause.all) {
        let Term::Check { id, outcome: Outcome::Fail, says } = term else { continue };
        let pass = Term::Check { id: id.clone(), outcome: Outcome::Pass, says: says.clone() };
        match evidence.shows(&pass) {
            Some(lines) => why.extend(lines.into_iter().take(1)),
            None => return Verdict::Open,
        }
    }
    match why.into_iter().next() {
        Some(line) => Verdict::RuledOut(line),
        None => Verdict::Open,
    }
}

fn explains(cause: &Cause, id: &str) -> bool {
    cause.explains.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(begins) => id.starts_with(begins),
        None => pattern == id,
    })
}

/// Failed checks of these symptoms that no concluded cause covers, those of one id together.
fn unexplained<'a>(evidence: &'a Evidence, of: &[&Symptom], proved: &[(&Cause, Proof)]) -> Vec<Vec<&'a CheckResult>> {
    let wanted = checks_of(of);
    let mut groups: Vec<Vec<&CheckResult>> = Vec::new();
    for result in evidence.results.iter().filter(|r| r.finding.outcome == Outcome::Fail) {
        let covered =
            proved.iter().any(|(cause, proof)| explains(cause, &result.id) || proof.checks.contains(&result.id));
        if covered || !(of.is_empty() || wanted.contains(&result.id)) {
            continue;
        }
        match groups.iter_mut().find(|g| g[0].id == result.id) {
            Some(group) => group.push(result),
            None => groups.push(vec![result]),
        }
    }
    groups
}

fn concluded(cause: &Cause, proof: Proof, evidence: &Evidence, server: &Server) -> Concluded {
    let failed = evidence.results.iter().filter(|r| proof.checks.contains(&r.id) && r.finding.outcome == Outcome::Fail);
    let mut fixes: Vec<String> = Vec::new();
    for fix in failed.filter_map(|r| r.finding.fix.as_ref()) {
        if !fixes.contains(&fix.text) {
            fixes.push(fix.text.clone());
        }
    }
    let units = units(evidence, &proof.checks);
    let repair = match &cause.repair {
        // Without results of this machine the log is another's.
        Some(_) if evidence.results.is_empty() => None,
        Some(Repair::ApplyOrRestart(units)) if evidence.drift.is_empty() => Some(Repair::Restart(units.clone())),
        Some(Repair::ApplyOrRestart(units)) => Some(Repair::ApplyAndRestart(units.clone())),
        Some(Repair::Apply | Repair::ApplyAndRestart(_)) if evidence.drift.is_empty() => None,
        Some(Repair::Restart(what)) => {
            let what = what.replace("{units}", &units);
            (!what.is_empty()).then_some(Repair::Restart(what))
        }
        other => other.clone(),
    };
    let mut lines = proof.evidence;
    if matches!(repair, Some(Repair::Apply | Repair::ApplyAndRestart(_))) {
        let drift = evidence.drift.iter().take(3).flat_map(of_drift);
        lines.extend(drift.filter(|line| !lines.contains(line)).collect::<Vec<_>>());
    }
    let text = filled(&cause.text, &fixes.join("\n"), server);
    let text = match &repair {
        Some(repair) => described(repair),
        None if text.trim().is_empty() => fixes.join("\n"),
        None => text,
    };
    let failed = evidence.results.iter().filter(|r| r.finding.outcome == Outcome::Fail);
    let consequences = failed.map(|r| &r.id).filter(|id| explains(cause, id) || proof.checks.contains(id));
    let fails: BTreeSet<String> = consequences.cloned().collect();
    Concluded {
        id: cause.id.clone(),
        title: cause.title.clone(),
        evidence: lines,
        checks: proof.checks,
        fix: fix(&repair, text),
        repair,
        fails: fails.into_iter().collect(),
        is_seen: proof.strength > 2,
        is_last_resort: cause.last_resort,
    }
}

/// A failed check is a cause by itself where the catalogue has none that covers it.
fn from_check(results: &[&CheckResult], evidence: &Evidence) -> Concluded {
    let first = results[0];
    let own = first.finding.fix.as_ref();
    let repair = (!evidence.drift.is_empty()).then_some(Repair::Apply);
    let text = match (&repair, own) {
        (Some(repair), _) => described(repair),
        (None, Some(own)) => own.text.clone(),
        (None, None) => first.why.clone(),
    };
    let mut lines: Vec<String> = results.iter().take(4).map(|r| of_result(r)).collect();
    if repair.is_some() {
        lines.extend(evidence.drift.iter().take(3).flat_map(of_drift));
    }
    Concluded {
        id: first.id.clone(),
        title: format!("{}: {}", first.subject, first.finding.found),
        evidence: lines,
        checks: vec![first.id.clone()],
        fix: fix(&repair, text),
        repair,
        fails: vec![first.id.clone()],
        is_seen: true,
        is_last_resort: false,
    }
}

fn fix(repair: &Option<Repair>, text: String) -> ProposedFix {
    let kind = if repair.is_some() { FixKind::Automatic } else { FixKind::Instructions };
    ProposedFix { kind, text: text.trim().to_owned(), applied: false, proved: false }
}

/// What a repair does, in words.
fn described(repair: &Repair) -> String {
    match repair {
        Repair::Apply | Repair::ApplyAndRestart(_) | Repair::ApplyOrRestart(_) => {
            "mailwizard apply: what is not as it was set up is put back; what it replaces goes into the \
                          history, and mailwizard undo takes it back."
                .into()
        }
        Repair::Renew => "mailwizard cert renew: a new certificate, taken up by every daemon.".into(),
        Repair::OwnMail => "chown -R vmail:vmail /var/vmail: the mail folders get their owner back.".into(),
        Repair::OwnQueue => "postfix set-permissions: the folders of the queue get their owner and mode back.".into(),
        Repair::Restart(units) => format!("systemctl restart {units}"),
    }
}

/// The units that the failed results of these checks are about.
fn units(evidence: &Evidence, checks: &[String]) -> String {
    let bad = |r: &&CheckResult| matches!(r.finding.outcome, Outcome::Fail | Outcome::Warn);
    let of = evidence.results.iter().filter(|r| checks.contains(&r.id)).filter(bad);
    let known =
        ["postfix", "dovecot", "rspamd", "redis-server", "unbound", "fail2ban", "opendkim", "opendmarc", "postsrsd"];
    let mut units: BTreeSet<&str> = BTreeSet::new();
    for result in of {
        let text = format!("{} {}", result.subject, result.finding.found).to_lowercase();
        units.extend(known.iter().filter(|unit| text.contains(*unit)));
        if result.id == "cert-served-each-port" {
            units.extend(["postfix", "dovecot"]);
        }
    }
    units.into_iter().collect::<Vec<_>>().join(" ")
}

fn filled(text: &str, fixes: &str, server: &Server) -> String {
    let or = |value: &Option<String>, word: &str| value.clone().unwrap_or_else(|| word.to_owned());
    text.replace("{hostname}", &or(&server.hostname, "the host name"))
        .replace("{domain}", &or(&server.domain, "your domain"))
        .replace("{ipv4}", &or(&server.ipv4, "its IPv4 address"))
        .replace("{ipv6}", &or(&server.ipv6, "its IPv6 address"))
        .replace("{fix}", fixes)
}

/// What is left to look at.
fn remaining(evidence: &Evidence, of: &[&Symptom], nothing_found: bool, server: &Server) -> Vec<String> {
    let mut left = Vec::new();
    let wanted = checks_of(of);
    let concerns = |r: &&CheckResult| of.is_empty() || wanted.contains(&r.id);
    let unknown = evidence.results.iter().filter(|r| r.finding.outcome == Outcome::Unknown).filter(concerns);
    left.extend(unknown.map(|r| format!("could not be found out: {}", of_result(r))).take(6));
    if nothing_found {
        let warn = evidence.results.iter().filter(|r| r.finding.outcome == Outcome::Warn).filter(concerns);
        left.extend(warn.map(|r| format!("works, but: {}", of_result(r))).take(6));
        left.extend(evidence.drift.iter().take(4).map(|d| of_drift(d).join("\n")));
        left.extend(evidence.looks.iter().filter(|l| l.id == "possible").map(|l| l.line.clone()));
        if of.is_empty() {
            left.extend(everyday(evidence));
        }
        let texts = of.first().into_iter().flat_map(|s| &s.remains);
        left.extend(texts.map(|text| filled(text, "", server)));
    }
    left
}

/// What the log says that every server's log says now and then: no fault by itself.
fn everyday(evidence: &Evidence) -> impl Iterator<Item = String> {
    let seen = causes().iter().filter(|cause| cause.everyday).filter_map(|cause| {
        let line = cause.any.iter().find_map(|term| evidence.shows(term))?.into_iter().next()?;
        Some(format!("ordinary by itself, unless it is what hurts: {} {line}", cause.title))
    });
    seen.take(6)
}

/// The symptom that a concluded cause belongs to, the first of `of` that has it.
pub fn symptom_of<'a>(of: &[&'a Symptom], causes: &[Concluded]) -> Option<&'a Symptom> {
    let first = causes.first()?;
    let own = of.iter().find(|s| s.causes.contains(&first.id) || s.checks.contains(&first.id));
    own.or(of.first()).copied()
}

/// Symptoms that a cause belongs to, for who begins with a failed check.
pub fn symptoms_with_check(id: &str) -> Vec<&'static Symptom> {
    let mut found: Vec<(usize, &'static Symptom)> =
        symptoms().iter().filter_map(|s| Some((s.checks.iter().position(|c| c == id)?, s))).collect();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, symptom)| symptom).take(2).collect()
}

#[cfg(test)]
mod reachable;
#[cfg(test)]
mod safety;
#[cfg(test)]
mod tests;
