//! What a run tells: text for people, and objects for programs.

use std::io::Write;

use super::output::Output;
use super::paragraph::wrapped;
use super::result_lines::lines;
use crate::apply::Event;
use crate::finding;

/// Text for people on standard output; with `--json` on standard error, and objects on standard output.
pub struct Teller {
    /// Where text for people goes.
    pub text: Box<dyn Write>,
    objects: Option<Box<dyn Write>>,
}

impl Teller {
    /// With objects beside the text, or without.
    pub fn new(json: bool) -> Self {
        if json {
            Self { text: Box::new(Output::new(std::io::stderr())), objects: Some(Box::new(Output::stdout())) }
        } else {
            Self { text: Box::new(Output::stdout()), objects: None }
        }
    }

    /// Says a paragraph.
    pub fn say(&mut self, paragraph: &str) -> std::io::Result<()> {
        wrapped(paragraph).iter().try_for_each(|line| self.line(line))
    }

    /// Says a line as it is.
    pub fn line(&mut self, line: &str) -> std::io::Result<()> {
        writeln!(self.text, "{line}")?;
        self.text.flush()
    }

    /// Leaves a line empty.
    pub fn gap(&mut self) -> std::io::Result<()> {
        self.line("")
    }

    /// Tells programs an object.
    pub fn tell(&mut self, object: &serde_json::Value) -> std::io::Result<()> {
        let Some(out) = &mut self.objects else { return Ok(()) };
        writeln!(out, "{object}")?;
        out.flush()
    }

    /// Tells an event of apply, in these lines for people.
    pub fn event(&mut self, event: &Event, lines: &[String]) -> std::io::Result<()> {
        lines.iter().try_for_each(|line| self.line(line))?;
        self.tell(&serde_json::to_value(event)?)
    }

    /// Tells the result of a check.
    pub fn result(&mut self, result: &finding::CheckResult) -> std::io::Result<()> {
        // What is as it should be is only counted.
        if !matches!(result.finding.outcome, finding::Outcome::Pass | finding::Outcome::Skipped) {
            for line in lines(result) {
                self.say(&line)?;
            }
        }
        self.tell(&serde_json::to_value(result)?)
    }
}
