//! The last look at our own server, kept to say what changed since.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::report::{Report, SCHEMA};
use crate::finding::{CheckResult, Fix, Outcome};
use crate::host::{Host, HostError};
use crate::plan::ObservedFile;
use crate::store::Paths;

/// A kept look: the report, when it was made, and the last verdict of each check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The report itself.
    #[serde(flatten)]
    pub report: Report,
    /// When it was made.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// The last verdict of each check and subject. It outlives looks that could not find out: a name server that does
    /// not answer for a minute is no news, neither when it goes nor when it comes back.
    #[serde(default)]
    verdicts: BTreeMap<String, Outcome>,
}

/// A check that ends otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The check.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// How it ended before.
    pub before: Outcome,
    /// How it ends now.
    pub now: Outcome,
    /// What is there now.
    pub found: String,
    /// What should be there.
    pub expected: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

impl Kept {
    /// A look to keep, after the one that was kept before.
    fn after(before: Option<Self>, report: Report, at: Timestamp) -> Self {
        let earlier = before.map(|kept| kept.verdicts).unwrap_or_default();
        let mut verdicts = BTreeMap::new();
        for result in &report.results {
            let key = key(result);
            // What is not looked at any more, an account's domain that is gone, is forgotten.
            let verdict = standing(result.finding.outcome).or_else(|| earlier.get(&key).copied());
            verdicts.extend(verdict.map(|outcome| (key, outcome)));
        }
        Self { report, at: Some(at), verdicts }
    }

    /// What of these results is otherwise than at the look that was kept. New checks and subjects are news only when
    /// they are not well.
    pub fn changes(&self, results: &[CheckResult]) -> Vec<Change> {
        let change = |result: &CheckResult| {
            let now = standing(result.finding.outcome)?;
            let before = self.verdicts.get(&key(result)).copied().unwrap_or(Outcome::Pass);
            (before != now).then(|| Change {
                id: result.id.clone(),
                subject: result.subject.clone(),
                before,
                now,
                found: result.finding.found.clone(),
                expected: result.finding.expected.clone(),
                fix: result.finding.fix.clone(),
            })
        };
        results.iter().filter_map(change).collect()
    }

    /// The look that was kept last; `None` where there is none that can be read.
    pub fn last(host: &dyn Host, paths: &Paths) -> Result<Option<Self>, HostError> {
        Self::read(host, &paths.last_check())
    }

    /// The look that the operator was last told about by mail, or else the one that was kept last; without either,
    /// one at which all was well, so that whatever is not is news.
    pub fn last_mailed(host: &dyn Host, paths: &Paths) -> Result<Self, HostError> {
        if let Some(mailed) = Self::read(host, &paths.last_mailed())? {
            return Ok(mailed);
        }
        let nothing = || Self { report: Report::new(Vec::new()), at: None, verdicts: BTreeMap::new() };
        Ok(Self::last(host, paths)?.unwrap_or_else(nothing))
    }

    fn read(host: &dyn Host, path: &Path) -> Result<Option<Self>, HostError> {
        let file = host.read(path)?;
        // One of another version is as good as none: it only serves to compare with.
        let kept = file.and_then(|f| serde_json::from_slice(&f.content).ok());
        let kept = kept.filter(|kept: &Self| kept.report.schema == SCHEMA);
        // One from before verdicts were kept has them in its results.
        Ok(kept.map(|kept| match (kept.at, kept.verdicts.is_empty()) {
            (None, true) => Self { at: None, ..Self::after(None, kept.report, Timestamp::UNIX_EPOCH) },
            _ => kept,
        }))
    }
}

impl Report {
    /// Keeps it as the last one (0600: it holds names of accounts).
    pub fn save(&self, host: &dyn Host, paths: &Paths) -> Result<(), HostError> {
        self.save_after(Kept::last(host, paths)?, host, paths, &paths.last_check())
    }

