//! What an answers file left open, filled with what was found and with defaults, and said.

use std::collections::BTreeSet;

use super::{Draft, Kind, STEPS, Value};

/// A value that nobody gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// The question's label ("Reports go to").
    pub label: &'static str,
    /// The value in words.
    pub value: String,
    /// Where it comes from ("the first account", "default").
    pub source: String,
}

/// Answers every question that is asked but was not given with what was found; what has a default keeps it. Gives all
/// of these in the order they are asked. What is still missing afterwards says [`Draft::spec`].
pub fn assume(draft: &mut Draft, given: &BTreeSet<String>) -> Vec<Assumed> {
    let mut assumed = Vec::new();
    for field in STEPS.iter().flat_map(|s| s.fields) {
        if given.contains(field.id) || !(field.shown)(draft) {
            continue;
        }
        let (value, source) = match (field.get)(draft) {
            Value::Missing => match (field.suggest)(draft) {
                Some(found) if draft.answer(field, found.value.clone()).is_ok() => (found.value, found.source),
                _ => continue,
            },
            value => (value, "default".to_owned()),
        };
        assumed.push(Assumed { label: field.label, value: value.in_words(field.kind), source });
    }
    assumed
}

impl Value {
    /// The answer on one line, as a person would say it; a secret is never part of it.
    pub fn in_words(&self, kind: Kind) -> String {
        match self {
            Self::Missing => "not given".into(),
            Self::Text(text) if text.is_empty() => "none".into(),
            Self::Text(text) => crate::printable::printable(text),
            Self::YesNo(true) => "yes".into(),
            Self::YesNo(false) => "no".into(),
            Self::Choice(value) => match kind {
                Kind::Choice(choices) => {
                    choices.iter().find(|c| c.value == value).map_or(value.clone(), |c| c.label.to_owned())
                }
                _ => value.clone(),
            },
            Self::List(lines) if lines.is_empty() => "none".into(),
            Self::List(lines) => crate::printable::printable(&lines.join("; ")),
            Self::Secret(_) => "given".into(),
            Self::Passwords(passwords) => {
                let given = passwords.iter().filter(|(_, secret)| secret.is_some()).count();
                match passwords.len() - given {
                    0 => "given".into(),
                    _ if given == 0 => "made for you, shown at the end".into(),
                    made => format!("{given} given, {made} made for you, shown at the end"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::spec::answers;

    #[test]
    fn role_addresses_and_the_reader_of_reports_are_assumed_and_said() {
        let text = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n\
                    [certificate]\nagree_to_terms = true\n[[accounts]]\naddress = \"alice@example.org\"\n";
        let parsed = answers::parse(text).unwrap();
        let mut draft = Draft::from_spec(Facts::default(), parsed.spec);
        draft.answered = parsed.given.clone();
        let assumed = assume(&mut draft, &parsed.given);
        let spec = draft.spec().unwrap();
        assert_eq!(spec.admin_email, crate::spec::Mailbox::parse("alice@example.org").ok());
        assert_eq!(spec.aliases.len(), 4);
        let said =
            |label: &str| assumed.iter().find(|a| a.label == label).map(|a| (a.value.as_str(), a.source.as_str()));
        assert_eq!(said("Reports go to"), Some(("alice@example.org", "the first account")));
        assert_eq!(said("Greylisting"), Some(("no", "default")));
        assert_eq!(said("Host name"), None, "it was given");
    }

    #[test]
    fn terms_are_never_assumed_to_be_accepted() {
        let text = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n";
        let parsed = answers::parse(text).unwrap();
        let mut draft = Draft::from_spec(Facts::default(), parsed.spec);
        assume(&mut draft, &parsed.given);
        assert!(!draft.certificate.agree_to_terms);
        assert!(draft.spec().unwrap_err().join(" ").contains("agree_to_terms"));
    }

    #[test]
    fn an_empty_list_in_the_file_is_an_answer() {
        let text = "version = 1\nhostname = \"mail.example.org\"\naliases = []\n[[domains]]\nname = \"example.org\"\n\
                    [[accounts]]\naddress = \"alice@example.org\"\n";
        let parsed = answers::parse(text).unwrap();
        let mut draft = Draft::from_spec(Facts::default(), parsed.spec);
        assume(&mut draft, &parsed.given);
        assert!(draft.aliases.is_empty());
    }
}
