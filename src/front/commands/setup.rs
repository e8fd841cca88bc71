//! `mailwizard setup`: questions, plan, apply, verify.

use std::io::{IsTerminal, stdin, stdout};
use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;

use crate::front::answers::{self, Loaded};
use crate::front::edited_files::EditedFiles;
use crate::front::exit::{Exit, Failure};
use crate::front::options::{Color, Options};
use crate::front::plain::Asker;
use crate::front::plain::inquire::Prompts;
use crate::front::plain::lines::{Lines, NAVIGATION};
use crate::front::plain::pages::Setup;
use crate::front::plain::walk::walk;
use crate::front::wizard::{Start, Wizard, read_accounts, take_accounts};
use crate::front::{tui, unattended};
use crate::host::environment::Environment;
use crate::keys::csv_import::ImportedAccount;
use crate::steps::{Engine, assume};

/// How to set up.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take the answers from this file instead of asking
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Take accounts from this CSV file too: address,name,password-or-hash
    #[arg(long, value_name = "FILE")]
    accounts: Option<PathBuf>,
    /// Ask nothing at all: carry out what the answers file says
    #[arg(long, requires = "answers")]
    yes: bool,
    #[command(flatten)]
    edited: EditedFiles,
    /// Print events as JSON, one object a line; needs --yes
    #[arg(long, requires = "yes")]
    json: bool,
}

/// Neither somebody to ask nor a file to read.
#[derive(Debug, thiserror::Error)]
#[error("there is no terminal to ask on. Without one: mailwizard setup --answers FILE --yes")]
struct NobodyToAsk;

/// Sets this machine up.
pub fn run(args: &Args, options: &Options) -> Result<Exit, Failure> {
    let wizard = Wizard::on_this_machine();
    let environment = Environment::of(&*wizard.host);
    let wants_lines = options.plain || environment.wants_plain_lines();
    let has_terminal = stdin().is_terminal() && stdout().is_terminal();
    if !args.yes && !wants_lines && !has_terminal {
        return Err(Failure::new(Exit::Usage, NobodyToAsk));
    }
    wizard.require_root()?;
    let mut given = match &args.answers {
        Some(path) => {
            let loaded = answers::load(&*wizard.host, path, &mut stdin().lock());
            Some(loaded.map_err(|refusal| Failure::new(Exit::Usage, refusal))?)
        }
        None => None,
    };
    if given.is_none() && !wants_lines && !options.prompts && args.accounts.is_none() {
        return tui::open(options, wizard);
    }
    if let (Some(loaded), Some(path)) = (&mut given, &args.accounts) {
        take_accounts(&mut loaded.draft, imported(&wizard, path)?);
        loaded.given.insert("accounts".into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let start = match given {
        Some(loaded) if args.yes => {
            return unattended::run(&wizard, &runtime, loaded, args.edited.choices(), args.json);
        }
        Some(loaded) => at_review(&wizard, &runtime, loaded)?,
        None => {
            let mut start = wizard.begin()?;
            if let Some(path) = &args.accounts {
                take_accounts(&mut start.engine.draft, imported(&wizard, path)?);
            }
            start
        }
    };
    if wants_lines || !has_terminal {
        let mut lines = Lines::stdio();
        lines.say(NAVIGATION)?;
        return ask(&mut lines, start, &wizard, &runtime);
    }
    let colours = match options.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => !environment.no_color,
    };
    ask(&mut Prompts::new(colours), start, &wizard, &runtime)
}

fn imported(wizard: &Wizard, path: &Path) -> Result<Vec<ImportedAccount>, Failure> {
    read_accounts(&*wizard.host, path).map_err(|refusal| Failure::new(Exit::Usage, refusal))
}

/// An answers file decides everything, with what is found where it is silent: only the review is left.
fn at_review(wizard: &Wizard, runtime: &Runtime, loaded: Loaded) -> Result<Start, Failure> {
    let Loaded { mut draft, given, notes } = loaded;
    for note in &notes {
        eprintln!("note: {note}");
    }
    draft.facts = wizard.facts(draft.stack)?;
    let seen = runtime.block_on(wizard.look(&draft));
    draft.seen.merge(seen);
    assume(&mut draft, &given);
    let mut engine = Engine::new(draft);
    engine.go_to("review");
    Ok(Start { engine, resumed: false, left_applying: false, home: None, rebased: None })
}

fn ask(asker: &mut dyn Asker, start: Start, wizard: &Wizard, runtime: &Runtime) -> Result<Exit, Failure> {
    let mut engine = start.engine;
    if start.resumed {
        asker.say("This goes on where an earlier run was left; passwords that were typed are asked again.")?;
    }
    let mut setup = Setup::new(wizard.clone(), runtime, &engine.draft);
    let walked = match setup.take_up(asker, &mut engine) {
        Ok(true) => walk(asker, &mut engine, &mut setup),
        Ok(false) => Ok(false),
        Err(failure) => Err(failure),
    };
    // Whatever happened, a password that was made and not shown would be lost.
    setup.last_words(asker)?;
    if walked? {
        return Ok(setup.exit());
    }
    asker.show("")?;
    asker.say("Your answers are kept. `mailwizard setup` goes on where you stopped.")?;
    Ok(Exit::Left)
}
