//! Where the operator is: on, back, resume. The only place with navigation rules.

use super::{Draft, Field, Kind, STEPS, Step, Value};

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
        let first = (0..STEPS.len()).find(|i| STEPS.get(*i).is_some_and(|s| (s.shown)(&draft))).unwrap_or(0);
        Self { draft, current: first }
    }

    /// A walk that goes on where an earlier one stopped, or begins where that step is not shown any more. A step whose
    /// answers do not hold today (the machine may have changed), or whose passwords were typed and so not kept, is where
    /// it stops first.
    pub fn resume(draft: Draft, step: &str) -> Self {
        let mut engine = Self::new(draft);
        while engine.step().id != step && STEPS.iter().any(|s| s.id == step) {
            let forgotten = |f: &Field| {
                matches!(f.kind, Kind::Passwords { .. })
                    && !engine.draft.is_answered(f.id)
                    && engine.draft.passwords.is_empty()
            };
            if engine.fields().any(forgotten) || !matches!(engine.go_on(), Ok(true)) {
                break;
            }
        }
        engine
    }

    /// The step the operator is at.
    pub fn step(&self) -> &'static Step {
        STEPS[self.current]
    }

    /// The fields to ask now.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.step().fields.iter().filter(|f| (f.shown)(&self.draft))
    }

    /// Takes an answer, or leaves everything as it was and says why not.
    pub fn answer(&mut self, field: &Field, value: Value) -> Result<(), String> {
        self.draft.answer(field, value)
    }

    /// What keeps the operator at this step.
    pub fn problems(&self) -> Vec<String> {
        (self.step().problems)(&self.draft)
    }

    /// Position and number of the shown steps, counted from 1: "2/11".
    pub fn position(&self) -> (usize, usize) {
        let shown = |range: std::ops::Range<usize>| range.filter(|i| self.is_shown(*i)).count();
        (shown(0..self.current + 1), shown(0..STEPS.len()))
    }

    /// Goes on to the next shown step: `Ok(false)` at the last, the problems when this step has some.
    pub fn go_on(&mut self) -> Result<bool, Vec<String>> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(self.move_to((self.current + 1..STEPS.len()).find(|i| self.is_shown(*i))))
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
