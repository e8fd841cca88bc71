//! The names that `mailwizard check` is given: as arguments, or on standard input.

use std::io::{BufRead, Read as _};

use crate::front::exit::{Exit, Failure};
use crate::spec::Domain;

/// More names than this are refused.
const MOST_NAMES: usize = 100_000;
/// The longest line that is taken.
const LONGEST_LINE: u64 = 1024;

/// The names in the order they were given, each once; `-` stands for those on `input`, one a line, where '#' begins a
/// comment.
pub fn names(given: &[String], input: &mut dyn BufRead) -> Result<Vec<Domain>, Failure> {
    let mut names = Names::default();
    for name in given {
        match name.as_str() {
            "-" => read(&mut names, input)?,
            name => names.add(name, "")?,
        }
    }
    Ok(names.list)
}

#[derive(Default)]
struct Names {
    list: Vec<Domain>,
    seen: std::collections::HashSet<Domain>,
}

impl Names {
    fn add(&mut self, text: &str, place: &str) -> Result<(), Failure> {
        let bare = text.strip_suffix('.').unwrap_or(text);
        let name = Domain::parse(bare).map_err(|e| Failure::new(Exit::Usage, format!("{place}{e}")))?;
        if self.seen.insert(name.clone()) {
            self.list.push(name);
        }
        match self.list.len() > MOST_NAMES {
            true => Err(Failure::new(Exit::Usage, format!("more than {MOST_NAMES} names: check them in portions."))),
            false => Ok(()),
        }
    }
}

fn read(names: &mut Names, input: &mut dyn BufRead) -> Result<(), Failure> {
    for number in 1_usize.. {
        let mut line = Vec::new();
        let count = input.take(LONGEST_LINE + 1).read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(());
        }
        let place = format!("line {number}: ");
        if line.len() as u64 > LONGEST_LINE {
            return Err(Failure::new(Exit::Usage, format!("{place}it is longer than {LONGEST_LINE} characters.")));
        }
        let text = String::from_utf8_lossy(&line);
        let name = text.split('#').next().unwrap_or_default().trim();
        if !name.is_empty() {
            names.add(name, &place)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(given: &[&str], input: &str) -> Result<Vec<String>, String> {
        let given: Vec<String> = given.iter().map(|g| (*g).to_owned()).collect();
        match names(&given, &mut input.as_bytes()) {
            Ok(names) => Ok(names.iter().map(|n| n.as_str().to_owned()).collect()),
            Err(failure) => Err(failure.error.to_string()),
        }
    }

    #[test]
    fn lines_comments_and_doubles() {
        let input = "# customers\nexample.org\n\n  Example.NET. # moved\nexample.org\r\n";
        assert_eq!(of(&["first.example", "-"], input).unwrap(), ["first.example", "example.org", "example.net"]);
        assert_eq!(of(&[], "ignored.example").unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_name_is_told_with_its_line() {
        let refused = of(&["-"], "example.org\nmail_1.example.org\n").unwrap_err();
        assert!(refused.starts_with("line 2: 'mail_1.example.org' is not a domain"), "{refused}");
        let refused = of(&["-"], &"a".repeat(5000)).unwrap_err();
        assert_eq!(refused, "line 1: it is longer than 1024 characters.");
    }
}
