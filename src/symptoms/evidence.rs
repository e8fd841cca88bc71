//! What is known, and whether a term holds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;

use super::bounce::Bounce;
use super::log::{Hit, Scan, Seconds, Seen};
use super::term::Term;
use crate::finding::{CheckResult, Outcome};
use crate::printable::excerpt;

/// How old the last line of a pattern may be, in seconds, to count as what goes on now.
const RECENT: Seconds = 2 * 3600;

/// Something that is not as it was set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The file, where it is one.
    pub path: Option<PathBuf>,
    /// What would be done about it, one sentence.
    pub action: String,
    /// The lines that differ, "-" as it is and "+" as it was set up.
    pub lines: Vec<String>,
}

/// Something that a look at the machine found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What: "banned", "output-filter".
    pub id: &'static str,
    /// The line that shows it.
    pub line: String,
}

/// Everything that is known.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The operator's words.
    pub said: String,
    /// Results of checks; empty when only logs of another machine are there.
    pub results: Vec<CheckResult>,
    /// What the log said.
    pub log: Option<Scan>,
    /// What the other side said.
    pub bounce: Bounce,
    /// What is not as it was set up.
    pub drift: Vec<Drift>,
    /// What looks at the machine found.
    pub looks: Vec<Look>,
}

impl Evidence {
    /// The addresses, names and IP addresses that the operator said.
    pub fn mentioned(&self) -> BTreeSet<String> {
        let words =
            self.said.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '"' | '(' | ')'));
        words
            .map(|word| word.trim_matches(['.', ':', '?', '!', '\'']).to_lowercase())
            .filter(|word| {
                let is_ip = word.parse::<std::net::IpAddr>().is_ok();
                let is_code = word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
                word.contains('@') || is_ip || (word.contains('.') && !is_code && !word.contains('/'))
            })
            .collect()
    }

    /// Whether somebody logged in from this address, as far as the log goes back.
    pub fn has_logged_in(&self, address: &str) -> bool {
        let logins = self.log.as_ref().and_then(|log| log.seen("dc-login")).and_then(|seen| seen.parts.get("ip"));
        logins.is_some_and(|from| from.contains(address))
    }

    /// The results of a check that failed, or ended otherwise.
    fn of_check(&self, id: &str, outcome: Outcome, says: Option<&str>) -> Vec<&CheckResult> {
        let of: Vec<&CheckResult> = self.results.iter().filter(|r| r.id == id).collect();
        if outcome == Outcome::Pass {
            let own: Vec<&CheckResult> = of.into_iter().filter(|r| says.is_none_or(|text| mentions(r, text))).collect();
            let well = |r: &&CheckResult| matches!(r.finding.outcome, Outcome::Pass | Outcome::Info);
            return if own.iter().all(well) { own } else { Vec::new() };
        }
        of.into_iter().filter(|r| r.finding.outcome == outcome && says.is_none_or(|text| mentions(r, text))).collect()
    }

    /// What was seen of a pattern that says a text.
    fn of_log(&self, id: &str, says: Option<&str>) -> Option<(&Seen, Vec<&Hit>)> {
        let seen = self.log.as_ref()?.seen(id)?;
        let hits: Vec<&Hit> =
            seen.hits.iter().filter(|h| says.is_none_or(|text| h.message.to_lowercase().contains(text))).collect();
        (!hits.is_empty()).then_some((seen, hits))
    }

    /// Whether the last line of a pattern is recent, by this machine's clock or by the end of the log that was given.
    pub(super) fn is_recent(&self, term: &Term) -> bool {
        let Term::Log { id, .. } = term else { return true };
        let Some(log) = &self.log else { return false };
        let end = log.span().map(|(_, last)| last);
        match (log.seen(id).and_then(|seen| seen.last), end) {
            (Some(last), Some(end)) => end - last <= RECENT,
            // The log does not say when: what is in it counts.
            _ => true,
        }
    }

    /// Whether a line of the pattern names what the operator mentioned.
    pub(super) fn is_about(&self, term: &Term, mentioned: &BTreeSet<String>) -> bool {
        let Term::Log { id, says } = term else { return true };
        let Some((seen, hits)) = self.of_log(id, says.as_deref()) else { return false };
        let in_hits = hits.iter().any(|h| {
            let message = h.message.to_lowercase();
            mentioned.iter().any(|m| message.contains(m.as_str()))
        });
        in_hits || seen.parts.values().flatten().any(|v| mentioned.contains(&v.to_lowercase()))
    }

    /// The lines that show that a term holds; `None` when it does not.
    pub fn shows(&self, term: &Term) -> Option<Vec<String>> {
        let lines = match term {
            Term::Check { id, outcome, says } => {
                let results = self.of_check(id, *outcome, says.as_deref());
                results.iter().take(4).map(|r| of_result(r)).collect()
            }
            Term::Log { id, says } => {
                let (seen, hits) = self.of_log(id, says.as_deref())?;
                let mut lines: Vec<String> = hits.iter().rev().take(2).map(|h| of_hit(h)).collect();
                if seen.count > lines.len() {
                    lines.push(format!("log: {} such lines", seen.count));
                }
                lines
            }
            Term::Bounce { id } => {
                let line = self.bounce.line(id)?;
                vec![format!("the other side said: {line}")]
            }
            Term::Drift { below } => {
                let of = self.drift.iter().filter(|d| d.path.as_ref().is_some_and(|p| p.starts_with(below)));
                of.take(3).flat_map(of_drift).collect()
            }
            Term::Look { id } => self.looks.iter().filter(|l| l.id == id).map(|l| l.line.clone()).take(4).collect(),
            Term::Said { word } => {
                let said = self.said.to_lowercase();
                if said.contains(word.as_str()) { vec![format!("you said '{word}'")] } else { Vec::new() }
            }
        };
        (!lines.is_empty()).then_some(lines)
    }
}

fn mentions(result: &CheckResult, text: &str) -> bool {
    let finding = &result.finding;
    let own = [&result.subject, &finding.found];
    own.into_iter().chain(&finding.evidence).any(|line| line.to_lowercase().contains(text))
}

/// A result as a line of evidence.
pub(super) fn of_result(result: &CheckResult) -> String {
    let finding = &result.finding;
    let found = excerpt(&finding.found, 400);
    match finding.outcome {
        Outcome::Fail | Outcome::Warn if !finding.expected.is_empty() => {
            format!("{}, {}: {found}; wanted: {}", result.id, result.subject, excerpt(&finding.expected, 300))
        }
        _ => format!("{}, {}: {found}", result.id, result.subject),
    }
}

fn of_hit(hit: &Hit) -> String {
    let when = hit.time.and_then(|t| Timestamp::from_second(t).ok());
    let when = when.map_or_else(String::new, |t| t.strftime("%Y-%m-%d %H:%M:%SZ ").to_string());
    let program = if hit.program.is_empty() { String::new() } else { format!("{}: ", excerpt(&hit.program, 40)) };
    format!("log: {when}{program}{}", excerpt(&hit.message, 300))
}

/// What is not as it was set up, as lines of evidence.
pub(super) fn of_drift(drift: &Drift) -> Vec<String> {
    let mut lines = vec![format!("not as it was set up: {}", drift.action)];
    lines.extend(drift.lines.iter().take(12).map(|line| format!("  {}", excerpt(line, 200))));
    lines
}
