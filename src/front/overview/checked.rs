//! The last look of the checks, as far as an overview tells of it.

use jiff::Timestamp;
use serde::Serialize;

use crate::checks::Summary;
use crate::finding::{Area, CheckResult, Outcome};
use crate::spec::Domain;

/// What the checks found when all of them ran last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LastCheck {
    /// When that was; `None` where it was not written down.
    pub at: Option<Timestamp>,
    /// The same as people say it: the time of a day, or the day.
    #[serde(skip)]
    pub clock: String,
    /// How many results of each kind.
    pub summary: Summary,
    /// What failed or warned, the worst first.
    pub trouble: Vec<Trouble>,
    /// Whether it is time to look again.
    #[serde(skip)]
    pub is_old: bool,
    /// Names that records were looked at for.
    #[serde(skip)]
    pub(super) looked_at: Vec<String>,
}

/// A result that is not well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// The check.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// Where it belongs.
    pub area: Area,
    /// [`Outcome::Fail`] or [`Outcome::Warn`].
    pub outcome: Outcome,
    /// What was found, one line.
    pub found: String,
}

/// How the records of a domain were at the last look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Records {
    /// Nobody looked since the domain is here.
    NotLookedAt,
    /// As wanted.
    Right,
    /// Some checks about them warn or fail: how many.
    Wrong(usize),
}

impl LastCheck {
    /// What these results say.
    pub fn of(results: &[CheckResult]) -> Self {
        let mut trouble: Vec<Trouble> = results.iter().filter_map(trouble).collect();
        trouble.sort_by_key(|t| t.outcome != Outcome::Fail);
        let looked_at = results.iter().filter(|r| is_about_records(r.area)).map(|r| r.subject.clone()).collect();
        Self { at: None, clock: String::new(), summary: Summary::of(results), trouble, is_old: false, looked_at }
    }

    /// How the records of this domain were.
    pub fn records(&self, domain: &Domain) -> Records {
        if !self.looked_at.iter().any(|subject| is_of(subject, domain)) {
            return Records::NotLookedAt;
        }
        match self.trouble.iter().filter(|t| is_about_records(t.area) && is_of(&t.subject, domain)).count() {
            0 => Records::Right,
            wrong => Records::Wrong(wrong),
        }
    }
}

fn trouble(result: &CheckResult) -> Option<Trouble> {
    let outcome = result.finding.outcome;
    let found = result.finding.found.split_whitespace().collect::<Vec<_>>().join(" ");
    matches!(outcome, Outcome::Fail | Outcome::Warn).then(|| Trouble {
        id: result.id.clone(),
        subject: result.subject.clone(),
        area: result.area,
        outcome,
        found,
    })
}

/// Whether what is wrong there is mended by publishing records.
pub(super) fn is_about_records(area: Area) -> bool {
    matches!(area, Area::Dns | Area::Spf | Area::Dkim | Area::Dmarc | Area::MtaSts | Area::Tlsrpt | Area::Dane)
}

fn is_of(subject: &str, domain: &Domain) -> bool {
    subject == domain.as_str()
        || subject.strip_suffix(domain.as_str()).is_some_and(|before| before.ends_with(['.', '@']))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::Finding;

    fn result(id: &str, area: Area, subject: &str, finding: Finding) -> CheckResult {
        CheckResult {
            id: id.into(),
            subject: subject.into(),
            area,
            finding,
            why: String::new(),
            rfc: String::new(),
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn each_domain_has_its_own_records() {
        let results = [
            result("dns-mx", Area::Dns, "example.org", Finding::pass("there")),
            result("dkim-record", Area::Dkim, "r2026a._domainkey.example.net", Finding::fail("none", "a key")),
            result("tls-versions", Area::Tls, "mail.example.org", Finding::warn("TLS 1.0", "1.2")),
        ];
        let last = LastCheck::of(&results);
        let records = |name: &str| last.records(&Domain::parse(name).unwrap());
        assert_eq!(records("example.org"), Records::Right, "TLS is no record");
        assert_eq!(records("example.net"), Records::Wrong(1));
        assert_eq!(records("ample.net"), Records::NotLookedAt);
        assert_eq!(last.trouble[0].id, "dkim-record", "the worst first");
    }
}
