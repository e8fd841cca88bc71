//! A run of the checks as text: what failed first, each with what was found, what should be there, why and what to do;
//! then what may go wrong; then a line for each area.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{About, Format, counted};
use crate::checks::Summary;
use crate::finding::{Area, CheckResult, Outcome};

const COLUMNS: usize = 80;

/// Lines for a person.
pub struct Text {
    /// Every dialogue line below what is not well.
    pub with_evidence: bool,
    /// What is not well was shown as it came: only the areas and sums are left to write.
    pub shown_already: bool,
    several: bool,
}

impl Text {
    /// Of results that are written when all are there, or (`shown_already`) whose details were written one by one.
    pub fn new(with_evidence: bool, shown_already: bool) -> Self {
        Self { with_evidence, shown_already, several: false }
    }
}

impl Format for Text {
    fn begin(&mut self, about: &About, _: &mut dyn Write) -> io::Result<()> {
        self.several = about.names > 1;
        Ok(())
    }

    fn part(&mut self, title: &str, results: &[CheckResult], out: &mut dyn Write) -> io::Result<()> {
        if self.several {
            writeln!(out, "{title}: {}", counted(&Summary::of(results)))?;
        }
        for outcome in [Outcome::Fail, Outcome::Warn, Outcome::Unknown] {
            for result in results.iter().filter(|r| r.finding.outcome == outcome && !self.shown_already) {
                details(result, self.with_evidence, out)?;
            }
        }
        // Of many names the sums are enough.
        if self.several { Ok(()) } else { areas(results, out) }
    }

    fn end(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "\n{}.", counted(summary))
    }
}

/// One result with what was found, what should be there, why and what to do. `with_evidence` adds every dialogue line.
pub fn details(result: &CheckResult, with_evidence: bool, out: &mut dyn Write) -> io::Result<()> {
    let finding = &result.finding;
    writeln!(out, "[{}] {}  {}", finding.outcome.word(), result.id, result.subject)?;
    paragraph("found", &finding.found, out)?;
    if !finding.expected.is_empty() {
        paragraph("wanted", &finding.expected, out)?;
    }
    if finding.outcome != Outcome::Unknown {
        paragraph("why", &result.why, out)?;
    }
    if let Some(fix) = &finding.fix {
        paragraph("fix", &fix.text, out)?;
    }
    if with_evidence {
        for line in &finding.evidence {
            writeln!(out, "         | {line}")?;
        }
    }
    writeln!(out)
}

fn paragraph(label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    // A fix may hold lines of its own: records to paste stay as they are.
    for (number, line) in text.lines().enumerate() {
        let label = if number == 0 { label } else { "" };
        let first = format!("  {label:<7}");
        // What holds a key or another long word is there to be copied: a line break would end up in the copy.
        if line.split(' ').any(|word| word.len() > COLUMNS) {
            writeln!(out, "{first}{line}")?;
            continue;
        }
        let options = textwrap::Options::new(COLUMNS)
            .initial_indent(&first)
            .subsequent_indent("         ")
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for wrapped in textwrap::wrap(line, options) {
            writeln!(out, "{}", wrapped.trim_end())?;
        }
    }
    Ok(())
}

