//! `check --prometheus`: for node_exporter's textfile collector.

use std::io::{self, Write};

use super::{About, Format};
use crate::checks::Summary;
use crate::finding::{CheckResult, Outcome};

/// The text exposition format 0.0.4: one gauge a result, whose label says how it ended, and one for each sum.
#[derive(Default)]
pub struct Prometheus {
    at: i64,
}

impl Format for Prometheus {
    fn begin(&mut self, about: &About, out: &mut dyn Write) -> io::Result<()> {
        self.at = about.at.as_second();
        writeln!(out, "# HELP mailwizard_check Always 1; the label outcome says how the check ended.")?;
        writeln!(out, "# TYPE mailwizard_check gauge")
    }

    fn part(&mut self, _: &str, results: &[CheckResult], out: &mut dyn Write) -> io::Result<()> {
        for result in results {
            writeln!(
                out,
                "mailwizard_check{{check=\"{}\",area=\"{}\",subject=\"{}\",outcome=\"{}\"}} 1",
                escaped(&result.id),
                result.area,
                escaped(&result.subject),
                label(result.finding.outcome)
            )?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# HELP mailwizard_checks How many checks ended so.")?;
        writeln!(out, "# TYPE mailwizard_checks gauge")?;
        for (outcome, count) in [
            (Outcome::Pass, summary.pass),
            (Outcome::Info, summary.info),
            (Outcome::Warn, summary.warn),
            (Outcome::Fail, summary.fail),
            (Outcome::Unknown, summary.unknown),
            (Outcome::Skipped, summary.skipped),
        ] {
            writeln!(out, "mailwizard_checks{{outcome=\"{}\"}} {count}", label(outcome))?;
        }
        writeln!(out, "# HELP mailwizard_check_run_timestamp_seconds When the checks began.")?;
        writeln!(out, "# TYPE mailwizard_check_run_timestamp_seconds gauge")?;
        writeln!(out, "mailwizard_check_run_timestamp_seconds {}", self.at)
    }
}

/// The outcome as `check --json` has it.
fn label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Info => "info",
        Outcome::Warn => "warn",
        Outcome::Fail => "fail",
        Outcome::Unknown => "unknown",
        Outcome::Skipped => "skipped",
    }
}

/// A label's value: backslash, quotation mark and line feed are escaped, all else stands as it is.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::tests::written;
    use super::*;

    /// Reads a sample: name, labels, value, as the format's grammar has them.
    fn sample(line: &str) -> (String, Vec<(String, String)>, f64) {
        let (head, value) = line.rsplit_once(' ').unwrap();
        let Some((name, rest)) = head.split_once('{') else { return (head.into(), vec![], value.parse().unwrap()) };
        let mut rest = rest.strip_suffix('}').unwrap();
        let mut labels = Vec::new();
        while !rest.is_empty() {
            let (label, after) = rest.split_once("=\"").unwrap();
            let (mut text, mut characters) = (String::new(), after.char_indices());
            let end = loop {
                match characters.next().unwrap() {
                    (at, '"') => break at,
                    (_, '\\') => text.push(match characters.next().unwrap().1 {
                        'n' => '\n',
                        c => c,
                    }),
                    (_, c) => text.push(c),
                }
            };
            labels.push((label.to_owned(), text));
            rest = after[end + 1..].trim_start_matches(',');
        }
        (name.into(), labels, value.parse().unwrap())
    }

    #[test]
    fn every_line_is_a_sample_or_a_comment_and_metrics_stand_together() {
        let text = written(&mut Prometheus::default());
        let mut order: Vec<String> = Vec::new();
        let mut hostile = false;
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let (name, labels, _) = sample(line);
            hostile |= labels.iter().any(|(label, value)| label == "subject" && value == "a\\b \"c\"");
            if order.last() != Some(&name) {
                order.push(name);
            }
        }
        assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), order.len(), "a metric in two places: {order:?}");
        assert!(hostile, "{text}");
        assert!(text.ends_with("mailwizard_check_run_timestamp_seconds 1700000000\n"), "{text}");
        assert!(text.contains("mailwizard_checks{outcome=\"fail\"} 2\n"), "{text}");
    }
}
