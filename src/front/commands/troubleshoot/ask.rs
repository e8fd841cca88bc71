//! The questions as lines or prompts.

use std::io;

use super::Args;
use crate::front::exit::Failure;
use crate::front::options::{Color, Options};
use crate::front::plain::inquire::Prompts;
use crate::front::plain::lines::Lines;
use crate::front::plain::{Asker, Reply};
use crate::steps;
use crate::symptoms::{Answer, Interview, Question};

/// What the last choice of every question means.
const CANNOT_SAY: steps::Choice = steps::Choice { value: "skip", label: "I cannot say", meaning: "" };

/// What came of a question.
pub(super) enum Asked {
    /// An answer.
    Answer(Answer),
    /// The operator wants the question before.
    Back,
    /// The operator leaves.
    Left,
    /// Nobody is there.
    Nobody,
}

/// Who can be asked; `None` where nobody can. A script that gives words is not kept waiting on its standard input.
pub(super) fn asker(
    args: &Args,
    options: &Options,
    wants_lines: bool,
    has_terminal: bool,
    no_color: bool,
) -> Option<Box<dyn Asker>> {
    let bounce_is_stdin = args.bounce.as_ref().is_some_and(|path| path.as_os_str() == "-");
    if args.json || args.all || bounce_is_stdin {
        return None;
    }
    if has_terminal && !wants_lines {
        let colours = match options.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => !no_color,
        };
        return Some(Box::new(Prompts::new(colours)));
    }
    (options.plain || has_terminal || args.says_nothing()).then(|| Box::new(Lines::stdio()) as Box<dyn Asker>)
}

/// Asks one question. The end of a pipe is no wish to leave: what is known by then is looked at.
pub(super) fn ask(
    asker: &mut dyn Asker,
    question: &Question,
    interview: &Interview,
    has_terminal: bool,
) -> Result<Asked, Failure> {
    let help = format!("Asked because {}.", question.why);
    let reply = match question.answers.is_empty() {
        true => {
            let label = format!("{} (Enter alone: I cannot say)", question.text);
            asker.text(&label, &help, "")?.map(|text| match text.trim() {
                "" => Answer::Skipped,
                text => Answer::Given(text.to_owned()),
            })
        }
        false => choose(asker, question, interview, &help)?,
    };
    Ok(match reply {
        Reply::Given(answer) => Asked::Answer(answer),
        Reply::Back => Asked::Back,
        Reply::Leave if has_terminal => Asked::Left,
        Reply::Leave => Asked::Nobody,
    })
}

fn choose(asker: &mut dyn Asker, question: &Question, interview: &Interview, help: &str) -> io::Result<Reply<Answer>> {
    let choice = |c: &crate::symptoms::Choice| steps::Choice { value: c.value, label: c.text, meaning: "" };
    let choices: Vec<steps::Choice> = question.answers.iter().map(choice).chain([CANNOT_SAY]).collect();
    let before = match interview.remembered(question) {
        Some(Answer::Given(value)) => question.answers.iter().position(|c| c.value == value),
        Some(Answer::Skipped) => Some(question.answers.len()),
        None => None,
    };
    let reply = asker.choice(question.text, help, &choices, before)?;
    Ok(reply.map(|place| match question.answers.get(place) {
        Some(choice) => Answer::Given(choice.value.to_owned()),
        None => Answer::Skipped,
    }))
}
