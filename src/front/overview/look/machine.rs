//! Whether the machine is as it was set up: what an apply of the wish that holds would do.

use super::timers;
use crate::apply::Prepared;
use crate::front::overview::{Found, Machine, Part};
use crate::front::wizard::Wizard;
use crate::plan::{Action, EditChoices, steps};
use crate::spec::Spec;

pub(super) fn look(wizard: &Wizard, spec: &Spec, tell: &mut dyn FnMut(Found)) {
    match wizard.prepare(spec.clone(), &EditChoices::default()) {
        Ok(prepared) => {
            tell(Found::Timers(super::part(timers::look(&*wizard.host, &prepared.desired.services))));
            let upgraded = crate::apply::upgraded(&*wizard.host, &wizard.paths, &prepared.facts);
            tell(Found::Machine(match upgraded {
                Ok(upgraded) => Part::Known(machine(&prepared, upgraded)),
                Err(error) => Part::Unknown(error.to_string()),
            }));
        }
        Err(error) => {
            tell(Found::Timers(Part::Unknown(error.to_string())));
            tell(Found::Machine(Part::Unknown(error.to_string())));
        }
    }
}

fn machine(prepared: &Prepared, upgraded: Option<String>) -> Machine {
    let edited = prepared.plan.open_edits().map(|edit| edit.path.clone()).collect();
    // A certificate that is due is told as such.
    let is_told = |action: &Action| !matches!(action, Action::Remember | Action::ObtainCertificate(_));
    let actions = &prepared.plan.actions;
    let differs = steps(actions)
        .into_iter()
        .filter(|step| actions[step.actions.clone()].iter().any(is_told))
        .map(|step| step.title)
        .collect();
    let unfinished = prepared.unfinished.as_ref().map(|unfinished| unfinished.sentence());
    Machine { edited, differs, upgraded, unfinished }
}
