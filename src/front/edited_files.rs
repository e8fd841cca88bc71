//! `--edited`: what is done with files that were edited by hand, the same for every command that has a plan.

use std::io::{self, Write};

use crate::plan::{EditChoice, EditChoices, HandEdit};
use crate::printable::Printable;

/// The option.
#[derive(Debug, clap::Args)]
pub struct EditedFiles {
    /// What to do with files that you edited since they were written: stop (the default), keep, replace or merge; for
    /// one file FILE=keep
    #[arg(long, value_name = "WHAT")]
    edited: Vec<EditChoice>,
}

impl EditedFiles {
    /// What was chosen.
    pub fn choices(&self) -> EditChoices {
        self.edited.iter().cloned().collect()
    }
}

/// The three-way view of an edited file, for people.
pub fn show(edit: &HandEdit, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\nedited by you: {}, {}", Printable(&edit.path.display().to_string()), edit.purpose)?;
    // Files on the machine may hold anything: what a terminal would obey is spelled out.
    for line in edit.lines() {
        writeln!(out, "  {}", Printable(&line.replace('\t', "    ")))?;
    }
    Ok(())
}
