//! What apply and undo tell, as lines for people or as JSON objects, one a line.

use std::io::{self, Write};

use serde_json::Value;

use crate::apply::{Event, Outcome};
use crate::front::exit::Exit;

/// The width that titles are filled up to, so that times stand below one another at 80 columns.
const TITLE: usize = 62;

/// Writes events as they come.
pub struct Progress<W: Write> {
    out: W,
    json: bool,
    titles: Vec<String>,
}

impl<W: Write> Progress<W> {
    /// For people, or as JSON.
    pub fn new(out: W, json: bool) -> Self {
        Self { out, json, titles: Vec::new() }
    }

    /// Writes one event.
    pub fn show(&mut self, event: &Event) -> io::Result<()> {
        if self.json {
            let line: Value = serde_json::to_value(event)?;
            writeln!(self.out, "{line}")?;
        } else {
            self.show_line(event)?;
        }
        self.out.flush()
    }

    fn show_line(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::Began { continued: true, .. } => writeln!(self.out, "Going on where the last run was stopped."),
            Event::Planned { steps } => {
                let first = self.titles.is_empty();
                self.titles.clone_from(steps);
                if first { writeln!(self.out, "{} steps.", steps.len()) } else { Ok(()) }
            }
            Event::Done { step, elapsed_ms } => self.line("[ok]", *step, &seconds(*elapsed_ms)),
            Event::Failed { step, reason, goes_on } => {
                self.line(if *goes_on { "[warn]" } else { "[FAIL]" }, *step, "")?;
                self.wrapped(reason)
            }
            Event::Note { text } => {
                writeln!(self.out, "  [note]")?;
                self.wrapped(text)
            }
            Event::Finished { message, elapsed_ms, outcome, .. } => {
                let time =
                    if *outcome == Outcome::Unchanged { String::new() } else { format!(" ({})", seconds(*elapsed_ms)) };
                writeln!(self.out, "{message}{time}")
            }
            Event::Began { .. } | Event::Started { .. } | Event::Line { .. } => Ok(()),
        }
    }

    fn line(&mut self, mark: &str, step: usize, time: &str) -> io::Result<()> {
        let title = step.checked_sub(1).and_then(|at| self.titles.get(at)).map_or("", String::as_str);
        writeln!(self.out, "  {mark:<6} {:<TITLE$} {time:>8}", crate::printable::excerpt(title, TITLE))
    }

    fn wrapped(&mut self, text: &str) -> io::Result<()> {
        for line in textwrap::wrap(&crate::printable::printable(text), 70) {
            writeln!(self.out, "         {line}")?;
        }
        Ok(())
    }
}

/// "0.1 s", "18.2 s".
fn seconds(ms: u64) -> String {
    format!("{}.{} s", ms / 1000, ms % 1000 / 100)
}

/// The exit code that belongs to an outcome.
pub fn exit(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::Unchanged | Outcome::Done => Exit::Done,
        Outcome::OperatorMustAct => Exit::OperatorMustAct,
        Outcome::Failed => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_80_columns_and_name_the_step() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, false);
        let steps = vec!["install postfix dovecot-core rspamd ... (11)".to_owned(), "x".repeat(90)];
        for event in [
            Event::Planned { steps },
            Event::Done { step: 1, elapsed_ms: 18_230 },
            Event::Failed { step: 2, reason: "it \u{1b}[2J did not ".repeat(9), goes_on: false },
        ] {
            progress.show(&event).unwrap();
        }
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(
            text.contains("  [ok]   install postfix dovecot-core rspamd ... (11)") && text.contains("18.2 s"),
            "{text}"
        );
        assert!(text.contains("[FAIL]") && !text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn json_is_one_object_a_line() {
        let mut out = Vec::new();
        let mut progress = Progress::new(&mut out, true);
        progress.show(&Event::Started { step: 1, at: "2026-11-21T06:00:00Z".into() }).unwrap();
        progress.show(&Event::Note { text: "two\nlines".into() }).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert_eq!(
            serde_json::from_str::<Event>(text.lines().nth(1).unwrap()).unwrap(),
            Event::Note { text: "two\nlines".into() }
        );
    }
}
