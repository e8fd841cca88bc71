//! What apply and undo tell, as lines for people or as JSON objects, one a line.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::apply::{Event, HELD_UP, Outcome};
use crate::front::exit::Exit;
use crate::front::paragraph::wrapped;
use crate::printable::{excerpt, printable};

/// The width that titles are filled up to, so that times stand below one another at 80 columns.
const TITLE: usize = 62;

/// The least time between two lines about the same step: a screen reader reads every one of them.
const QUIET: Duration = Duration::from_secs(10);

/// Writes events as they come.
pub struct Progress<W: Write> {
    out: W,
    json: bool,
    lines: ProgressLines,
}

impl<W: Write> Progress<W> {
    /// For people, or as JSON.
    pub fn new(out: W, json: bool) -> Self {
        Self { out, json, lines: ProgressLines::new(Instant::now()) }
    }

    /// Writes one event.
    pub fn show(&mut self, event: &Event) -> io::Result<()> {
        if self.json {
            writeln!(self.out, "{}", serde_json::to_value(event)?)?;
        } else {
            for line in self.lines.lines(event, Instant::now()) {
                writeln!(self.out, "{line}")?;
            }
        }
        self.out.flush()
    }
}

/// Turns events into lines: one a step, more only where a step takes long.
pub struct ProgressLines {
    titles: Vec<String>,
    /// When the last line was told.
    last: Instant,
}

impl ProgressLines {
    /// Nothing was told yet.
    pub fn new(now: Instant) -> Self {
        Self { titles: Vec::new(), last: now }
    }

    /// The lines for one event, none when it is not worth any.
    pub fn lines(&mut self, event: &Event, now: Instant) -> Vec<String> {
        let lines = match event {
            Event::Began { continued: true, .. } => vec!["Going on where the last run was stopped.".into()],
            Event::Planned { steps } => {
                let first = self.titles.is_empty();
                self.titles.clone_from(steps);
                if first && !steps.is_empty() { vec![format!("{} steps.", steps.len())] } else { Vec::new() }
            }
            Event::Line { step, text } if text.starts_with(HELD_UP) || now.duration_since(self.last) >= QUIET => {
                let mut lines = vec![self.line("[run]", *step, "")];
                lines.extend(below(&excerpt(text, 70)));
                lines
            }
            Event::Done { step, elapsed_ms } => vec![self.line("[ok]", *step, &seconds(*elapsed_ms))],
            Event::Failed { step, reason, goes_on } => {
                let mut lines = vec![self.line(if *goes_on { "[warn]" } else { "[FAIL]" }, *step, "")];
                lines.extend(below(reason));
                lines
            }
            Event::Note { text } => {
                let mut lines = vec!["  [note]".to_owned()];
                lines.extend(below(text));
                lines
            }
            Event::Finished { message, elapsed_ms, outcome, .. } => {
                let time =
                    if *outcome == Outcome::Unchanged { String::new() } else { format!(" ({})", seconds(*elapsed_ms)) };
                wrapped(&format!("{}{time}", printable(message)))
            }
            Event::Began { .. } | Event::Started { .. } | Event::Line { .. } => Vec::new(),
        };
        if !lines.is_empty() {
            self.last = now;
        }
        lines
    }

    fn line(&self, mark: &str, step: usize, time: &str) -> String {
        let title = step.checked_sub(1).and_then(|at| self.titles.get(at)).map_or("", String::as_str);
        format!("  {mark:<6} {:<TITLE$} {time:>7}", excerpt(title, TITLE)).trim_end().to_owned()
    }
}

fn below(text: &str) -> Vec<String> {
    wrapped(&format!("         {}", printable(text)))
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
        Outcome::Stopped => Exit::Left,
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
    fn a_step_is_one_line_unless_it_takes_long() {
        let begin = Instant::now();
        let mut lines = ProgressLines::new(begin);
        lines.lines(&Event::Planned { steps: vec!["install postfix".into()] }, begin);
        let line = Event::Line { step: 1, text: "Unpacking postfix".into() };
        assert_eq!(lines.lines(&line, begin), Vec::<String>::new());
        assert_eq!(lines.lines(&line, begin + QUIET), ["  [run]  install postfix", "         Unpacking postfix"]);
        assert_eq!(lines.lines(&line, begin + QUIET), Vec::<String>::new());
        let waiting = Event::Line { step: 1, text: format!("{HELD_UP}the package lock is held by process 7 (apt)") };
        let shown = lines.lines(&waiting, begin + QUIET);
        assert_eq!(shown[1], "         held up: the package lock is held by process 7 (apt)");
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
