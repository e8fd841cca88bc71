//! Where the operator is: next, back, resume. The only place with navigation rules.

use super::{Draft, STEPS, Step};

/// The walk through the steps. Going back never loses an answer.
#[derive(Debug, Clone)]
pub struct Engine {
    /// The wish so far.
    pub draft: Draft,
    current: usize,
}

impl Engine {
    /// A walk that begins at the first shown step.
    pub fn new(draft: Draft) -> Self {
        let mut engine = Self { draft, current: 0 };
        if !engine.is_shown(0) {
            engine.go_on();
        }
        engine
    }

    /// The step the operator is at.
    pub fn step(&self) -> &'static Step {
        STEPS[self.current]
    }

    /// Position and number of the shown steps, counted from 1: "2/11".
    pub fn position(&self) -> (usize, usize) {
        let shown = |range: std::ops::Range<usize>| range.filter(|i| self.is_shown(*i)).count();
        (shown(0..self.current + 1), shown(0..STEPS.len()))
    }

    /// Goes on to the next shown step; `false` at the last.
    pub fn go_on(&mut self) -> bool {
        self.move_to((self.current + 1..STEPS.len()).find(|i| self.is_shown(*i)))
    }

    /// Goes back to the shown step before; `false` at the first.
    pub fn back(&mut self) -> bool {
        self.move_to((0..self.current).rev().find(|i| self.is_shown(*i)))
    }

    /// Goes to the step of this name; `false` when there is none or it is not shown.
    pub fn go_to(&mut self, id: &str) -> bool {
        self.move_to(STEPS.iter().position(|s| s.id == id).filter(|i| self.is_shown(*i)))
    }

    fn is_shown(&self, index: usize) -> bool {
        STEPS.get(index).is_some_and(|s| (s.shown)(&self.draft))
    }

    fn move_to(&mut self, index: Option<usize>) -> bool {
        if let Some(index) = index {
            self.current = index;
        }
        index.is_some()
    }
}
