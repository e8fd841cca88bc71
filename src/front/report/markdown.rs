//! `check --markdown`: a report that can be sent to a provider.

use std::io::{self, Write};

use super::{About, Format, counted};
use crate::checks::Summary;
use crate::finding::{CheckResult, Outcome};

/// What is not well first, each with everything that was said on the wire; then every result in a table.
///
/// Whatever came from a network stands in code spans and fenced blocks, where nothing is a link, an image or markup.
#[derive(Default)]
pub struct Markdown;

impl Format for Markdown {
    fn begin(&mut self, about: &About, out: &mut dyn Write) -> io::Result<()> {
        let at = about.at.strftime("%Y-%m-%d %H:%M UTC");
        writeln!(out, "# Mail check\n\nMade by mailwizard {} at {at}.", env!("CARGO_PKG_VERSION"))
    }

    fn part(&mut self, title: &str, results: &[CheckResult], out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n## {}\n\n{}.", code(title), counted(&Summary::of(results)))?;
        for outcome in [Outcome::Fail, Outcome::Warn, Outcome::Unknown] {
            for result in results.iter().filter(|r| r.finding.outcome == outcome) {
                details(result, out)?;
            }
        }
        if results.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n### Every check\n\n| area | check | subject | result | found |\n|---|---|---|---|---|")?;
        for result in results {
            writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                result.area,
                result.id,
                cell(&result.subject),
                word(result.finding.outcome),
                cell(&crate::printable::excerpt(&result.finding.found, 160))
            )?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\nIn all: {}.", counted(summary))
    }
}

fn details(result: &CheckResult, out: &mut dyn Write) -> io::Result<()> {
    let finding = &result.finding;
    writeln!(out, "\n### {}: {} at {}\n", word(finding.outcome), result.id, code(&result.subject))?;
    writeln!(out, "- Found: {}", code(&finding.found))?;
    if !finding.expected.is_empty() {
        writeln!(out, "- Expected: {}", code(&finding.expected))?;
    }
    writeln!(out, "- Why: {}", result.why)?;
    writeln!(out, "- Rests on: {}", result.rfc)?;
    if let Some(fix) = &finding.fix {
        writeln!(out, "\nWhat to do:\n\n{}", block(&fix.text))?;
    }
    if !finding.evidence.is_empty() {
        writeln!(out, "\nWhat was asked and answered:\n\n{}", block(&finding.evidence.join("\n")))?;
    }
    Ok(())
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "ok",
        Outcome::Info => "to note",
        Outcome::Warn => "to look at",
        Outcome::Fail => "failed",
        Outcome::Unknown => "not known",
        Outcome::Skipped => "skipped",
    }
}

/// A code span: as many backticks as the text does not hold in a row (CommonMark section 6.1).
fn code(text: &str) -> String {
    let text = crate::printable::printable(text);
    if text.is_empty() {
        return "(empty)".into();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // A span that begins or ends with a backtick needs a space there, which is not shown.
    let space = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// The same inside a table, where a bar ends the cell even in a code span (GFM section 4.10).
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// A fenced block (CommonMark section 4.5).
fn block(text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let lines: Vec<String> = text.lines().map(crate::printable::printable).collect();
    format!("{fence}\n{}\n{fence}", lines.join("\n"))
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests::written;
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(code("![x](http://evil.example)"), "`![x](http://evil.example)`");
        assert_eq!(code("a ``b`"), "``` a ``b` ```");
        assert_eq!(code("x\n# y"), "`x\\n# y`");
        assert_eq!(cell("a|b"), "`a\\|b`");
        assert_eq!(block("a\n```\n# b\x1b[2J"), "````\na\n```\n# b\\u{1b}[2J\n````");
    }

    #[test]
    fn failures_come_first_and_every_result_is_in_the_table() {
        let text = written(&mut Markdown);
        let (failed, table) = (text.find("### failed: x-fail").unwrap(), text.find("### Every check").unwrap());
        assert!(failed < text.find("### to look at: x-warn").unwrap() && failed < table, "{text}");
        assert_eq!(text.matches("\n| smtp | x-").count(), 10, "{text}");
        assert!(text.contains("In all: 2 ok, 2 to look at, 2 failed, 2 not known, 2 skipped.\n"), "{text}");
        assert!(text.contains("```\n> EHLO\n```"), "{text}");
    }
}
