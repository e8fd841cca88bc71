//! Questions before something that is not easily taken back.

use std::io::{BufRead, IsTerminal, Read, Write, stdin};

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;

/// Asks for a word; `true` when exactly that was typed. Nobody to ask is wrong usage, and `instead` says what to give then.
pub fn typed(question: &str, word: &str, instead: &str) -> Result<bool, Failure> {
    Ok(line(question, instead)? == word)
}

/// Asks yes or no; only a yes is one.
pub fn agreed(question: &str, instead: &str) -> Result<bool, Failure> {
    let answer = line(&format!("{question} [y/N] "), instead)?;
    Ok(matches!(answer.to_lowercase().as_str(), "y" | "yes"))
}

/// Refuses before anything is written where a question will come that nobody is there to answer.
pub fn must_be_possible(instead: &str) -> Result<(), Failure> {
    match stdin().is_terminal() {
        true => Ok(()),
        false => Err(Failure::new(Exit::Usage, format!("there is no terminal to ask on: {instead}"))),
    }
}

/// Asks for a line.
pub fn line(question: &str, instead: &str) -> Result<String, Failure> {
    must_be_possible(instead)?;
    let mut out = Output::stdout();
    write!(out, "{question}")?;
    out.flush()?;
    let mut answer = String::new();
    stdin().lock().take(4096).read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