/// One line for each area: folded when all is well, else with the ids that are not.
fn areas(results: &[CheckResult], out: &mut dyn Write) -> io::Result<()> {
    let mut of: BTreeMap<Area, Vec<&CheckResult>> = BTreeMap::new();
    for result in results {
        of.entry(result.area).or_default().push(result);
    }
    for (area, results) in of {
        let not_well: Vec<&str> = distinct(&results, |o| matches!(o, Outcome::Fail | Outcome::Warn | Outcome::Unknown));
        let notes: Vec<&&CheckResult> = results.iter().filter(|r| r.finding.outcome == Outcome::Info).collect();
        let skipped = results.iter().filter(|r| r.finding.outcome == Outcome::Skipped).count();
        let looked = results.len() - skipped;
        let word = match worst(&results) {
            Some(outcome) => outcome.word(),
            None => Outcome::Skipped.word(),
        };
        let label = format!("[{word}]");
        let mut line = format!("{label:<7}{:<12}", area.as_str());
        line.push_str(&match not_well.is_empty() {
            true => format!("{looked} of {looked}"),
            false => format!("{} of {looked}: {}", looked - count(&results), not_well.join(", ")),
        });
        if skipped > 0 {
            line.push_str(&format!(" ({skipped} skipped)"));
        }
        let options = textwrap::Options::new(COLUMNS).subsequent_indent("                   ");
        for wrapped in textwrap::wrap(&line, options) {
            writeln!(out, "{wrapped}")?;
        }
        for note in notes {
            let text = format!("{}: {}", note.subject, note.finding.found);
            let options =
                textwrap::Options::new(COLUMNS).initial_indent("         note: ").subsequent_indent("               ");
            for wrapped in textwrap::wrap(&text, options) {
                writeln!(out, "{wrapped}")?;
            }
        }
    }
    Ok(())
}

fn count(results: &[&CheckResult]) -> usize {
    let bad = |o| matches!(o, Outcome::Fail | Outcome::Warn | Outcome::Unknown);
    results.iter().filter(|r| bad(r.finding.outcome)).count()
}

fn distinct<'a>(results: &[&'a CheckResult], test: fn(Outcome) -> bool) -> Vec<&'a str> {
    let mut ids: Vec<&str> = results.iter().filter(|r| test(r.finding.outcome)).map(|r| r.id.as_str()).collect();
    ids.dedup();
    ids
}

/// The worst outcome of those that looked; a note is no worse than well.
fn worst(results: &[&CheckResult]) -> Option<Outcome> {
    let looked = |outcome: Outcome| results.iter().any(|r| r.finding.outcome == outcome);
    [Outcome::Fail, Outcome::Warn, Outcome::Unknown].into_iter().find(|o| looked(*o)).or_else(|| {
        let well = looked(Outcome::Pass) || looked(Outcome::Info);
        well.then_some(Outcome::Pass)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::Finding;

    fn result(id: &str, area: Area, finding: Finding) -> CheckResult {
        CheckResult {
            id: id.into(),
            subject: "mail.example.org:25".into(),
            area,
            finding,
            why: "Without it mail to you travels in clear, and large senders mark or refuse the connection.".into(),
            rfc: "RFC 3207".into(),
            elapsed: Duration::ZERO,
        }
    }

    fn written(results: &[CheckResult], with_evidence: bool, out: &mut Vec<u8>) {
        let mut text = Text::new(with_evidence, false);
        text.begin(&About { names: 1, ..super::super::tests::about() }, out).unwrap();
        text.part("this server", results, out).unwrap();
        text.end(&Summary::of(results), out).unwrap();
    }

    #[test]
    fn failures_come_first_and_areas_fold() {
        let results = [
            result("smtp-greeting", Area::Smtp, Finding::pass("220")),
            result(
                "smtp-starttls",
                Area::Smtp,
                Finding::fail("STARTTLS is not offered", "STARTTLS").automatic("mailwizard apply").evidence(["> EHLO"]),
            ),
            result("imap-993", Area::Imap, Finding::pass("x")),
            result("imap-e2e", Area::Imap, Finding::skipped("no login")),
            result("firewall-local", Area::Firewall, Finding::info("no firewall is active")),
        ];
        let mut text = Vec::new();
        written(&results, false, &mut text);
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.starts_with("[FAIL] smtp-starttls  mail.example.org:25\n  found  STARTTLS is not offered\n"),
            "{text}"
        );
        assert!(text.contains("  fix    mailwizard apply\n"), "{text}");
        assert!(text.contains("[ok]   imap        1 of 1 (1 skipped)\n"), "{text}");
        assert!(text.contains("[FAIL] smtp        1 of 2: smtp-starttls\n"), "{text}");
        assert!(text.ends_with("\n2 ok, 1 to note, 1 failed, 1 skipped.\n"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
        let mut text = Vec::new();
        written(&results, true, &mut text);
        assert!(String::from_utf8(text).unwrap().contains("         | > EHLO\n"));
    }
}
