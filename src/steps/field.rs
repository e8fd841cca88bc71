//! One question.

use super::Draft;
use crate::spec::Secret;

/// One question of a step. Static data: functions instead of closures, so that a table of fields is a `static`.
pub struct Field {
    /// Its path in the answers file ("hostname", "protection.greylisting"): also its name in tests and in what is said
    /// about it.
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

impl Field {
    /// What to show as the answer: the one given, else the one found, with where it was found.
    pub fn answer_or_suggestion(&self, draft: &Draft) -> (Value, Option<String>) {
        match (self.get)(draft) {
            Value::Missing if draft.is_answered(self.id) => (self.kind.empty(), None),
            Value::Missing => (self.suggest)(draft).map_or((Value::Missing, None), |s| (s.value, Some(s.source))),
            value => (value, None),
        }
    }
}

/// The kinds of answers; a front end is a way to ask each of these.
#[derive(Clone, Copy)]
pub enum Kind {
    /// One line of text ([`Value::Text`]); an empty line clears an answer that may be left out.
    Text,
    /// Yes or no.
    YesNo,
    /// One of a few.
    Choice(&'static [Choice]),
    /// Any number of lines, each refused or taken by itself ([`Value::List`]).
    List {
        /// What one entry is called ("domain").
        entry: &'static str,
        /// Whether a whole path in place of an entry takes the entries of that file.
        takes_files: bool,
    },
    /// Any of a few ([`Value::List`] of the chosen ones).
    Several {
        /// What can be chosen.
        items: fn(&Draft) -> Vec<String>,
    },
    /// One password that exists elsewhere: typed once, not shown ([`Value::Secret`]).
    Secret,
    /// A password for each of some items: typed twice, or empty for a generated one ([`Value::Passwords`]).
    Passwords {
        /// Whose passwords.
        items: fn(&Draft) -> Vec<String>,
        /// Whether an item has one that stays when none is typed.
        keeps: fn(&Draft, &str) -> bool,
    },
}

impl Kind {
    /// The answer of this kind that says nothing.
    fn empty(self) -> Value {
        match self {
            Self::Text => Value::Text(String::new()),
            Self::List { .. } | Self::Several { .. } => Value::List(Vec::new()),
            Self::Passwords { .. } => Value::Passwords(Vec::new()),
            Self::YesNo | Self::Choice(_) | Self::Secret => Value::Missing,
        }
    }
}

/// One of a few.
#[derive(Clone, Copy)]
pub struct Choice {
    /// Its value in the answers file.
    pub value: &'static str,
    /// What is shown.
    pub label: &'static str,
    /// What choosing it means.
    pub meaning: &'static str,
}

impl Choice {
    /// "label: meaning", or the label alone where it says all.
    pub fn in_words(&self) -> String {
        match self.meaning {
            "" => self.label.to_owned(),
            meaning => format!("{}: {meaning}", self.label),
        }
    }
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
    /// One password.
    Secret(Secret),
    /// A password for each item; `None` asks for a generated one.
    Passwords(Vec<(String, Option<Secret>)>),
}

impl Value {
    /// The text of a text or choice, the present one for nothing; for `set` functions.
    pub fn text(self) -> Result<String, String> {
        match self {
            Self::Text(text) | Self::Choice(text) => Ok(text),
            Self::Missing => Ok(String::new()),
            _ => Err("This takes one line of text.".into()),
        }
    }

    /// Yes or no; for `set` functions.
    pub(super) fn yes_no(self) -> Result<bool, String> {
        match self {
            Self::YesNo(yes) => Ok(yes),
            _ => Err("This takes yes or no.".into()),
        }
    }

    /// The lines of a list; for `set` functions.
    pub(super) fn list(self) -> Result<Vec<String>, String> {
        match self {
            Self::List(lines) => Ok(lines),
            Self::Missing => Ok(Vec::new()),
            _ => Err("This takes a list.".into()),
        }
    }
}

/// A found answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The answer.
    pub value: Value,
    /// Where it was found ("PTR of 198.51.100.10").
    pub source: String,
}

/// `shown` of what is always asked.
pub(super) fn always(_: &Draft) -> bool {
    true
}

/// `suggest` of what cannot be found out.
pub(super) fn nothing(_: &Draft) -> Option<Suggestion> {
    None
}
