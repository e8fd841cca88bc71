//! Comfortable prompts on a terminal.

use std::io::{self, Write};
use std::time::Duration;

use ::inquire::ui::RenderConfig;
use ::inquire::{Confirm, InquireError, MultiSelect, Password, PasswordDisplayMode, Select, Text};

use super::{Asker, Reply, Verb};
use crate::front::paragraph::wrapped;
use crate::spec::Secret;
use crate::steps::Choice;

/// Asks by prompts.
pub struct Prompts {
    config: RenderConfig<'static>,
}

impl Prompts {
    /// With or without colours.
    pub fn new(colours: bool) -> Self {
        Self { config: if colours { RenderConfig::default_colored() } else { RenderConfig::empty() } }
    }
}

fn reply<T>(result: Result<T, InquireError>) -> io::Result<Reply<T>> {
    match result {
        Ok(answer) => Ok(Reply::Given(answer)),
        Err(InquireError::OperationCanceled) => Ok(Reply::Back),
        Err(InquireError::OperationInterrupted) => Ok(Reply::Leave),
        Err(InquireError::IO(error)) => Err(error),
        Err(other) => Err(io::Error::other(other.to_string())),
    }
}

/// Help is one line there; longer help is said above the prompt.
fn one_line(help: &str) -> Option<&str> {
    (!help.is_empty() && help.chars().count() <= 76).then_some(help)
}

impl Prompts {
    fn say_long(&mut self, help: &str) -> io::Result<()> {
        if help.is_empty() || one_line(help).is_some() { Ok(()) } else { self.say(help) }
    }
}

impl Asker for Prompts {
    fn say(&mut self, paragraph: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        for line in wrapped(paragraph) {
            writeln!(out, "{line}")?;
        }
        out.flush()
    }

    fn show(&mut self, line: &str) -> io::Result<()> {
        writeln!(io::stdout().lock(), "{line}")
    }

    fn text(&mut self, label: &str, help: &str, present: &str) -> io::Result<Reply<String>> {
        self.say_long(help)?;
        let mut prompt = Text::new(label).with_render_config(self.config).with_initial_value(present);
        prompt.help_message = one_line(help);
        reply(prompt.prompt())
    }

    fn yes_no(&mut self, label: &str, help: &str, present: Option<bool>) -> io::Result<Reply<bool>> {
        self.say_long(help)?;
        let mut prompt = Confirm::new(label).with_render_config(self.config);
        prompt.default = present;
        prompt.help_message = one_line(help);
        reply(prompt.prompt())
    }

    fn choice(
        &mut self,
        label: &str,
        help: &str,
        choices: &[Choice],
        present: Option<usize>,
    ) -> io::Result<Reply<usize>> {
        self.say_long(help)?;
        let shown: Vec<String> = choices.iter().map(Choice::in_words).collect();
        let mut prompt =
            Select::new(label, shown).with_render_config(self.config).with_starting_cursor(present.unwrap_or(0));
        prompt.help_message = one_line(help);
        Ok(reply(prompt.raw_prompt())?.map(|chosen| chosen.index))
    }

    fn several(
        &mut self,
        label: &str,
        help: &str,
        items: &[String],
        present: &[usize],
    ) -> io::Result<Reply<Vec<usize>>> {
        self.say(help)?;
        let prompt = MultiSelect::new(label, items.to_vec()).with_render_config(self.config).with_default(present);
        Ok(reply(prompt.raw_prompt())?.map(|chosen| chosen.into_iter().map(|c| c.index).collect()))
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
        self.show(label)?;
        self.say(help)?;
        loop {
            for item in &list {
                self.show(&format!("  {item}"))?;
            }
            let question = format!("One more {entry}");
            let prompt = Text::new(&question)
                .with_render_config(self.config)
                .with_help_message("Enter goes on; - and the beginning of an entry takes it out; Esc goes back");
            let answer = match reply(prompt.prompt())? {
                Reply::Given(answer) => answer.trim().to_owned(),
                Reply::Back => return Ok(Reply::Back),
                Reply::Leave => return Ok(Reply::Leave),
            };
            if answer.is_empty() {
                return Ok(Reply::Given(list));
            }
            if let Some(start) = answer.strip_prefix('-') {
                match list.iter().position(|item| item.starts_with(start.trim())) {
                    Some(at) => drop(list.remove(at)),
                    None => self.show("Nothing in the list begins like that.")?,
                }
                continue;
            }
            let before = list.len();
            list.push(answer);
            if let Err(sentence) = accept(&mut list) {
                list.truncate(before);
                self.say(&sentence)?;
            }
        }
    }

    fn secret(&mut self, label: &str, help: &str) -> io::Result<Reply<Secret>> {
        self.say_long(help)?;
        let mut prompt = Password::new(label)
            .with_render_config(self.config)
            .with_display_mode(PasswordDisplayMode::Masked)
            .without_confirmation();
        prompt.help_message = one_line(help);
        Ok(reply(prompt.prompt())?.map(Secret::new))
    }

    fn menu(&mut self, items: &[String]) -> io::Result<Reply<Option<usize>>> {
        let mut shown = vec!["Go on".to_owned()];
        shown.extend(items.iter().map(|item| crate::printable::excerpt(item, 74)));
        let prompt = Select::new("Go on, or change one", shown).with_render_config(self.config).with_page_size(14);
        Ok(reply(prompt.raw_prompt())?.map(|chosen| chosen.index.checked_sub(1)))
    }

    fn verb(&mut self, question: &str, verbs: &[Verb]) -> io::Result<Reply<char>> {
        let labels: Vec<&str> = verbs.iter().map(|v| v.label).collect();
        let question = if question.is_empty() { "What next" } else { question };
        let prompt = Select::new(question, labels).with_render_config(self.config).without_help_message();
        let chosen = reply(prompt.raw_prompt())?;
        Ok(chosen.map(|chosen| verbs.get(chosen.index).map_or('q', |v| v.key)))
    }

    fn verb_within(&mut self, verbs: &[Verb], wait: Duration) -> io::Result<Option<Reply<char>>> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let stdin = io::stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        let limit = Timespec {
            tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(wait.subsec_nanos()),
        };
        if poll(&mut fds, Some(&limit))? == 0 {
            return Ok(None);
        }
        let mut line = String::new();
        if stdin.read_line(&mut line)? == 0 {
            return Ok(Some(Reply::Leave));
        }
        self.verb("", verbs).map(Some)
    }
}
