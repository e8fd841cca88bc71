//! How far a run of the checks is: one line on a terminal that rewrites itself, and what is not well as it comes.

use std::io::{self, IsTerminal as _, Write};
use std::time::{Duration, Instant};

use crate::checks::Update;
use crate::finding::Outcome;
use crate::front::report;

/// A shorter time than this between two rewritings is not seen anyway.
const BETWEEN: Duration = Duration::from_millis(150);

/// Shows a run while it goes on.
pub struct CheckProgress {
    /// Standard error is a terminal: there is a line to rewrite.
    line: bool,
    /// Results that are not well go to standard output at once, with their evidence where it is wanted.
    live: Option<bool>,
    /// How many names there are.
    names: usize,
    names_done: usize,
    done: usize,
    of: usize,
    last: Option<Instant>,
}

impl CheckProgress {
    /// `live` says that what is not well is written as it comes, and whether with every dialogue line.
    pub fn new(names: usize, live: Option<bool>) -> Self {
        let line = io::stderr().is_terminal();
        Self { line, live, names, names_done: 0, done: 0, of: 0, last: None }
    }

    /// A result came.
    pub fn result(&mut self, update: &Update) -> io::Result<()> {
        self.done += 1;
        self.of = update.of;
        let outcome = update.result.finding.outcome;
        if let (Some(with_evidence), Outcome::Fail | Outcome::Warn | Outcome::Unknown) = (self.live, outcome) {
            self.clear()?;
            let mut out = io::stdout().lock();
            report::details(&update.result, with_evidence, &mut out)?;
            out.flush()?;
        }
        self.show()
    }

    /// A name is finished.
    pub fn name(&mut self) -> io::Result<()> {
        self.names_done += 1;
        self.show()
    }

    fn show(&mut self) -> io::Result<()> {
        if !self.line || self.last.is_some_and(|at| at.elapsed() < BETWEEN) {
            return Ok(());
        }
        self.last = Some(Instant::now());
        let mut err = io::stderr().lock();
        // Back to the beginning of the line, and away with what stood there.
        match self.names {
            0 | 1 => write!(err, "\r\x1b[K{} of {} checks", self.done, self.of)?,
            names => write!(err, "\r\x1b[K{} of {names} names, {} checks", self.names_done, self.done)?,
        }
        err.flush()
    }

    /// Takes the line away.
    pub fn clear(&mut self) -> io::Result<()> {
        if !self.line || self.last.take().is_none() {
            return Ok(());
        }
        let mut err = io::stderr().lock();
        write!(err, "\r\x1b[K")?;
        err.flush()
    }
}
