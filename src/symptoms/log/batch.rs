//! Lines in one piece, and what is found in them before it is known what came before: several can be looked at at once.

use std::ops::Range;

use super::line;
use super::own_checks::OwnChecks;
use super::patterns::Patterns;
use super::scan::{Passed, Scan};
use super::stamp::{Clock, Seconds};

/// Lines in one piece.
#[derive(Debug, Default)]
pub struct Batch {
    text: String,
    ends: Vec<usize>,
}

impl Batch {
    /// Adds a line.
    pub fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.ends.push(self.text.len());
    }

    /// How long its lines are together, each with its end: a log of empty lines has a length too.
    pub fn bytes(&self) -> usize {
        self.text.len() + self.ends.len()
    }

    /// Whether it has no line.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

/// What must be known to tell which lines say something.
pub struct Look {
    patterns: &'static Patterns,
    clock: Clock,
    since: Option<Seconds>,
    own: OwnChecks,
}

/// What was found in a batch.
pub struct Looked {
    batch: Batch,
    /// The lines that say nothing.
    passed: Passed,
    /// The others, in order, with the patterns that they match.
    telling: Vec<(Range<usize>, Vec<usize>)>,
}

impl Look {
    /// Looks at every line.
    pub fn at(&self, batch: Batch) -> Looked {
        let (mut passed, mut telling) = (Passed::default(), Vec::new());
        let mut start = 0;
        for end in batch.ends.iter().copied() {
            let line = line::read(&batch.text[start..end], &self.clock);
            if !line.is_before(self.since) {
                let found = self.patterns.matching(&line);
                if found.is_empty() && !self.own.is_to_follow(&line) {
                    passed.line(line.time);
                } else {
                    telling.push((start..end, found));
                }
            }
            start = end;
        }
        Looked { batch, passed, telling }
    }
}

impl Scan {
    /// What is needed to look at lines beside one another.
    pub fn look(&self) -> Look {
        Look { patterns: self.patterns, clock: self.clock.clone(), since: self.since, own: self.own.clone() }
    }

    /// Counts what was found in the batch that comes next in the log, and gives the batch back, emptied.
    pub fn take(&mut self, looked: Looked) -> Batch {
        let Looked { mut batch, passed, telling } = looked;
        self.pass(passed);
        for (at, found) in telling {
            self.found_in(&batch.text[at], found);
        }
        batch.text.clear();
        batch.ends.clear();
        batch
    }
}
