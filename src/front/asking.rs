//! Somebody to ask, for commands that ask for what is missing.

use std::io::{IsTerminal, stdin, stdout};

use super::options::{Color, Options};
use super::plain::Asker;
use super::plain::inquire::Prompts;
use super::plain::lines::Lines;
use crate::host::Host;
use crate::host::environment::Environment;

/// Prompts on a terminal, plain lines where they are wanted, nobody without either.
pub fn somebody(host: &dyn Host, options: &Options) -> Option<Box<dyn Asker>> {
    let environment = Environment::of(host);
    if options.plain || environment.wants_plain_lines() {
        return Some(Box::new(Lines::stdio()));
    }
    if !(stdin().is_terminal() && stdout().is_terminal()) {
        return None;
    }
    Some(Box::new(Prompts::new(match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => !environment.no_color,
    })))
}
