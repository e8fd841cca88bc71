//! Somebody to ask, for commands that ask for what is missing.

use std::io::{IsTerminal, stdin, stdout};
use std::path::Path;

use super::exit::{Exit, Failure};
use super::options::{Color, Options};
use super::plain::inquire::Prompts;
use super::plain::lines::Lines;
use super::plain::question::ask;
use super::plain::{Asker, Reply};
use super::wizard::read_accounts;
use crate::host::Host;
use crate::host::environment::Environment;
use crate::steps::{Draft, STEPS};

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

/// Asks the set-up's own questions of these names, in this order, about the draft.
pub fn fields(host: &dyn Host, asker: &mut dyn Asker, draft: &mut Draft, ids: &[&str]) -> Result<(), Failure> {
    let read = |path: &Path| read_accounts(host, path).map_err(|refusal| refusal.to_string());
    for field in ids.iter().filter_map(|id| STEPS.iter().flat_map(|s| s.fields).find(|f| f.id == *id)) {
        given(ask(asker, draft, field, &read)?)?;
    }
    Ok(())
}

/// The answer; who does not want to answer leaves.
pub fn given<T>(reply: Reply<T>) -> Result<T, Failure> {
    match reply {
        Reply::Given(answer) => Ok(answer),
        Reply::Back | Reply::Leave => Err(Failure::new(Exit::Left, "left; nothing was changed.")),
    }
}

/// Why a command without somebody to ask cannot go on.
pub fn missing(what: &str, example: &str) -> Failure {
    Failure::new(Exit::Usage, format!("{what} is missing, and there is no terminal to ask on: {example}"))
}
