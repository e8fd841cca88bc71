//! From step to step, and from field to field.

use super::{Effect, Promptness, form, home, keep, trouble};
use crate::front::tui::keys::{Action, at_last_slot};
use crate::front::tui::model::{Form, Live, Model, Place, VerifyState};
use crate::front::tui::msg::{Beginning, LastApply, Notice};
use crate::plan::EditChoices;
use crate::steps::{Draft, Page, Password};

/// What is to be done when the screen opens at its first step.
pub fn start(model: &mut Model) -> Vec<Effect> {
    match model.place {
        Place::Hub => home::start(),
        Place::Page(_) => Vec::new(),
        Place::Walk | Place::Step(_) => enter(model),
    }
}

/// Takes up what an earlier run left.
pub(super) fn begin(model: &mut Model, beginning: Beginning) -> Vec<Effect> {
    let was_known = std::mem::replace(&mut model.facts_are_known, true);
    if let Some(applied) = beginning.home {
        model.hub.applied = Some(*applied);
        if was_known {
            // An apply or an undo changed what holds; the operator stays where he is.
            return take_up(model, beginning.engine.draft);
        }
        if model.place == Place::Walk {
            model.place = Place::Hub;
        }
    }
    model.engine = beginning.engine;
    if let Some(results) = beginning.last_checks {
        results.into_iter().for_each(|result| model.verify.take(result));
        model.verify.state = VerifyState::Before;
        model.verify.selected = model.verify.first_trouble().unwrap_or_default();
    }
    if let Some(cause) = beginning.fix {
        return trouble::go_on_with_fix(model, *cause);
    }
    if matches!(model.place, Place::Page(_)) {
        return Vec::new();
    }
    match beginning.apply {
        LastApply::None => {}
        LastApply::Running => {
            if let Some(mut effects) = go_to_apply(model) {
                effects.extend(super::apply::start(model, EditChoices::default()));
                return effects;
            }
        }
        LastApply::Unseen(progress) => {
            if let Some(mut effects) = go_to_apply(model) {
                effects.extend(super::apply::take(model, progress));
                model.apply.cut_short();
                return effects;
            }
        }
    }
    if model.place == Place::Hub {
        return home::go_home(model);
    }
    // A plan that is not being carried out is looked at before anything is done.
    if model.step().page == Page::Apply {
        model.engine.go_to("review");
    }
    enter(model)
}

/// The answers are those that hold now; passwords that were made stay to be shown.
fn take_up(model: &mut Model, draft: Draft) -> Vec<Effect> {
    let mut passwords = std::mem::replace(&mut model.engine.draft, draft).passwords;
    passwords.retain(|address, password| {
        matches!(password, Password::Generated(_)) && model.draft().accounts.iter().any(|a| a.address == *address)
    });
    model.engine.draft.passwords = passwords;
    if model.form().is_some() {
        refresh_form(model);
    }
    home::note_changes(model);
    Vec::new()
}

fn go_to_apply(model: &mut Model) -> Option<Vec<Effect>> {
    if !model.engine.go_to("apply") {
        return None;
    }
    if model.has_home() {
        model.trail = vec![Place::Hub];
        model.place = Place::Step("apply");
    }
    Some(enter(model))
}

/// Carries out what a key means on a page of questions.
pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => next(model),
        Action::NextStep => leave_forwards(model),
        Action::Back => form::cancel_change(model).unwrap_or_else(|| back(model)),
        Action::Move(steps) => {
            let effects = form::accept_focused(model);
            move_by(model, steps);
            effects
        }
        Action::FieldOrStepBefore => {
            let effects = form::accept_focused(model);
            if move_by(model, -1) { effects } else { back(model) }
        }
        Action::Page(pages) => {
            scroll(model, pages);
            Vec::new()
        }
        Action::Change(by) => form::change(model, by),
        Action::Remove => form::remove(model),
        Action::Reveal => {
            model.reveals = !model.reveals;
            Vec::new()
        }
        Action::Transcript => super::overlay::open_transcript(model),
        _ => Vec::new(),
    }
}

