//! The terms that causes are proved by.
//!
//! | term | holds when |
//! |---|---|
//! | `check:ID` | a result of the check failed |
//! | `check:ID=pass` | every result of the check passed (`info` counts as passed), and there is one |
//! | `check:ID=pass~text` | the same of the results that say this text |
//! | `check:ID=warn`, `=unknown`, `=skipped` | a result ended so |
//! | `check:ID~text` | a result failed and says this text anywhere |
//! | `log:ID` | the pattern is in the log |
//! | `log:ID~text` | a line of the pattern says this text |
//! | `bounce:ID` | the pattern is in the bounce, or in the operator's words |
//! | `drift:PREFIX` | a file below this path is not as it was set up |
//! | `look:ID` | a look at the machine found it |
//! | `said:WORD` | the operator said it |

use serde::Deserialize;

use crate::finding::Outcome;

/// One term.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[allow(missing_docs, reason = "the table above says what they mean")]
pub enum Term {
    Check { id: String, outcome: Outcome, says: Option<String> },
    Log { id: String, says: Option<String> },
    Bounce { id: String },
    Drift { below: String },
    Look { id: String },
    Said { word: String },
}

impl TryFrom<String> for Term {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (kind, rest) =
            text.split_once(':').ok_or_else(|| format!("'{text}' is no term: it needs a kind and a colon"))?;
        let (id, says) = match rest.split_once('~') {
            Some((id, says)) => (id, Some(says.to_lowercase())),
            None => (rest, None),
        };
        let id = id.to_owned();
        Ok(match kind {
            "check" => {
                let (id, outcome) = match id.split_once('=') {
                    None => (id.clone(), Outcome::Fail),
                    Some((id, word)) => {
                        (id.to_owned(), outcome(word).ok_or_else(|| format!("'{text}': no outcome '{word}'"))?)
                    }
                };
                Self::Check { id, outcome, says }
            }
            "log" => Self::Log { id, says },
            "bounce" => Self::Bounce { id },
            "drift" => Self::Drift { below: id },
            "look" => Self::Look { id },
            "said" => Self::Said { word: id.to_lowercase() },
            _ => return Err(format!("'{text}': no kind of term '{kind}'")),
        })
    }
}

fn outcome(word: &str) -> Option<Outcome> {
    Some(match word {
        "pass" => Outcome::Pass,
        "info" => Outcome::Info,
        "warn" => Outcome::Warn,
        "fail" => Outcome::Fail,
        "unknown" => Outcome::Unknown,
        "skipped" => Outcome::Skipped,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_and_nonsense_is_refused() {
        let term = |text: &str| Term::try_from(text.to_owned());
        assert_eq!(
            term("check:host-disk=pass"),
            Ok(Term::Check { id: "host-disk".into(), outcome: Outcome::Pass, says: None })
        );
        assert_eq!(
            term("check:service-running~Postfix"),
            Ok(Term::Check { id: "service-running".into(), outcome: Outcome::Fail, says: Some("postfix".into()) })
        );
        for text in ["postfix", "foo:bar", "check:x=good"] {
            assert!(term(text).is_err(), "{text}");
        }
    }
}
