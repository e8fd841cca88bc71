//! A check's result as lines.

use crate::finding::CheckResult;
use crate::printable::printable;

/// The result in one line, with what to do about it below.
pub fn lines(result: &CheckResult) -> Vec<String> {
    let finding = &result.finding;
    let mark = format!("[{}]", finding.outcome.word());
    let mut lines = vec![format!("  {mark:6} {}, {}: {}", result.id, result.subject, printable(&finding.found))];
    if !finding.expected.is_empty() {
        lines.push(format!("         expected: {}", printable(&finding.expected)));
    }
    lines.extend(finding.fix.iter().map(|fix| format!("         {}", printable(&fix.text))));
    lines
}
