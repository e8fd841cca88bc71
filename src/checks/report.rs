//! A run's results as the object that `check --json` prints and the store keeps.

use serde::{Deserialize, Serialize};

use crate::finding::{Area, CheckResult, FixKind, Outcome};

/// The version of the object.
pub const SCHEMA: u32 = 1;

/// `check --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// How many results of each kind.
    pub summary: Summary,
    /// The results, in the order of the table.
    pub results: Vec<CheckResult>,
}

/// How many results of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the outcomes")]
pub struct Summary {
    pub pass: usize,
    pub info: usize,
    pub warn: usize,
    pub fail: usize,
    pub unknown: usize,
    pub skipped: usize,
}

/// How a run ended as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing failed.
    Good,
    /// All that failed are records that only the operator can publish.
    OperatorMustAct,
    /// Something failed.
    Failed,
}

impl Verdict {
    /// [`Verdict::OperatorMustAct`] when everything that failed stands in DNS and is the operator's to do.
    pub fn of(results: &[CheckResult]) -> Self {
        let failed: Vec<&CheckResult> = results.iter().filter(|r| r.finding.outcome == Outcome::Fail).collect();
        let is_record = |r: &&CheckResult| {
            let in_dns = matches!(r.area, Area::Dns | Area::Spf | Area::Dkim | Area::Dmarc);
            in_dns && r.finding.fix.as_ref().is_none_or(|f| f.kind == FixKind::Instructions)
        };
        match failed.len() {
            0 => Self::Good,
            n if failed.iter().filter(|r| is_record(r)).count() == n => Self::OperatorMustAct,
            _ => Self::Failed,
        }
    }
}

impl Summary {
    /// Counts results.
    pub fn of(results: &[CheckResult]) -> Self {
        let mut summary = Self::default();
        for result in results {
            *match result.finding.outcome {
                Outcome::Pass => &mut summary.pass,
                Outcome::Info => &mut summary.info,
                Outcome::Warn => &mut summary.warn,
                Outcome::Fail => &mut summary.fail,
                Outcome::Unknown => &mut summary.unknown,
                Outcome::Skipped => &mut summary.skipped,
            } += 1;
        }
        summary
    }
}

impl std::ops::AddAssign for Summary {
    fn add_assign(&mut self, more: Self) {
        self.pass += more.pass;
        self.info += more.info;
        self.warn += more.warn;
        self.fail += more.fail;
        self.unknown += more.unknown;
        self.skipped += more.skipped;
    }
}

impl Report {
    /// A report of these results.
    pub fn new(results: Vec<CheckResult>) -> Self {
        Self { schema: SCHEMA, summary: Summary::of(&results), results }
    }

    /// How it ended.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.results)
    }

    /// The results with this outcome.
    pub fn of(&self, outcome: Outcome) -> impl Iterator<Item = &CheckResult> {
        self.results.iter().filter(move |r| r.finding.outcome == outcome)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::Finding;

    fn result(area: Area, finding: Finding) -> CheckResult {
        CheckResult {
            id: "x".into(),
            subject: "this host".into(),
            area,
            finding,
            why: "Because.".into(),
            rfc: "RFC 1".into(),
            elapsed: Duration::from_millis(12),
        }
    }

    #[test]
    fn only_missing_records_leave_it_to_the_operator() {
        let dns = || result(Area::Dns, Finding::fail("none", "one").instructions("Publish it."));
        let smtp = || result(Area::Smtp, Finding::fail("closed", "open"));
        let unsigned = || result(Area::Dkim, Finding::fail("unsigned", "signed").automatic("mailwizard apply"));
        let good = || result(Area::Smtp, Finding::pass("fine"));
        assert_eq!(Report::new(vec![good()]).verdict(), Verdict::Good);
        assert_eq!(Report::new(vec![good(), dns()]).verdict(), Verdict::OperatorMustAct);
        assert_eq!(Report::new(vec![dns(), smtp()]).verdict(), Verdict::Failed);
        assert_eq!(Report::new(vec![dns(), unsigned()]).verdict(), Verdict::Failed);
    }

    #[test]
    fn the_object_has_the_documented_fields() {
        let report = Report::new(vec![result(Area::MtaSts, Finding::warn("a", "b").evidence(["line"]))]);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["summary"]["warn"], 1);
        let fields: Vec<&String> = json["results"][0].as_object().unwrap().keys().collect();
        for field in ["id", "subject", "area", "outcome", "found", "expected", "why", "rfc", "evidence", "elapsed_ms"] {
            assert!(fields.iter().any(|f| *f == field), "{field} is missing of {fields:?}");
        }
        assert_eq!(json["results"][0]["area"], "mta-sts");
        assert_eq!(json["results"][0]["elapsed_ms"], 12);
    }
}
