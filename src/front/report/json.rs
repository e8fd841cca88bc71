//! `check --json`: one object, a result a line.

use std::io::{self, Write};

use super::{About, Format};
use crate::checks::{SCHEMA, Summary};
use crate::finding::CheckResult;

/// The object of the contract; the summary stands last, because it is known last.
#[derive(Default)]
pub struct Json {
    any: bool,
}

impl Format for Json {
    fn begin(&mut self, _: &About, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "{{\"schema\": {SCHEMA}, \"results\": [")
    }

    fn part(&mut self, _: &str, results: &[CheckResult], out: &mut dyn Write) -> io::Result<()> {
        for result in results {
            write!(out, "{}", if self.any { ",\n" } else { "\n" })?;
            self.any = true;
            serde_json::to_writer(&mut *out, result)?;
        }
        Ok(())
    }

    fn end(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "\n], \"summary\": ")?;
        serde_json::to_writer(&mut *out, summary)?;
        writeln!(out, "}}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{sample, written};
    use super::*;
    use crate::checks::Report;

    #[test]
    fn it_is_the_object_of_the_contract() {
        let text = written(&mut Json::default());
        let report: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(report.results, [sample(), sample()].concat());
        assert_eq!(report.summary, Report::new(report.results.clone()).summary);
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn no_results_are_an_empty_list() {
        let mut text = Vec::new();
        let mut json = Json::default();
        json.begin(&super::super::tests::about(), &mut text).unwrap();
        json.end(&Summary::default(), &mut text).unwrap();
        let report: Report = serde_json::from_slice(&text).unwrap();
        assert!(report.results.is_empty());
    }
}
