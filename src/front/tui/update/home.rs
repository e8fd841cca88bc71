//! Home on a server that is set up, and the ways from there and back.

use super::{Effect, accounts, ask, certificate, dkim, dns, form, history, keep, select, verify, walk};
use crate::front::overview::{Found, Leads, Need, Part};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{
    About, ApplyState, Choice, Filter, HubPage, MENU, Model, Opens, Place, VerifyState, listed,
};
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
            note_changes(model);
            if model.hub.is_changed {
                return open(model, Place::Step("review"));
            }
            let effects = back(model);
            model.notice = Some(Notice::info("Nothing was changed."));
            effects
        }
        Page::Review => open(model, Place::Step("apply")),
        Page::Apply => leave_apply(model),
        Page::Dns | Page::Verify | Page::Clients => back(model),
    }
}

/// What was applied, or taken back, is what holds at home; records that are to be published come first.
pub(super) fn leave_apply(model: &mut Model) -> Vec<Effect> {
    let is_done = matches!(model.apply.state, ApplyState::Ended { well: true, .. }) && !model.apply.undoes;
    let effects = go_home(model);
    let Some(domain) = model.hub.to_publish.take_if(|_| is_done) else { return effects };
    let shown = dns::open(model, Some(domain));
    model.notice = Some(Notice::info("You can leave this page and come back later: it is under Domains."));
    effects.into_iter().chain(shown).collect()
}

/// Looks at everything when the screen opens at home.
pub(super) fn start() -> Vec<Effect> {
    vec![Effect::LookAround]
}

/// Takes in what a look found.
pub(super) fn take(model: &mut Model, found: Found) -> Vec<Effect> {
    model.hub.overview.take(found);
    keep_choice(model);
    check_if_due(model)
}

/// What was selected stays selected as far as it is there.
fn keep_choice(model: &mut Model) {
    if let Choice::Need(at) = model.hub.choice {
        model.hub.choice = match model.needs().len() {
            0 => Choice::Entry(0),
            count => Choice::Need(at.min(count - 1)),
        };
    }
}

/// Runs the checks behind the hub when what they found last is old.
fn check_if_due(model: &mut Model) -> Vec<Effect> {
    let is_old = match model.hub.overview.checks.known() {
        Some(Some(last)) => last.is_old || model.hub.checks_are_old,
        Some(None) => true,
        None => false,
    };
    let may_run = model.place == Place::Hub && model.facts_are_known && model.apply.state != ApplyState::Running;
    if !(is_old && may_run) || model.verify.state == VerifyState::Running {
        return Vec::new();
    }
    model.hub.checks_are_old = false;
    verify::run(model, None)
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => match model.hub.choice {
            Choice::Entry(at) => {
                let chosen = listed(&MENU, model.draft()).nth(at).map(|entry| entry.opens);
                chosen.map(|opens| open_entry(model, opens)).unwrap_or_default()
            }
            Choice::Need(at) => {
                let need = model.needs().into_iter().nth(at);
                need.map(|need| follow(model, need)).unwrap_or_default()
            }
        },
        Action::Refresh => {
            let mut effects = vec![Effect::LookAround];
            effects.extend(verify::run(model, None));
            effects
        }
        Action::Search => {
            let effects = open(model, Place::Page(HubPage::Accounts));
            model.hub.accounts.filter = Filter { is_typed: true, ..Filter::default() };
            effects
        }
        Action::Undo => open(model, Place::Page(HubPage::History)),
        Action::Drop => {
            let mut effects = vec![Effect::DropChanges, Effect::TakeUp];
            forget_changes(model);
            model.forms.clear();
            effects.extend(arrive(model, Place::Hub));
            model.notice = Some(Notice::info("What you had changed and not applied is dropped."));
            effects
        }
        action => {
            let needs = model.needs().len();
            let at = match model.hub.choice {
                Choice::Need(at) => at,
                Choice::Entry(at) => needs + at,
            };
            let count = needs + listed(&MENU, model.draft()).count();
            let at = select(at, count, view::body_height(model), action);
            model.hub.choice = if at < needs { Choice::Need(at) } else { Choice::Entry(at - needs) };
            Vec::new()
        }
    }
}

/// Opens what a line of a menu stands for.
pub(super) fn open_entry(model: &mut Model, opens: Opens) -> Vec<Effect> {
    // A list that is opened anew lists all.
    model.hub.accounts.filter.clear();
    model.hub.domains.filter.clear();
    match opens {
        Opens::Place(place) => open(model, place),
        Opens::NewDomain => ask::open(model, About::AddDomain),
    }
}

/// Goes where a need is settled.
fn follow(model: &mut Model, need: Need) -> Vec<Effect> {
    let place = match need.leads {
        Leads::Review => Place::Step("review"),
        Leads::Timers => Place::Page(HubPage::Timers),
        Leads::Checks => Place::Step("verify"),
        Leads::Records => return dns::open(model, None),
        Leads::Keys => match need.domain {
            Some(domain) => return dkim::open(model, domain),
            None => Place::Page(HubPage::Domains),
        },
        Leads::CutOver => Place::Step("cutover"),
        Leads::Certificate => Place::Page(HubPage::Certificate),
        Leads::Machine => {
            model.notice = Some(Notice::info(format!("{}: this is done on the machine itself.", need.text)));
            return Vec::new();
        }
    };
    open(model, place)
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
    note_changes(model);
    model.scroll = 0;
    model.reveals = false;
    model.problems.clear();
    let mut effects = vec![Effect::StopWatching];
    effects.extend(keep(model));
    effects.extend(match place {
        Place::Hub => check_if_due(model),
        Place::Page(HubPage::Accounts) => accounts::enter(model),
        Place::Page(HubPage::Certificate) => certificate::enter(model),
        Place::Page(HubPage::Dkim) => dkim::enter(model),
        Place::Page(HubPage::History) => history::enter(model),
        _ => Vec::new(),
    });
    effects
}

/// What was changed is applied, or dropped.
fn forget_changes(model: &mut Model) {
    model.hub.has_new_passwords = false;
    model.hub.notes.clear();
    model.engine.draft.mail.clear();
}

/// Compares the answers with those that hold.
pub(super) fn note_changes(model: &mut Model) {
    model.hub.is_changed = model.has_unapplied_changes();
    keep_choice(model);
}

/// After an apply or an undo came to its end: what holds now is read anew.
pub(super) fn take_up_what_was_done(model: &mut Model) -> Vec<Effect> {
    if !model.has_home() || !matches!(model.apply.state, ApplyState::Ended { well: true, .. }) {
        return Vec::new();
    }
    forget_changes(model);
    model.hub.checks_are_old = true;
    // What the apply settled needs nobody until it was looked again.
    model.hub.overview.machine = Part::Awaited;
    if model.apply.undoes {
        model.forms.clear();
        return vec![Effect::TakeUp, Effect::LookAround];
    }
    // What was kept is applied: it is not to be taken up once more.
    vec![Effect::ForgetDraft, Effect::TakeUp, Effect::LookAround]
}
