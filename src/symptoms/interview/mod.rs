//! What is asked, and when to stop asking: as little as splits, nothing that can be measured, the same in every front
//! end.
//!
//! Each symptom has a weight: by the words, else by what the bounce and the log speak for. Asked is the question that
//! tells most bits for its effort, and none where the checks of the few symptoms that are left can simply be made. After
//! three questions the first verdict is due.

mod question;
mod weigh;

use std::collections::{BTreeMap, BTreeSet};

pub use question::{Answer, Choice, Question};
use weigh::{MEASURED, Weights};

use super::bounce::{self, Bounce};
use super::catalogue::{Symptom, cause, symptom, symptoms};
use super::diagnose::symptoms_with_check;
use super::evidence::Evidence;
use super::term::Term;
use super::words::matching;
use crate::printable::excerpt;

/// The most questions before the first verdict.
pub const MOST: usize = 3;
/// A question that tells less than this many bits is not worth an answer.
const WORTH: f64 = 0.45;
/// Where the heaviest few have this part of the weight, they are measured and nothing is asked.
const ENOUGH: f64 = 0.75;

/// What it began with.
#[derive(Debug, Clone, Default)]
pub enum Opening {
    /// No symptom: everything is looked for.
    #[default]
    Everything,
    /// The operator chose a symptom.
    Symptom(&'static Symptom),
    /// A check failed, and he asks why: its id.
    Check(String),
    /// His words; empty where he only gave a bounce or a log, or nothing.
    Words(String),
}

/// The most symptoms that are looked at where the answers left more than can be told apart.
const MOST_LOOKED_AT: usize = 6;

/// The questions and answers so far.
#[derive(Debug, Clone, Default)]
pub struct Interview {
    opening: Opening,
    answers: Vec<(Question, Answer)>,
    /// Answers that were gone back from, to be offered again.
    kept: BTreeMap<&'static str, Answer>,
}

impl Interview {
    /// Begins.
    pub fn new(opening: Opening) -> Self {
        Self { opening, ..Self::default() }
    }

    /// Begins again, perhaps with other words; what was answered before is offered again.
    pub fn begin_again(self, opening: Opening) -> Self {
        Self { opening, answers: Vec::new(), kept: self.kept }
    }

    /// What it began with.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// The question to ask now; `None` when it is time to look.
    pub fn next(&self, evidence: &Evidence) -> Option<Question> {
        if self.answers.len() >= MOST {
            return None;
        }
        match &self.opening {
            Opening::Everything => None,
            Opening::Symptom(_) | Opening::Check(_) => self.narrowing(evidence),
            Opening::Words(_) => self.splitting(evidence).or_else(|| self.narrowing(evidence)),
        }
    }

