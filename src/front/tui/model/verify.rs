//! The results of the checks, area by area.

use std::collections::BTreeSet;

use crate::finding::{Area, CheckResult, Outcome};

/// The checks and what they found.
#[derive(Debug, Default)]
pub struct VerifyPage {
    /// How far they are.
    pub state: VerifyState,
    /// What came, in the order of the catalogue.
    pub results: Vec<CheckResult>,
    /// Areas whose results are listed; the others are one line.
    pub unfolded: BTreeSet<Area>,
    /// Index of the selected row.
    pub selected: usize,
}

/// How far the checks are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum VerifyState {
    /// Not run yet.
    #[default]
    Idle,
    /// They run.
    Running,
    /// They ended at this time of day.
    Done(String),
    /// They could not be run.
    Failed(String),
}

/// One line of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// An area with all its results.
    Area(Area),
    /// A result, by its index.
    Result(usize),
}

impl VerifyPage {
    /// Takes a result in, in place of an older one of the same check and subject. An area with trouble unfolds.
    pub fn take(&mut self, result: CheckResult) {
        if matches!(result.finding.outcome, Outcome::Fail | Outcome::Warn) {
            self.unfolded.insert(result.area);
        }
        match self.results.iter_mut().find(|r| r.id == result.id && r.subject == result.subject) {
            Some(older) => *older = result,
            None => self.results.push(result),
        }
    }

    /// The lines of the list. Areas keep their places while results come in, so that nothing jumps; once all are there,
    /// trouble comes first.
    pub fn rows(&self) -> Vec<Row> {
        let mut areas: Vec<Area> = Area::ALL.into_iter().filter(|a| self.of(*a).next().is_some()).collect();
        if matches!(self.state, VerifyState::Done(_)) {
            areas.sort_by_key(|area| self.of(*area).map(|(_, r)| gravity(r.finding.outcome)).min());
        }
        let mut rows = Vec::new();
        for area in areas {
            rows.push(Row::Area(area));
            if self.unfolded.contains(&area) {
                let mut results: Vec<(usize, &CheckResult)> = self.of(area).collect();
                results.sort_by_key(|(_, r)| gravity(r.finding.outcome));
                rows.extend(results.into_iter().map(|(i, _)| Row::Result(i)));
            }
        }
        rows
    }

    /// The selected line.
    pub fn row(&self) -> Option<Row> {
        self.rows().get(self.selected).copied()
    }

    /// The results of an area with their indices.
    pub fn of(&self, area: Area) -> impl Iterator<Item = (usize, &CheckResult)> {
        self.results.iter().enumerate().filter(move |(_, r)| r.area == area)
    }

    /// How many results have this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.results.iter().filter(|r| r.finding.outcome == outcome).count()
    }
}

/// The worst first.
pub fn gravity(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 0,
        Outcome::Warn => 1,
        Outcome::Unknown => 2,
        Outcome::Info => 3,
        Outcome::Pass => 4,
        Outcome::Skipped => 5,
    }
}
