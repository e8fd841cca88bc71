//! `mailwizard undo [ID]`: back to before an apply.

use crate::apply;
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::progress::Progress;
use crate::front::wizard::Wizard;

/// What to undo.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The apply to go back to before, with all later ones; the newest when absent
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Print what happens as JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// Undoes it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    let mut progress = Progress::new(Output::stdout(), args.json);
    let mut lost = None;
    apply::undo(&*wizard.host, &wizard.paths, args.id.as_deref(), &mut |event| {
        lost = progress.show(event).err().or(lost.take());
    })?;
    if let Some(error) = lost {
        return Err(error.into());
    }
    Ok(Exit::Done)
}
