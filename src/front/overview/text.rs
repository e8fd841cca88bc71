//! An overview as one screen of text.

use std::fmt::Write as _;

use super::{Overview, lines, needs};
use crate::finding::Outcome;
use crate::front::paragraph::wrapped;

/// Columns of the labels.
const LABEL: usize = 12;

/// What needs the operator first, with the command that leads to it, then the state, a line each.
pub fn text(overview: &Overview) -> String {
    let mut text = String::new();
    let needs = needs(overview);
    let name = overview.server.known().map(|server| server.hostname.to_string()).unwrap_or_default();
    let verdict = match needs.len() {
        0 => "nothing needs you".to_owned(),
        1 => "one thing needs you".to_owned(),
        n => format!("{n} things need you"),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{name}: {verdict}.");
    for need in needs {
        let word = match need.outcome {
            Outcome::Fail => "[FAIL]",
            Outcome::Warn => "[warn]",
            _ => "[note]",
        };
        let command = need.leads.command().map(|command| format!(" ({command})")).unwrap_or_default();
        let line = crate::printable::printable(&format!("  {word} {}{command}", need.text));
        add(&mut text, &line);
    }
    for line in lines(overview) {
        let line = crate::printable::printable(&format!("  {:LABEL$}{}", line.label, line.text));
        add(&mut text, &line);
    }
    text
}

fn add(text: &mut String, line: &str) {
    for line in wrapped(line) {
        text.push_str(&line);
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Machine, Part};
    use super::*;

    #[test]
    fn what_needs_the_operator_comes_first_with_its_command() {
        let edited = Machine { edited: vec!["/etc/postfix/main.cf".into()], ..Machine::default() };
        let text = text(&Overview { machine: Part::Known(edited), ..Overview::default() });
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some(": one thing needs you."));
        assert_eq!(lines.next(), Some("  [warn] you changed /etc/postfix/main.cf by hand: keep it? (mailwizard plan)"));
        assert_eq!(lines.next(), Some("  Checks      ..."));
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    }
}