    /// The question that splits the symptoms best for its effort.
    fn splitting(&self, evidence: &Evidence) -> Option<Question> {
        // The other side has said the reason.
        if symptoms().iter().any(|symptom| weigh::is_in_bounce(symptom, evidence)) {
            return None;
        }
        let weights = self.weights(evidence);
        if self.has_chosen() || weights.of_heaviest(MEASURED) >= ENOUGH {
            return None;
        }
        let splits = question::splits(&weights).into_iter().map(|split| {
            let gain = weights.gain(&split);
            (split.question, gain, split.effort)
        });
        let with_text = question::WITH_ERROR_TEXT;
        let error_text = evidence.bounce.is_empty().then(|| {
            // Not everybody has it at hand.
            let gain = 0.9 * weights.share(&with_text) * weights.entropy_among(&with_text);
            (question::error_text(), gain, 1.3)
        });
        splits
            .chain(error_text)
            .filter(|(question, gain, _)| !self.was_asked(question.id) && *gain >= WORTH)
            .max_by(|a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)))
            .map(|(question, ..)| question)
    }

    /// The question that tells whose lines in the log are meant, where they are of several.
    fn narrowing(&self, evidence: &Evidence) -> Option<Question> {
        let first = *self.symptoms(evidence).first()?;
        let mentioned = evidence.mentioned();
        let says_ip = mentioned.iter().any(|m| m.parse::<std::net::IpAddr>().is_ok());
        let is_banned = evidence.looks.iter().any(|look| look.id == "banned");
        if is_banned && !says_ip && first.id == "banned-from-home" && !self.was_asked("from-where") {
            return Some(question::from_where());
        }
        let several = mentioned.is_empty() && people(first, evidence).len() > 1;
        (several && !self.was_asked("who")).then(question::who)
    }

    fn was_asked(&self, id: &str) -> bool {
        self.answers.iter().any(|(question, _)| question.id == id)
    }

    /// Whether the operator picked a symptom himself.
    fn has_chosen(&self) -> bool {
        self.answers.iter().any(|(question, answer)| question.id == "which" && *answer != Answer::Skipped)
    }

    /// Takes an answer; a sentence where it is none.
    pub fn answer(&mut self, question: Question, answer: Answer) -> Result<(), String> {
        if let Answer::Given(value) = &answer {
            let known = question.answers.is_empty() || question.answers.iter().any(|c| c.value == value);
            if !known {
                let values: Vec<&str> = question.answers.iter().map(|c| c.value).collect();
                return Err(format!(
                    "'{}' is no answer to '{}'. It is one of {}.",
                    excerpt(value, 40),
                    question.text,
                    values.join(", ")
                ));
            }
            if question.id == "from-where" && value.trim().parse::<std::net::IpAddr>().is_err() {
                return Err(format!(
                    "'{}' is not an IP address. It looks like '192.0.2.7' or '2001:db8::7'.",
                    excerpt(value.trim(), 60)
                ));
            }
            if question.id == "who" && !value.contains('@') {
                return Err(format!(
                    "'{}' is not an address. It looks like 'alice@example.org'.",
                    excerpt(value.trim(), 60)
                ));
            }
        }
        self.kept.insert(question.id, answer.clone());
        self.answers.push((question, answer));
        Ok(())
    }

    /// Goes back to the question before, which it gives; what was answered is offered again.
    pub fn back(&mut self) -> Option<Question> {
        self.answers.pop().map(|(question, _)| question)
    }

    /// What this question was answered with before it was gone back to.
    pub fn remembered(&self, question: &Question) -> Option<&Answer> {
        self.kept.get(question.id)
    }

    /// The questions and answers so far.
    pub fn answers(&self) -> &[(Question, Answer)] {
        &self.answers
    }

    /// The symptoms to look at, the likeliest first; none means everything.
    pub fn symptoms(&self, evidence: &Evidence) -> Vec<&'static Symptom> {
        match &self.opening {
            Opening::Everything => Vec::new(),
            Opening::Symptom(symptom) => vec![symptom],
            Opening::Check(id) => symptoms_with_check(id),
            Opening::Words(words) => {
                let nothing_said = matching(words, 1).is_empty() && self.split_answers().next().is_none();
                if nothing_said {
                    // A log may speak of anything; a bounce speaks of what it says.
                    let said = symptoms().iter().filter(|s| weigh::is_in_bounce(s, evidence));
                    return said.take(MEASURED).collect();
                }
                let most = if self.answers.is_empty() { MEASURED } else { MOST_LOOKED_AT };
                self.weights(evidence).near().into_iter().take(most).collect()
            }
        }
    }

    fn weights(&self, evidence: &Evidence) -> Weights {
        let begun = Weights::of(&self.opening, evidence);
        self.split_answers().fold(begun, |weights, (question, value)| weights.answered(&named(question, value)))
    }

    /// The answers that chose between symptoms.
    fn split_answers(&self) -> impl Iterator<Item = (&Question, &str)> {
        self.answers.iter().filter_map(|(question, answer)| match answer {
            Answer::Given(value) if !question.answers.is_empty() => Some((question, value.as_str())),
            _ => None,
        })
    }

    /// Everything the operator said: his words and the texts he answered with.
    pub fn said(&self) -> String {
        let words = match &self.opening {
            Opening::Words(words) => words.as_str(),
            Opening::Everything | Opening::Symptom(_) | Opening::Check(_) => "",
        };
        let texts = self.answers.iter().filter_map(|(question, answer)| match answer {
            Answer::Given(text) if question.answers.is_empty() && question.id != "error-text" => Some(text.as_str()),
            _ => None,
        });
        [words].into_iter().chain(texts).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// The error text that was pasted as an answer.
    pub fn error_text(&self) -> Option<&str> {
        self.answers.iter().find_map(|(question, answer)| match answer {
            Answer::Given(text) if question.id == "error-text" => Some(text.as_str()),
            _ => None,
        })
    }

    /// Puts what the operator said where causes are concluded from.
    pub fn tell(&self, evidence: &mut Evidence) {
        evidence.said = self.said();
        if let Some(text) = self.error_text() {
            evidence.bounce = Bounce::read(text.as_bytes());
        }
        // An error text is often pasted as the words themselves.
        let known: BTreeSet<&str> = evidence.bounce.matches.iter().map(|(id, _)| *id).collect();
        let new: Vec<_> =
            bounce::matches(evidence.said.lines()).into_iter().filter(|(id, _)| !known.contains(id)).collect();
        evidence.bounce.matches.extend(new);
    }

    /// Why it looks where it looks, a line a step.
    pub fn trail(&self, evidence: &Evidence) -> Vec<String> {
        let mut lines = Vec::new();
        match &self.opening {
            Opening::Everything => lines.push("no symptom: everything is looked for".into()),
            Opening::Symptom(symptom) => lines.push(format!("you chose: {}", symptom.title)),
            Opening::Check(id) => lines.push(format!("the check {id} is not well")),
            Opening::Words(words) => lines.extend(matching(words, MEASURED).into_iter().filter_map(|matched| {
                let title = &symptom(matched.id)?.title;
                let because = matched.because.first().map_or_else(String::new, |phrase| format!(" (\"{phrase}\")"));
                Some(format!("your words fit: {title}{because}"))
            })),
        }
        for (question, answer) in &self.answers {
            let answered = match answer {
                Answer::Skipped => "you cannot say",
                Answer::Given(_) if question.id == "error-text" => "you pasted it",
                Answer::Given(value) => {
                    question.answers.iter().find(|c| c.value == value).map_or(value.as_str(), |c| c.text)
                }
            };
            lines.push(format!("{} {}", question.text, excerpt(answered, 100)));
        }
        let left = self.symptoms(evidence);
        if self.answers.iter().any(|(_, answer)| *answer != Answer::Skipped) && !left.is_empty() {
            let titles: Vec<&str> = left.iter().map(|s| s.title.as_str()).collect();
            lines.push(format!("{} of {} symptoms are left: {}", left.len(), symptoms().len(), titles.join("; ")));
        }
        lines
    }
}

