//! The questions as data, and those that are made from the catalogue.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::weigh::Weights;
use crate::symptoms::catalogue::{Direction, Symptom, symptoms};

/// The most symptoms that are listed to choose from.
const LISTED: usize = 14;

/// One question, as it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Its id: "where", "how-out", "which", "error-text", "who", "from-where".
    pub id: &'static str,
    /// One sentence.
    pub text: &'static str,
    /// Why it is asked.
    pub why: &'static str,
    /// What can be answered, in order; empty where a text is typed.
    pub answers: Vec<Choice>,
}

impl Question {
    /// The ids of every question.
    pub fn ids() -> Vec<&'static str> {
        let stored = stored().iter().map(|stored| stored.id.as_str());
        ["where", "which", "error-text", "who", "from-where"].into_iter().chain(stored).collect()
    }
}

/// One answer of a few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// How it is named in `--answer` and JSON.
    pub value: &'static str,
    /// What is shown.
    pub text: &'static str,
}

/// What a question may be answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The value of a choice, or the text.
    Given(String),
    /// The operator cannot say.
    Skipped,
}

/// A question that splits the symptoms, with what each answer leaves.
pub(super) struct Split {
    pub(super) question: Question,
    /// 1 is one key; reading many lines costs more.
    pub(super) effort: f64,
    /// The symptoms of each answer.
    pub(super) sets: Vec<Vec<&'static str>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    id: String,
    text: String,
    effort: f64,
    answers: Vec<StoredAnswer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredAnswer {
    value: String,
    text: String,
    symptoms: Vec<String>,
}

fn stored() -> &'static [Stored] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        question: Vec<Stored>,
    }
    static ALL: LazyLock<Vec<Stored>> = LazyLock::new(|| {
        #[allow(clippy::panic, reason = "the file is compiled in, and a test reads it")]
        let read = |text| -> File { toml::from_str(text).unwrap_or_else(|error| panic!("questions.toml: {error}")) };
        read(include_str!("../../../assets/symptoms/questions.toml")).question
    });
    &ALL
}

/// Every question that may split what is left.
pub(super) fn splits(weights: &Weights) -> Vec<Split> {
    let mut all = vec![where_it_hurts()];
    all.extend(stored().iter().map(|stored| Split {
        question: Question {
            id: &stored.id,
            text: &stored.text,
            why: "only you can see it, and it says which checks to make",
            answers: stored.answers.iter().map(|a| Choice { value: &a.value, text: &a.text }).collect(),
        },
        effort: stored.effort,
        sets: stored.answers.iter().map(|a| a.symptoms.iter().map(String::as_str).collect()).collect(),
    }));
    all.extend(which(weights));
    all
}

fn where_it_hurts() -> Split {
    let of = |direction: Direction| symptoms().iter().filter(move |s| s.direction == direction).map(|s| s.id.as_str());
    Split {
        question: Question {
            id: "where",
            text: "Where does it hurt?",
            why: "what we send, what comes in and what our own people do fail for different reasons",
            answers: Direction::ALL.iter().map(|(direction, text)| Choice { value: direction.word(), text }).collect(),
        },
        effort: 1.0,
        sets: Direction::ALL.iter().map(|(direction, _)| of(*direction).collect()).collect(),
    }
}

/// What is left, to choose from.
fn which(weights: &Weights) -> Option<Split> {
    let left: Vec<&'static Symptom> = weights.near();
    if left.len() < 2 || left.len() > LISTED {
        return None;
    }
    Some(Split {
        question: Question {
            id: "which",
            text: "Which of these is it most like?",
            why: "each has checks of its own",
            answers: left.iter().map(|s| Choice { value: &s.id, text: &s.title }).collect(),
        },
        effort: 1.0 + 0.2 * left.len() as f64,
        sets: left.iter().map(|s| vec![s.id.as_str()]).collect(),
    })
}

/// The error text, where somebody got one.
pub(super) fn error_text() -> Question {
    Question {
        id: "error-text",
        text: "What does the error text say? Paste it, or the whole bounce",
        why: "the other side says the reason in it, and nothing here can tell it as well",
        answers: Vec::new(),
    }
}

/// The symptoms where an error text says most.
pub(super) const WITH_ERROR_TEXT: [&str; 10] = [
    "unauthenticated",
    "no-reverse-dns",
    "provider-blocks-us",
    "helo-rejected",
    "forwarding-bounces",
    "user-unknown",
    "mta-sts",
    "remote-tls",
    "relay-denied",
    "one-recipient",
];

/// Whose address it is about.
pub(super) fn who() -> Question {
    Question {
        id: "who",
        text: "Whose address is it about?",
        why: "the log has such lines of several people, and only one of them is meant",
        answers: Vec::new(),
    }
}

/// Where the one is who cannot connect.
pub(super) fn from_where() -> Question {
    Question {
        id: "from-where",
        text: "Which IP address has the one who cannot connect?",
        why: "some addresses are shut out now; a page that shows one's own IP address tells whether this is one of them",
        answers: Vec::new(),
    }
}
