//! The wizard as questions and answers, one after the other: plain lines for pipes, screen readers and dumb terminals,
//! prompts for those who like them better than a full screen. Both ask through one trait, [`Asker`].

mod echo;
pub mod inquire;
pub mod lines;
pub mod pages;
pub mod question;
pub mod walk;

use crate::spec::Secret;
use crate::steps::Choice;
pub(in crate::front) use echo::WithoutEcho;

/// What came back from the one who was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<T> {
    /// An answer.
    Given(T),
    /// The operator wants the question before.
    Back,
    /// The operator leaves, or nobody is there any more.
    Leave,
}

impl<T> Reply<T> {
    /// The same with the answer changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        match self {
            Self::Given(answer) => Reply::Given(change(answer)),
            Self::Back => Reply::Back,
            Self::Leave => Reply::Leave,
        }
    }
}

/// One of a few things that can be done next.
#[derive(Debug, Clone, Copy)]
pub struct Verb {
    /// The letter that chooses it.
    pub key: char,
    /// What it does ("go on").
    pub label: &'static str,
}

/// Someone who can be asked. Text that is shown has been made printable by the caller.
pub trait Asker {
    /// Shows a paragraph, broken into lines where it is too long.
    fn say(&mut self, paragraph: &str) -> std::io::Result<()>;
    /// Shows a line as it is: records, diffs, tables.
    fn show(&mut self, line: &str) -> std::io::Result<()>;
    /// Asks for one line; an empty answer takes `present`.
    fn text(&mut self, label: &str, help: &str, present: &str) -> std::io::Result<Reply<String>>;
    /// Asks yes or no; `None` has no default.
    fn yes_no(&mut self, label: &str, help: &str, present: Option<bool>) -> std::io::Result<Reply<bool>>;
    /// Asks for one of a few; gives the position.
    fn choice(
        &mut self,
        label: &str,
        help: &str,
        choices: &[Choice],
        present: Option<usize>,
    ) -> std::io::Result<Reply<usize>>;
    /// Asks for any of a few; gives the positions.
    fn several(
        &mut self,
        label: &str,
        help: &str,
        items: &[String],
        present: &[usize],
    ) -> std::io::Result<Reply<Vec<usize>>>;
    /// Asks for lines until an empty one. `accept` looks at the whole list, whose last line is new,
    /// and refuses it with a sentence; it may put other lines in the place of the new one.
    fn list(
        &mut self,
        label: &str,
        help: &str,
        entry: &str,
        present: Vec<String>,
        accept: &mut dyn FnMut(&mut Vec<String>) -> Result<(), String>,
    ) -> std::io::Result<Reply<Vec<String>>>;
    /// Asks for a password without showing it.
    fn secret(&mut self, label: &str, help: &str) -> std::io::Result<Reply<Secret>>;
    /// Shows answers that may be changed; gives the position of the one to change, `None` to go on.
    fn menu(&mut self, items: &[String]) -> std::io::Result<Reply<Option<usize>>>;
    /// Asks what to do next; the first verb is the default.
    fn verb(&mut self, question: &str, verbs: &[Verb]) -> std::io::Result<Reply<char>>;
    /// Looks whether the operator typed something while something was awaited; `None` when the time is over.
    fn verb_within(&mut self, verbs: &[Verb], wait: std::time::Duration) -> std::io::Result<Option<Reply<char>>>;
}
