//! What is asked where the operator has said nothing: as little as splits, the same in every front end.

use super::catalogue::{Direction, Symptom, symptoms};

/// A question with its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// One sentence.
    pub text: &'static str,
    /// What can be answered, in order.
    pub answers: Vec<&'static str>,
}

/// The questions and answers so far. Nothing is asked that can be measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interview {
    direction: Option<Direction>,
    symptom: Option<&'static str>,
}

impl Interview {
    /// The next question; `None` when enough is known.
    pub fn question(&self) -> Option<Question> {
        match (self.direction, self.symptom) {
            (_, Some(_)) => None,
            (None, None) => Some(Question {
                text: "Where does it hurt?",
                answers: Direction::ALL.iter().map(|(_, title)| *title).collect(),
            }),
            (Some(direction), None) => {
                Some(Question { text: "What is it like?", answers: of(direction).map(|s| s.title.as_str()).collect() })
            }
        }
    }

    /// Takes the answer of this index; `false` when there is no such answer.
    pub fn answer(&mut self, index: usize) -> bool {
        match (self.direction, self.symptom) {
            (None, None) => {
                self.direction = Direction::ALL.get(index).map(|(direction, _)| *direction);
                self.direction.is_some()
            }
            (Some(direction), None) => {
                self.symptom = of(direction).nth(index).map(|s| s.id.as_str());
                self.symptom.is_some()
            }
            (_, Some(_)) => false,
        }
    }

    /// Goes back one question; `false` at the first.
    pub fn back(&mut self) -> bool {
        if self.symptom.take().is_some() {
            return true;
        }
        self.direction.take().is_some()
    }

    /// The symptom that was chosen.
    pub fn symptom(&self) -> Option<&'static Symptom> {
        super::symptom(self.symptom?)
    }
}

fn of(direction: Direction) -> impl Iterator<Item = &'static Symptom> {
    symptoms().iter().filter(move |s| s.direction == direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_questions_lead_to_every_symptom_and_back() {
        let mut reached = 0;
        for direction in 0..Direction::ALL.len() {
            let mut interview = Interview::default();
            assert!(interview.answer(direction));
            let answers = interview.question().unwrap().answers.len();
            for index in 0..answers {
                assert!(interview.answer(index));
                assert_eq!(interview.question(), None);
                assert!(interview.symptom().is_some());
                reached += 1;
                assert!(interview.back());
            }
            assert!(!interview.answer(answers));
            assert!(interview.back());
            assert!(!interview.back());
            assert_eq!(interview, Interview::default());
        }
        assert_eq!(reached, symptoms().len());
    }
}