/// The symptoms that an answer names.
fn named(question: &Question, value: &str) -> Vec<&'static str> {
    if question.id == "which" {
        return symptom(value).map(|s| s.id.as_str()).into_iter().collect();
    }
    let splits = question::splits(&Weights::of(&Opening::Everything, &Evidence::default()));
    let split = splits.into_iter().find(|split| split.question.id == question.id);
    split
        .and_then(|split| {
            let place = split.question.answers.iter().position(|c| c.value == value)?;
            split.sets.into_iter().nth(place)
        })
        .unwrap_or_default()
}

/// The addresses in the lines that every server's log has, of the causes of this symptom.
fn people(symptom: &Symptom, evidence: &Evidence) -> BTreeSet<String> {
    let causes = symptom.causes.iter().filter_map(|id| cause(id)).filter(|c| c.everyday);
    let ids = causes.flat_map(|c| c.any.iter().chain(&c.all)).filter_map(|term| match term {
        Term::Log { id, .. } => Some(id.as_str()),
        _ => None,
    });
    let seen = ids.filter_map(|id| evidence.log.as_ref()?.seen(id));
    let words = seen.flat_map(|seen| &seen.hits).flat_map(|hit| {
        hit.message.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '<' | '>' | '(' | ')' | '=' | '"'))
    });
    words.filter(|word| word.contains('@')).map(|word| word.trim_matches(['.', ':']).to_lowercase()).take(50).collect()
}

#[cfg(test)]
mod tests;