    /// Keeps it as the one that the operator was told about by mail.
    pub fn save_mailed(&self, before: Kept, host: &dyn Host, paths: &Paths) -> Result<(), HostError> {
        self.save_after(Some(before), host, paths, &paths.last_mailed())
    }

    fn save_after(&self, before: Option<Kept>, host: &dyn Host, paths: &Paths, to: &Path) -> Result<(), HostError> {
        let kept = Kept::after(before, self.clone(), host.now());
        let content = serde_json::to_vec(&kept)
            .map_err(|e| HostError::Unexpected { what: "the report".into(), reason: e.to_string() })?;
        host.make_directory(paths.var(), 0o700, "root", "root")?;
        let (owner, group) = ("root".into(), "root".into());
        host.write(to, &ObservedFile { content, mode: 0o600, owner, group })
    }

    /// The report that was kept last; `None` where there is none that can be read.
    pub fn last(host: &dyn Host, paths: &Paths) -> Result<Option<Self>, HostError> {
        Ok(Kept::last(host, paths)?.map(|kept| kept.report))
    }
}

/// The three verdicts that count as different; `None` when there was none.
fn standing(outcome: Outcome) -> Option<Outcome> {
    match outcome {
        Outcome::Pass | Outcome::Info => Some(Outcome::Pass),
        Outcome::Warn | Outcome::Fail => Some(outcome),
        Outcome::Unknown | Outcome::Skipped => None,
    }
}

fn key(result: &CheckResult) -> String {
    format!("{} {}", result.id, result.subject)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::{Area, Finding};
    use crate::host::FakeHost;

    fn result(id: &str, finding: Finding) -> CheckResult {
        CheckResult {
            id: id.into(),
            subject: "example.org".into(),
            area: Area::Dns,
            finding,
            why: "Because.".into(),
            rfc: "RFC 1".into(),
            elapsed: Duration::from_millis(12),
        }
    }

    fn changed(kept: &Kept, results: &[CheckResult]) -> Vec<(String, Outcome)> {
        kept.changes(results).into_iter().map(|c| (c.id, c.now)).collect()
    }

    #[test]
    fn only_verdicts_that_differ_are_news() {
        let (host, paths) = (FakeHost::default(), Paths::default());
        let look = |results: Vec<CheckResult>| {
            let kept = Kept::last(&host, &paths).unwrap();
            let news = kept.map(|kept| changed(&kept, &results)).unwrap_or_default();
            Report::new(results).save(&host, &paths).unwrap();
            news
        };
        let (well, broken) = (|| Finding::pass("fine"), || Finding::fail("gone", "there"));
        assert_eq!(look(vec![result("a", well()), result("b", broken())]), []);
        assert_eq!(look(vec![result("a", Finding::info("fine, too")), result("b", broken())]), []);
        assert_eq!(
            look(vec![result("a", broken()), result("b", well())]),
            [("a".to_owned(), Outcome::Fail), ("b".to_owned(), Outcome::Pass)]
        );
        // Not to know is no verdict: neither the silence nor its end is news.
        assert_eq!(look(vec![result("a", Finding::unknown("silent")), result("b", Finding::skipped("a"))]), []);
        assert_eq!(look(vec![result("a", broken()), result("b", well())]), []);
        assert_eq!(look(vec![result("a", broken()), result("b", well()), result("c", well())]), []);
        assert_eq!(host.read(&paths.last_check()).unwrap().unwrap().mode, 0o600);
    }

    #[test]
    fn a_report_from_before_there_were_verdicts_is_read() {
        let (host, paths) = (FakeHost::default(), Paths::default());
        let content = serde_json::to_vec(&Report::new(vec![result("a", Finding::pass("fine"))])).unwrap();
        let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
        host.write(&paths.last_check(), &file).unwrap();
        let kept = Kept::last(&host, &paths).unwrap().unwrap();
        assert_eq!((kept.at, kept.report.results.len()), (None, 1));
    }
}
