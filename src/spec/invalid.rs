//! Why a value was refused, in one sentence.

use crate::printable::excerpt;

/// A value that is not what it should be: what was found, what was expected, how to fix it.
///
/// Its `Display` is the sentence that every front end shows, for example
/// `'mail_1.example.org' is not a host name: '_' is not allowed. Try 'mail1.example.org'.`
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{found}' is not {what}: {reason}.{}", fix.as_deref().map(|f| format!(" {f}")).unwrap_or_default())]
pub struct Invalid {
    /// The kind of value with its article: "a host name".
    pub what: &'static str,
    /// The value as given, printable and bounded.
    pub found: String,
    /// What is wrong with it, without a final dot.
    pub reason: String,
    /// What to do instead, a whole sentence.
    pub fix: Option<String>,
}

impl Invalid {
    /// A refusal of `found`, which should have been `what`.
    pub fn new(what: &'static str, found: &str, reason: impl Into<String>) -> Self {
        Self { what, found: excerpt(found, 80), reason: reason.into(), fix: None }
    }

    /// The same with the sentence that says what to do.
    pub fn fix(mut self, sentence: impl Into<String>) -> Self {
        self.fix = Some(sentence.into());
        self
    }
}
