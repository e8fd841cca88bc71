//! Append-only lines: no escape sequence is ever written, every question is one line, every list is numbered. For
//! pipes, screen readers (ACCESSIBLE=1) and dumb terminals.

use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use zeroize::Zeroizing;

use super::echo::WithoutEcho;
use super::{Asker, Reply, Verb};
use crate::front::output::Output;
use crate::front::paragraph::{WIDTH, wrapped};
use crate::spec::Secret;
use crate::steps::Choice;

/// No line of input may be longer; what follows is another line.
const LONGEST_LINE: u64 = 4096;

/// Asks in lines.
pub struct Lines<W: Write> {
    input: Receiver<Zeroizing<String>>,
    output: W,
    /// Whether answers are repeated, because no terminal shows them.
    repeats: bool,
}

impl Lines<Output<io::BufWriter<io::Stdout>>> {
    /// On standard input and output.
    pub fn stdio() -> Self {
        Self::new(io::BufReader::new(io::stdin()), Output::stdout(), !io::stdin().is_terminal())
    }
}

impl<W: Write> Lines<W> {
    /// On any input and output. A thread reads the input, so that an answer can be waited for with a limit.
    pub fn new(mut input: impl BufRead + Send + 'static, output: W, repeats: bool) -> Self {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            loop {
                let mut line = Zeroizing::new(String::new());
                // Input that is not text ends the conversation like the end of the input does.
                match io::Read::take(&mut input, LONGEST_LINE).read_line(&mut line) {
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
                let length = line.trim_end_matches(['\n', '\r']).len();
                line.truncate(length);
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { input: receiver, output, repeats }
    }

    /// One answer; `None` at the end of the input.
    fn ask(&mut self, prompt: &str) -> io::Result<Option<Zeroizing<String>>> {
        write!(self.output, "{prompt} ")?;
        self.output.flush()?;
        let Ok(answer) = self.input.recv() else {
            writeln!(self.output)?;
            return Ok(None);
        };
        if self.repeats {
            writeln!(self.output, "{}", crate::printable::printable(&answer))?;
        }
        Ok(Some(answer))
    }

    /// Asks until `parse` takes the answer; handles help, back and quit.
    fn until<T>(
        &mut self,
        prompt: &str,
        help: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> io::Result<Reply<T>> {
        loop {
            let Some(answer) = self.ask(prompt)? else { return Ok(Reply::Leave) };
            match answer.trim() {
                "?" => {
                    self.say(help)?;
                    self.say(NAVIGATION)?;
                }
                "back" => return Ok(Reply::Back),
                "quit" => return Ok(Reply::Leave),
                answer => match parse(answer) {
                    Ok(value) => return Ok(Reply::Given(value)),
                    Err(sentence) => self.say(&sentence)?,
                },
            }
        }
    }
}

/// How to get about; said once at the start.
pub const NAVIGATION: &str = "Enter takes what stands in [ ]. ? explains, - means none, back goes back, quit leaves; \
                              answers are kept.";

impl<W: Write> Asker for Lines<W> {
    fn say(&mut self, paragraph: &str) -> io::Result<()> {
        for line in wrapped(paragraph) {
            writeln!(self.output, "{line}")?;
        }
        self.output.flush()
    }

    fn show(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.output, "{line}")?;
        self.output.flush()
    }

    fn text(&mut self, label: &str, help: &str, present: &str) -> io::Result<Reply<String>> {
        self.say(help)?;
        let prompt = if present.is_empty() { format!("{label}:") } else { format!("{label} [{present}]:") };
        self.until(&prompt, help, |answer| {
            Ok(match answer {
                "" => present.to_owned(),
                "-" => String::new(),
                answer => answer.to_owned(),
            })
        })
    }

    fn yes_no(&mut self, label: &str, help: &str, present: Option<bool>) -> io::Result<Reply<bool>> {
        self.say(help)?;
        let prompt = match present {
            Some(true) => format!("{label}, yes or no [yes]:"),
            Some(false) => format!("{label}, yes or no [no]:"),
            None => format!("{label}, yes or no:"),
        };
        self.until(&prompt, help, |answer| match answer.to_ascii_lowercase().as_str() {
            "yes" | "y" => Ok(true),
            "no" | "n" => Ok(false),
            "" => present.ok_or_else(|| "Type yes or no.".to_owned()),
            _ => Err("Type yes or no.".into()),
        })
    }

    fn choice(
        &mut self,
        label: &str,
        help: &str,
        choices: &[Choice],
        present: Option<usize>,
    ) -> io::Result<Reply<usize>> {
        self.say(help)?;
        self.show(&format!("{label}:"))?;
        for (number, choice) in (1..).zip(choices) {
            self.say(&format!("  {number} {}", choice.in_words()))?;
        }
        let prompt = present.map_or("Number:".to_owned(), |p| format!("Number [{}]:", p + 1));
        let refusal = || format!("Type a number from 1 to {}.", choices.len());
        self.until(&prompt, help, |answer| {
            if answer.is_empty() {
                return present.ok_or_else(refusal);
            }
            let by_number = answer.parse::<usize>().ok().filter(|n| (1..=choices.len()).contains(n)).map(|n| n - 1);
            by_number
                .or_else(|| choices.iter().position(|c| c.value == answer || c.label == answer))
                .ok_or_else(refusal)
        })
    }

    fn several(
        &mut self,
        label: &str,
        help: &str,
        items: &[String],
        present: &[usize],
    ) -> io::Result<Reply<Vec<usize>>> {
        self.say(help)?;
        self.show(&format!("{label}:"))?;
        for (number, item) in (1..).zip(items) {
            self.show(&format!("  {number} {item}"))?;
        }
        let numbers: Vec<String> = present.iter().map(|p| (p + 1).to_string()).collect();
        let shown = if numbers.is_empty() { "none".to_owned() } else { numbers.join(",") };
        self.until(&format!("Numbers with commas, or none [{shown}]:"), help, |answer| match answer {
            "" => Ok(present.to_vec()),
            "-" | "0" | "none" => Ok(Vec::new()),
            answer => answer
                .split([',', ' '])
                .filter(|word| !word.is_empty())
                .map(|word| match word.parse::<usize>() {
                    Ok(n) if (1..=items.len()).contains(&n) => Ok(n - 1),
                    _ => Err(format!("Type numbers from 1 to {} with commas between them, or none.", items.len())),
                })
                .collect(),
        })
    }

    fn list(
        &mut self,
        label: &str,
        help: &str,
        entry: &str,
        present: Vec<String>,
        accept: &mut dyn FnMut(&mut Vec<String>) -> Result<(), String>,
    ) -> io::Result<Reply<Vec<String>>> {
        let mut list = present;
        self.say(help)?;
        self.show(&format!("{label}:"))?;
        for (number, item) in (1..).zip(&list) {
            self.show(&format!("  {number} {item}"))?;
        }
        if !list.is_empty() {
            self.say(&format!(
                "Enter keeps this list. Type one more {entry}, or -1 to take the first out, - for all."
            ))?;
        }
        loop {
            let article = if entry.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
            let prompt = format!("{article} {entry}, or Enter to go on:");
            let answer = match self.until(&prompt, help, |answer| Ok(answer.to_owned()))? {
                Reply::Given(answer) => answer,
                Reply::Back => return Ok(Reply::Back),
                Reply::Leave => return Ok(Reply::Leave),
            };
            match answer.as_str() {
                "" => return Ok(Reply::Given(list)),
                "-" => list.clear(),
                removed if removed.starts_with('-') => match removed[1..].parse::<usize>() {
                    Ok(n) if (1..=list.len()).contains(&n) => {
                        let gone = list.remove(n - 1);
                        self.show(&format!("Taken out: {gone}"))?;
                    }
                    _ => self.say(&format!("There is no number {} in the list.", &removed[1..]))?,
                },
                _ => {
                    let before = list.len();
                    list.push(answer.clone());
                    match accept(&mut list) {
                        Ok(()) if list.last() == Some(&answer) => {}
                        Ok(()) => self.say(&format!("The list holds {} now.", list.len()))?,
                        Err(sentence) => {
                            list.truncate(before);
                            self.say(&sentence)?;
                        }
                    }
                }
            }
        }
    }

    fn secret(&mut self, label: &str, help: &str) -> io::Result<Reply<Secret>> {
        loop {
            write!(self.output, "{label}: ")?;
            self.output.flush()?;
            let answer = {
                let _silent = WithoutEcho::new();
                self.input.recv()
            };
            writeln!(self.output)?;
            let Ok(answer) = answer else { return Ok(Reply::Leave) };
            match answer.as_str() {
                "?" => self.say(help)?,
                _ => return Ok(Reply::Given(Secret::new(answer.to_string()))),
            }
        }
    }

    fn menu(&mut self, items: &[String]) -> io::Result<Reply<Option<usize>>> {
        for (number, item) in (1..).zip(items) {
            self.show(&crate::printable::excerpt(&format!("  {number:>2} {item}"), WIDTH))?;
        }
        self.until("Enter to go on, or a number to change that:", "", |answer| match answer {
            "" | "g" => Ok(None),
            answer => match answer.parse::<usize>() {
                Ok(n) if (1..=items.len()).contains(&n) => Ok(Some(n - 1)),
                _ => Err(format!("Type a number from 1 to {}, or only Enter.", items.len())),
            },
        })
    }

    fn verb(&mut self, question: &str, verbs: &[Verb]) -> io::Result<Reply<char>> {
        if !question.is_empty() {
            self.say(question)?;
        }
        let listed: Vec<String> = verbs.iter().map(|v| format!("{} {}", v.key, v.label)).collect();
        let prompt = match verbs.first() {
            Some(first) => format!("{} [{}]:", listed.join(", "), first.key),
            None => String::new(),
        };
        self.until(&prompt, "", |answer| parse_verb(answer, verbs))
    }

    fn verb_within(&mut self, verbs: &[Verb], wait: Duration) -> io::Result<Option<Reply<char>>> {
        let answer = match self.input.recv_timeout(wait) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => return Ok(None),
            Err(RecvTimeoutError::Disconnected) => return Ok(Some(Reply::Leave)),
        };
        match answer.trim() {
            "quit" => Ok(Some(Reply::Leave)),
            "back" => Ok(Some(Reply::Back)),
            answer => match parse_verb(answer, verbs) {
                Ok(key) => Ok(Some(Reply::Given(key))),
                Err(sentence) => self.say(&sentence).map(|()| None),
            },
        }
    }
}