/// Takes the focused answer; at the last one all of them, and goes to the next step.
fn next(model: &mut Model) -> Vec<Effect> {
    if let Some(effects) = form::take_list_entry(model) {
        return effects;
    }
    if !at_last_slot(model) {
        let effects = form::accept_focused(model);
        if form::focused_error(model).is_none() {
            move_by(model, 1);
        }
        return effects;
    }
    leave_forwards(model)
}

/// Goes on to the next step when every answer holds.
pub(super) fn leave_forwards(model: &mut Model) -> Vec<Effect> {
    if !model.facts_are_known {
        model.notice = Some(Notice::info("This machine is still being looked at."));
        return Vec::new();
    }
    let moving = moving(model);
    if !form::accept_all(model) {
        return Vec::new();
    }
    if model.step().page == Page::CutOver && self::moving(model) != moving {
        // The server does not accept their mail before that was reviewed and applied.
        let effects = go_to(model, "review");
        model.notice = Some(Notice::info("This makes the server accept mail of the chosen domains: apply it next."));
        return effects;
    }
    if model.has_home() {
        return home::go_on(model);
    }
    match model.engine.go_on() {
        Ok(true) => entered(model),
        Ok(false) => Vec::new(),
        Err(problems) => {
            model.problems = problems;
            Vec::new()
        }
    }
}

/// How many domains still have their mail at another server.
fn moving(model: &Model) -> usize {
    model.draft().domains.iter().filter(|d| d.moving_from_another_server).count()
}

pub(super) fn back(model: &mut Model) -> Vec<Effect> {
    if model.has_home() {
        return home::back(model);
    }
    form::accept_what_holds(model);
    if model.engine.back() { entered(model) } else { Vec::new() }
}

/// Goes to the step of this name. What was typed stays.
pub(super) fn go_to(model: &mut Model, step: &'static str) -> Vec<Effect> {
    if model.has_home() {
        return home::open(model, Place::Step(step));
    }
    form::accept_what_holds(model);
    if model.engine.go_to(step) { entered(model) } else { Vec::new() }
}

pub(super) fn entered(model: &mut Model) -> Vec<Effect> {
    let mut effects = vec![Effect::StopWatching];
    effects.extend(keep(model));
    effects.extend(enter(model));
    effects
}

fn enter(model: &mut Model) -> Vec<Effect> {
    let mut effects = enter_form(model);
    effects.extend(match model.step().page {
        Page::Questions | Page::Preflight | Page::CutOver | Page::Apply => Vec::new(),
        Page::Dns => super::dns::enter(model),
        Page::Review => super::review::enter(model),
        Page::Verify => super::verify::enter(model),
        Page::Clients => super::clients::enter(model),
    });
    effects
}

fn enter_form(model: &mut Model) -> Vec<Effect> {
    model.scroll = 0;
    model.reveals = false;
    model.problems.clear();
    model.live = Live { generation: model.live.generation + 1, ..Live::default() };
    let step = model.step();
    let draft = &model.engine.draft;
    model.forms.entry(step.id).or_insert_with(|| Form::new(step, draft)).refresh(draft);
    form::check_live(model, Promptness::AtOnce)
}

/// Shows in the fields what changed in the draft.
pub(super) fn refresh_form(model: &mut Model) {
    let id = model.step().id;
    if let Some(form) = model.forms.get_mut(id) {
        form.refresh(&model.engine.draft);
    }
}

fn move_by(model: &mut Model, steps: isize) -> bool {
    let id = model.step().id;
    let draft = &model.engine.draft;
    model.forms.get_mut(id).is_some_and(|form| form.move_focus(draft, steps))
}

fn scroll(model: &mut Model, pages: isize) {
    let page = usize::from(model.size.height).saturating_sub(6).max(1);
    let end = super::super::view::page_lines(model).saturating_sub(page);
    model.scroll = model.scroll.saturating_add_signed(pages * page as isize).min(end);
}
