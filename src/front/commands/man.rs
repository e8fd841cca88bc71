//! `mailwizard man`: the manual page, made from the same declarations as `--help`.

use std::io::Write;

use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;

/// Prints the manual page of `program` as roff: the program itself, then each subcommand.
pub fn run(program: clap::Command) -> Result<Exit, Failure> {
    let mut program = program;
    program.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(program.clone()).render(&mut page)?;
    for subcommand in program.get_subcommands().filter(|s| s.get_name() != "help") {
        let man = clap_mangen::Man::new(subcommand.clone());
        writeln!(page, ".SH \"{}\"", format!("mailwizard {}", subcommand.get_name()).to_uppercase())?;
        man.render_description_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_options_section(&mut page)?;
    }
    let mut out = Output::stdout();
    out.write_all(&page)?;
    out.flush()?;
    Ok(Exit::Done)
}