fn parse_verb(answer: &str, verbs: &[Verb]) -> Result<char, String> {
    if answer.is_empty() {
        return verbs.first().map(|v| v.key).ok_or_else(String::new);
    }
    let chosen = verbs.iter().find(|v| answer.eq_ignore_ascii_case(v.label) || answer == v.key.to_string());
    let keys: Vec<String> = verbs.iter().map(|v| v.key.to_string()).collect();
    chosen.map(|v| v.key).ok_or_else(|| format!("Type one of {}.", keys.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn with(input: &str) -> Lines<Vec<u8>> {
        Lines::new(Cursor::new(input.to_owned().into_bytes()), Vec::new(), true)
    }

    #[test]
    fn help_and_refusals_come_before_the_answer() {
        let mut lines = with("?\nmaybe\ny\n");
        assert_eq!(lines.yes_no("Greylisting", "Makes senders come back.", Some(false)).unwrap(), Reply::Given(true));
        assert_eq!(
            String::from_utf8(lines.output).unwrap(),
            "Makes senders come back.\nGreylisting, yes or no [no]: ?\nMakes senders come back.\n\
             Enter takes what stands in [ ]. ? explains, - means none, back goes back, quit\n\
             leaves; answers are kept.\n\
             Greylisting, yes or no [no]: maybe\nType yes or no.\n\
             Greylisting, yes or no [no]: y\n"
        );
    }

    #[test]
    fn a_list_grows_shrinks_and_refuses() {
        let mut lines = with("b.example\nb.example\n-1\n-9\n\n");
        let mut no_doubles = |list: &mut Vec<String>| {
            let (last, before) = list.split_last().unwrap();
            if before.contains(last) { Err(format!("'{last}' is given twice.")) } else { Ok(()) }
        };
        let reply = lines.list("Domains", "One a line.", "domain", vec!["a.example".into()], &mut no_doubles).unwrap();
        assert_eq!(reply, Reply::Given(vec!["b.example".to_owned()]));
        let shown = String::from_utf8(lines.output).unwrap();
        assert!(shown.contains("'b.example' is given twice.\n"), "{shown}");
        assert!(shown.contains("Taken out: a.example\n"), "{shown}");
        assert!(shown.contains("There is no number 9 in the list.\n"), "{shown}");
    }

    #[test]
    fn the_end_of_the_input_means_leaving() {
        assert_eq!(with("").text("Host name", "", "x").unwrap(), Reply::Leave);
        assert_eq!(with("").verb_within(&[], Duration::from_millis(200)).unwrap(), Some(Reply::Leave));
    }

    #[test]
    fn numbers_words_and_none_choose() {
        let items = ["a.example".to_owned(), "b.example".to_owned()];
        assert_eq!(with("\n").several("Which", "", &items, &[1]).unwrap(), Reply::Given(vec![1]));
        assert_eq!(with("none\n").several("Which", "", &items, &[1]).unwrap(), Reply::Given(vec![]));
        assert_eq!(with("3\n1,2\n").several("Which", "", &items, &[]).unwrap(), Reply::Given(vec![0, 1]));
        let verbs = [Verb { key: 'g', label: "go on" }, Verb { key: 'q', label: "leave" }];
        assert_eq!(with("x\n\n").verb("", &verbs).unwrap(), Reply::Given('g'));
        assert_eq!(with("q\n").verb("", &verbs).unwrap(), Reply::Given('q'));
    }

    #[test]
    fn a_password_is_not_repeated_and_paragraphs_fit_80_columns() {
        let mut lines = with("canary-4711\n");
        assert_eq!(lines.secret("Password", "").unwrap(), Reply::Given(Secret::new("canary-4711".into())));
        lines.say(&"many words ".repeat(40)).unwrap();
        let shown = String::from_utf8(lines.output).unwrap();
        assert!(!shown.contains("canary"), "{shown}");
        assert!(shown.lines().all(|l| l.len() < 80), "{shown}");
        assert!(!shown.contains('\x1b'));
    }
}
