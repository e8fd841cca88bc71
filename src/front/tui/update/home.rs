//! Home on a server that is set up, and the ways from there and back.

use super::{Effect, form, keep, select, walk};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{ApplyState, MENU, Model, Place, VerifyState, listed};
use crate::front::tui::msg::Notice;
use crate::front::tui::view;
use crate::steps::Page;

/// Opens a place from where the operator is; Esc leads back here.
pub(super) fn open(model: &mut Model, place: Place) -> Vec<Effect> {
    if !model.facts_are_known {
        model.notice = Some(Notice::info("This machine is still being looked at."));
        return Vec::new();
    }
    form::accept_what_holds(model);
    let from = model.place;
    let effects = arrive(model, place);
    if model.place == place && from != place {
        model.trail.push(from);
    }
    effects
}

/// Goes back to where this place was opened from. What was typed stays.
pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    form::accept_what_holds(model);
    let place = model.trail.pop().unwrap_or(Place::Hub);
    arrive(model, place)
}

/// Goes home.
pub(super) fn go_home(model: &mut Model) -> Vec<Effect> {
    model.trail.clear();
    arrive(model, Place::Hub)
}

/// Goes on from a step that was opened alone: what was changed is reviewed, what was reviewed is applied, what was
/// applied leads home.
pub(super) fn go_on(model: &mut Model) -> Vec<Effect> {
    match model.step().page {
        Page::Questions | Page::Preflight | Page::CutOver => {
            let problems = model.engine.problems();
            if !problems.is_empty() {
                model.problems = problems;
                return Vec::new();
            }
            if model.has_unapplied_changes() {
                return open(model, Place::Step("review"));
            }
            let effects = back(model);
            model.notice = Some(Notice::info("Nothing was changed."));
            effects
        }
        Page::Review => open(model, Place::Step("apply")),
        Page::Apply => go_home(model),
        Page::Dns | Page::Verify | Page::Clients => back(model),
    }
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => {
            let chosen = listed(&MENU, model.draft()).nth(model.hub.selected).map(|entry| entry.opens);
            chosen.map(|place| open(model, place)).unwrap_or_default()
        }
        Action::Review => open(model, Place::Step("review")),
        Action::Drop => {
            let mut effects = vec![Effect::DropChanges, Effect::TakeUp];
            model.hub.has_new_passwords = false;
            model.forms.clear();
            effects.extend(arrive(model, Place::Hub));
            model.notice = Some(Notice::info("What you had changed and not applied is dropped."));
            effects
        }
        action => {
            let count = listed(&MENU, model.draft()).count();
            model.hub.selected = select(model.hub.selected, count, view::body_height(model), action);
            Vec::new()
        }
    }
}

/// Shows a place. One that does not exist now is not gone to.
fn arrive(model: &mut Model, place: Place) -> Vec<Effect> {
    match place {
        Place::Walk => return Vec::new(),
        Place::Step(id) => {
            if !model.engine.go_to(id) {
                return Vec::new();
            }
            model.place = place;
            if id == "verify" && model.verify.state == VerifyState::Before {
                model.verify.selected = model.verify.first_trouble().unwrap_or_default();
            }
            return walk::entered(model);
        }
        Place::Hub | Place::Page(_) => model.place = place,
    }
    model.scroll = 0;
    model.reveals = false;
    model.problems.clear();
    let mut effects = vec![Effect::StopWatching];
    effects.extend(keep(model));
    effects
}

/// After an apply or an undo came to its end: what holds now is read anew.
pub(super) fn take_up_what_was_done(model: &mut Model) -> Vec<Effect> {
    if !model.has_home() || !matches!(model.apply.state, ApplyState::Ended { well: true, .. }) {
        return Vec::new();
    }
    model.hub.has_new_passwords = false;
    if model.apply.undoes {
        model.forms.clear();
    }
    vec![Effect::TakeUp]
}
