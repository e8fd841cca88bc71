//! `mailwizard undo [ID]`: back to before the last apply, or one of the earlier ones taken out.

use crate::apply::{self, RealNetwork};
use crate::front::edited_files::EditedFiles;
use crate::front::exit::{Exit, Failure};
use crate::front::output::Output;
use crate::front::progress::{Progress, exit};
use crate::front::wizard::Wizard;

/// What to undo.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The apply to undo; later ones stay. The newest when absent
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Undo everything that came after it too: back to before it
    #[arg(long, requires = "id")]
    and_later: bool,
    #[command(flatten)]
    edited: EditedFiles,
    /// Print what happens as JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// Undoes it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    let (host, paths) = (&*wizard.host, &wizard.paths);
    let mut progress = Progress::new(Output::stdout(), args.json);
    let mut lost = None;
    let mut listen = |event: &_| lost = progress.show(event).err().or(lost.take());
    let newest = apply::newest_in_effect(host, paths)?;
    let code = match args.id.as_deref().filter(|id| !args.and_later && newest.as_deref() != Some(*id)) {
        Some(id) => {
            let choices = args.edited.choices();
            exit(apply::take_out(host, &RealNetwork, paths, id, &choices, &mut listen)?.outcome)
        }
        None => {
            apply::undo(host, paths, args.id.as_deref(), &mut listen)?;
            Exit::Done
        }
    };
    if let Some(error) = lost {
        return Err(error.into());
    }
    Ok(code)
}
