//! A check's result as lines.

use crate::finding::{CheckResult, Outcome};
use crate::printable::printable;

/// How many ended how, one sentence.
pub fn summary(results: &[CheckResult]) -> String {
    let of = |outcome| results.iter().filter(|r| r.finding.outcome == outcome).count();
    format!(
        "{} of {} checks are ok, {} failed, {} warn, {} could not be made.",
        of(Outcome::Pass) + of(Outcome::Info),
        results.len(),
        of(Outcome::Fail),
        of(Outcome::Warn),
        of(Outcome::Unknown) + of(Outcome::Skipped),
    )
}

/// The result in one line, with what to do about it below.
pub fn lines(result: &CheckResult) -> Vec<String> {
    let finding = &result.finding;
    let mark = format!("[{}]", finding.outcome.word());
    let mut lines = vec![format!("  {mark:6} {}, {}: {}", result.id, result.subject, printable(&finding.found))];
    if !finding.expected.is_empty() && finding.outcome != Outcome::Pass {
        lines.push(format!("         expected: {}", printable(&finding.expected)));
    }
    let fix = finding.fix.iter().flat_map(|fix| fix.text.lines());
    lines.extend(fix.map(|line| format!("         {}", printable(line))));
    lines
}
