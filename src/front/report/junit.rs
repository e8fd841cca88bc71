//! `check --junit`: a test suite for each name, for CI.

use std::io::{self, Write};

use super::{About, Format};
use crate::checks::Summary;
use crate::finding::{CheckResult, Outcome};

/// JUnit's XML as CI systems read it: a check that failed is a failure, one that could not be made an error, one that
/// was not made is skipped; what is only to look at passes, with its words as output.
pub struct Junit;

impl Format for Junit {
    fn begin(&mut self, _: &About, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mailwizard check\">")
    }

    fn part(&mut self, title: &str, results: &[CheckResult], out: &mut dyn Write) -> io::Result<()> {
        let count = |outcome| results.iter().filter(|r| r.finding.outcome == outcome).count();
        let time: f64 = results.iter().map(|r| r.elapsed.as_secs_f64()).sum();
        writeln!(
            out,
            "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{time:.3}\">",
            escaped(title),
            results.len(),
            count(Outcome::Fail),
            count(Outcome::Unknown),
            count(Outcome::Skipped)
        )?;
        for result in results {
            case(result, out)?;
        }
        writeln!(out, "</testsuite>")
    }

    fn end(&mut self, _: &Summary, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "</testsuites>")
    }
}

fn case(result: &CheckResult, out: &mut dyn Write) -> io::Result<()> {
    let finding = &result.finding;
    write!(
        out,
        "<testcase classname=\"{}\" name=\"{} {}\" time=\"{:.3}\">",
        result.area,
        escaped(&result.id),
        escaped(&result.subject),
        result.elapsed.as_secs_f64()
    )?;
    let found = escaped(&finding.found);
    match finding.outcome {
        Outcome::Pass | Outcome::Info => {}
        Outcome::Warn => write!(out, "<system-out>{}</system-out>", escaped(&words(result)))?,
        Outcome::Fail => write!(out, "<failure message=\"{found}\">{}</failure>", escaped(&words(result)))?,
        Outcome::Unknown => write!(out, "<error message=\"{found}\">{}</error>", escaped(&words(result)))?,
        Outcome::Skipped => write!(out, "<skipped message=\"{found}\"/>")?,
    }
    writeln!(out, "</testcase>")
}

fn words(result: &CheckResult) -> String {
    let finding = &result.finding;
    let mut lines = vec![format!("found: {}", finding.found)];
    if !finding.expected.is_empty() {
        lines.push(format!("expected: {}", finding.expected));
    }
    lines.push(format!("why: {} ({})", result.why, result.rfc));
    lines.extend(finding.fix.iter().map(|fix| format!("fix: {}", fix.text)));
    lines.extend(finding.evidence.iter().cloned());
    lines.join("\n")
}

/// Text in an attribute or element. What XML 1.0 cannot hold even as a reference becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\t' => escaped.push_str("&#9;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;
    use quick_xml::events::Event;

    use super::super::tests::written;
    use super::*;

    #[test]
    fn a_parser_reads_it_and_finds_every_result() {
        let text = written(&mut Junit);
        let mut reader = Reader::from_str(&text);
        let mut names = Vec::new();
        let mut message = String::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => break,
                Event::Start(tag) | Event::Empty(tag) => {
                    let name = tag.name().as_ref().to_owned();
                    for attribute in tag.attributes() {
                        let attribute = attribute.unwrap();
                        let value = attribute.value.into_owned();
                        if name == "failure" && attribute.key.as_ref() == "message" {
                            message = quick_xml::escape::unescape(&value).unwrap().into_owned();
                        }
                    }
                    names.push(name);
                }
                _ => {}
            }
        }
        let count = |name: &str| names.iter().filter(|n| *n == name).count();
        assert_eq!(
            (count("testsuite"), count("testcase"), count("failure"), count("error"), count("skipped")),
            (2, 10, 2, 2, 2)
        );
        assert_eq!(message, r#"<b>&"quoted"</b> | `x` \u{1b}[2J"#);
    }

    #[test]
    fn what_xml_cannot_hold_is_replaced() {
        assert_eq!(escaped("a\u{1b}b\u{0}<&>\""), "a\u{fffd}b\u{fffd}&lt;&amp;&gt;&quot;");
    }
}
