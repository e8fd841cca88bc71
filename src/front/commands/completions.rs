//! `mailwizard completions SHELL`.

use std::io::Write;

use clap_complete::Shell;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;

/// The shell to print completions for.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the completion script of `program` for the shell.
pub fn run(args: &Args, mut program: clap::Command) -> Result<Exit, Failure> {
    // The generator panics when its writer fails, so it writes to memory.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut program, "mailwizard", &mut script);
    let mut out = Output::stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Done)
}
