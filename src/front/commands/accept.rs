//! An answers file, taken as the wish to carry out.

use std::io::stdin;
use std::path::Path;

use crate::front::answers;
use crate::front::exit::{Exit, Failure};
use crate::front::wizard::{Accepted, Wizard, WizardError, accept};
use crate::steps::assume;

/// Reads the file, fills what it leaves open with what is found on this machine, and keeps it for apply. What should be
/// known about the file goes to standard error.
pub fn accept_answers(wizard: &Wizard, path: &Path) -> Result<Accepted, Failure> {
    wizard.require_no_other_run()?;
    let usage = |error: Box<dyn std::error::Error + Send + Sync>| Failure::new(Exit::Usage, error);
    let mut loaded = answers::load(&*wizard.host, path, &mut stdin().lock()).map_err(|e| usage(e.into()))?;
    loaded.draft.facts = wizard.facts(loaded.draft.stack)?;
    assume(&mut loaded.draft, &loaded.given);
    for note in &loaded.notes {
        eprintln!("note: {note}");
    }
    match accept(&*wizard.host, &wizard.paths, &mut loaded.draft) {
        Ok(accepted) => Ok(accepted),
        Err(error @ WizardError::Problems(_)) => Err(usage(error.into())),
        Err(error) => Err(error.into()),
    }
}
