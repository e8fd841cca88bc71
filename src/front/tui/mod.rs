//! The wizard on a full screen.
//!
//! One stream of [`Msg`](msg::Msg) goes into [`update`], which changes the [`Model`](model::Model) and answers with
//! [`Effect`](msg::Effect)s; [`view`] draws the model; only [`runner`] and [`guard`] touch the terminal, the machine and
//! the network. Nothing ticks while nothing happens, and a frame is drawn only when something changed.

pub mod guard;
pub mod keys;
pub mod model;
pub mod msg;
pub mod runner;
pub mod theme;
pub mod trouble;
pub mod update;
pub mod view;

use std::io::{self, IsTerminal};

use crate::front::exit::{Exit, Failure};
use crate::front::options::{Color, Options};
use crate::front::wizard::Wizard;
use crate::host::environment::Environment;
use model::{HubPage, Place};
use theme::Theme;

/// Why the screen cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "the wizard needs a terminal, and standard input or output is none. Without one: mailwizard setup --answers FILE --yes"
)]
pub struct NoTerminal;

/// Opens the wizard on this terminal and runs it until it is left.
pub fn open(options: &Options, wizard: Wizard) -> Result<Exit, Failure> {
    open_at(None, options, wizard)
}

/// Opens the page "Something is wrong" on this terminal.
pub fn troubleshoot(options: &Options, wizard: Wizard) -> Result<Exit, Failure> {
    open_at(Some(Place::Page(HubPage::Trouble)), options, wizard)
}

fn open_at(place: Option<Place>, options: &Options, wizard: Wizard) -> Result<Exit, Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Failure::new(Exit::Usage, NoTerminal));
    }
    let environment = Environment::of(&*wizard.host);
    let colour = match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => !environment.no_color && environment.term != "linux-mono",
    };
    let ascii = options.ascii || environment.term == "linux" || !environment.utf8;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let setting = runner::Setting { wizard, theme: Theme::new(colour, ascii), place };
    let ended = runtime.block_on(runner::run(setting));
    // What still looks at the machine must not hold up the operator who left.
    runtime.shutdown_background();
    ended
}
