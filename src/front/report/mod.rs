//! A run of the checks in the formats that people, programs and monitoring read. Each writes one name after the other,
//! so that a run over a thousand names never holds all of their results.

mod json;
mod junit;
mod markdown;
mod prometheus;
mod text;

use std::io::{self, Write};

use jiff::Timestamp;

pub use json::Json;
pub use junit::Junit;
pub use markdown::Markdown;
pub use prometheus::Prometheus;
pub use text::{Text, details};

use crate::checks::Summary;
use crate::finding::CheckResult;

/// What a report is about.
#[derive(Debug, Clone)]
pub struct About {
    /// When the run began.
    pub at: Timestamp,
    /// How many names are looked at.
    pub names: usize,
}

/// Writes a run, part by part.
pub trait Format {
    /// What comes before the first result.
    fn begin(&mut self, about: &About, out: &mut dyn Write) -> io::Result<()>;
    /// All results of one name; `title` is the name.
    fn part(&mut self, title: &str, results: &[CheckResult], out: &mut dyn Write) -> io::Result<()>;
    /// What comes after the last result.
    fn end(&mut self, summary: &Summary, out: &mut dyn Write) -> io::Result<()>;
}

/// How many ended how, in words: "88 ok, 2 failed". Empty when there are none.
pub fn counted(summary: &Summary) -> String {
    let counts = [
        (summary.pass, "ok"),
        (summary.info, "to note"),
        (summary.warn, "to look at"),
        (summary.fail, "failed"),
        (summary.unknown, "not known"),
        (summary.skipped, "skipped"),
    ];
    let words: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::finding::{Area, Finding};

    pub fn about() -> About {
        About { at: Timestamp::from_second(1_700_000_000).unwrap(), names: 2 }
    }

    /// One result of each kind, with text that every format has to escape.
    pub fn sample() -> Vec<CheckResult> {
        let result = |id: &str, finding| CheckResult {
            id: id.into(),
            subject: r#"a\b "c""#.into(),
            area: Area::Smtp,
            finding,
            why: "Because.".into(),
            rfc: "RFC 1".into(),
            elapsed: Duration::from_millis(5),
        };
        let hostile = crate::printable::printable("<b>&\"quoted\"</b> | `x` \x1b[2J");
        vec![
            result("x-pass", Finding::pass("fine")),
            result("x-warn", Finding::warn("odd", "even")),
            result("x-fail", Finding::fail(hostile, "peace").instructions("Do\nthis.").evidence(["> EHLO"])),
            result("x-unknown", Finding::unknown("no answer")),
            result("x-skipped", Finding::skipped("not ours")),
        ]
    }

    /// Two names with those results, written.
    pub fn written(format: &mut dyn Format) -> String {
        let mut out = Vec::new();
        format.begin(&about(), &mut out).unwrap();
        format.part("one.example", &sample(), &mut out).unwrap();
        format.part("two.example", &sample(), &mut out).unwrap();
        format.end(&Summary::of(&[sample(), sample()].concat()), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}
