//! The results of the checks, area by area.

use std::collections::BTreeMap;

use crate::finding::{Area, CheckResult, NewAnswer, Outcome};

/// The checks and what they found.
#[derive(Debug, Default)]
pub struct VerifyPage {
    /// How far they are.
    pub state: VerifyState,
    /// What came, in the order of the catalogue.
    pub results: Vec<CheckResult>,
    /// Areas whose results are listed, and which of them; the others are one line.
    pub unfolded: BTreeMap<Area, Unfolded>,
    /// Index of the selected row.
    pub selected: usize,
    /// The check that is being run again, when only one is.
    pub again: Option<String>,
    /// What the operator is having fixed, until it is applied or left.
    pub fixing: Option<Fixing>,
}

/// A finding that is being brought in order by a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixing {
    /// The check.
    pub id: String,
    /// The answer as it was before it was changed for this.
    pub before: Option<NewAnswer>,
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
    /// They ran in an earlier run of the program.
    Before,
    /// They could not be run.
    Failed(String),
}

/// How much of an area is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfolded {
    /// What is not well: the area unfolded by itself.
    Trouble,
    /// All results.
    All,
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
            self.unfolded.entry(result.area).or_insert(Unfolded::Trouble);
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
        if matches!(self.state, VerifyState::Done(_) | VerifyState::Before) {
            areas.sort_by_key(|area| self.of(*area).map(|(_, r)| gravity(r.finding.outcome)).min());
        }
        let mut rows = Vec::new();
        for area in areas {
            rows.push(Row::Area(area));
            if let Some(unfolded) = self.unfolded.get(&area) {
                let listed = |r: &CheckResult| *unfolded == Unfolded::All || is_trouble(r);
                let mut results: Vec<(usize, &CheckResult)> = self.of(area).filter(|(_, r)| listed(r)).collect();
                results.sort_by_key(|(_, r)| gravity(r.finding.outcome));
                rows.extend(results.into_iter().map(|(i, _)| Row::Result(i)));
            }
        }
        rows
    }

    /// Lists all of an area, or folds it up.
    pub fn fold(&mut self, area: Area) {
        let hides_some = self.of(area).any(|(_, r)| !is_trouble(r));
        match self.unfolded.get(&area) {
            Some(Unfolded::Trouble) if hides_some => drop(self.unfolded.insert(area, Unfolded::All)),
            Some(_) => drop(self.unfolded.remove(&area)),
            None => drop(self.unfolded.insert(area, Unfolded::All)),
        }
    }

    /// The place of the first result that is not well.
    pub fn first_trouble(&self) -> Option<usize> {
        let trouble = |i: &usize| self.results.get(*i).is_some_and(is_trouble);
        self.rows().iter().position(|row| matches!(row, Row::Result(i) if trouble(i)))
    }

    /// The selected result.
    pub fn result(&self) -> Option<&CheckResult> {
        match self.row() {
            Some(Row::Result(i)) => self.results.get(i),
            _ => None,
        }
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

/// Whether the operator has something to do or to know about it.
pub fn is_trouble(result: &CheckResult) -> bool {
    matches!(result.finding.outcome, Outcome::Fail | Outcome::Warn | Outcome::Unknown)
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
