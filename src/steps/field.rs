//! One question.

use super::Draft;
use crate::spec::Secret;

/// One question of a step. Static data: functions instead of closures, so that a table of fields is a `static`.
pub struct Field {
    /// Its name in tests and in what is said about it ("hostname").
    pub id: &'static str,
    /// What stands before the input ("Host name").
    pub label: &'static str,
    /// One or two lines that help to answer; shown for the focused field and by F1.
    pub help: &'static str,
    /// What kind of answer it takes.
    pub kind: Kind,
    /// Whether it is asked at all, given the other answers.
    pub shown: fn(&Draft) -> bool,
    /// The answer that was found, with where it was found; used when nothing was answered yet.
    pub suggest: fn(&Draft) -> Option<Suggestion>,
    /// The present answer.
    pub get: fn(&Draft) -> Value,
    /// Takes an answer: parses it and changes the draft, or leaves it as it was and gives the sentence to show.
    pub set: fn(&mut Draft, Value) -> Result<(), String>,
}

/// The kinds of answers; a front end is a way to ask each of these.
#[derive(Clone, Copy)]
pub enum Kind {
    /// One line of text.
    Text,
    /// Yes or no.
    YesNo,
    /// One of a few.
    Choice(&'static [Choice]),
    /// Any number of lines, each refused or taken by itself ([`Value::List`]).
    List {
        /// What one entry is called ("domain").
        entry: &'static str,
    },
    /// A password for each of some items: typed twice, or empty for a generated one ([`Value::Passwords`]).
    Passwords {
        /// Whose passwords.
        items: fn(&Draft) -> Vec<String>,
    },
}

/// One of a few.
pub struct Choice {
    /// Its value in the answers file.
    pub value: &'static str,
    /// What is shown.
    pub label: &'static str,
    /// What choosing it means.
    pub meaning: &'static str,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing was answered yet.
    Missing,
    /// One line of text.
    Text(String),
    /// Yes or no.
    YesNo(bool),
    /// The value of a [`Choice`].
    Choice(String),
    /// Lines.
    List(Vec<String>),
    /// A password for each item; `None` asks for a generated one.
    Passwords(Vec<(String, Option<Secret>)>),
}

/// A found answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The answer.
    pub value: Value,
    /// Where it was found ("PTR of 198.51.100.10").
    pub source: String,
}
