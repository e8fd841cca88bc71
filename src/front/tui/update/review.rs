//! The plan, before anything is done.

use super::{Effect, apply, overlay, select, verify, walk};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Model, Overlay, Review, ReviewState, Viewer};
use crate::front::tui::msg::Planned;
use crate::front::tui::view;
use crate::plan::{EditChoices, Edited};

/// Compares wish and machine each time the page is opened: answers may have changed.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    prepare(model, EditChoices::default())
}

fn prepare(model: &mut Model, edited: EditChoices) -> Vec<Effect> {
    let problems = model.engine.problems();
    if !problems.is_empty() {
        model.review.state = ReviewState::Failed(problems.join("\n"));
        return Vec::new();
    }
    model.review.state = ReviewState::Preparing;
    model.review.edited = edited.clone();
    vec![Effect::Prepare(Box::new(model.draft().clone()), edited)]
}

pub(super) fn take_plan(model: &mut Model, planned: Result<Planned, String>) -> Vec<Effect> {
    model.review.state = match planned {
        Err(sentence) => ReviewState::Failed(sentence),
        Ok(planned) => {
            let mut review = Review::of(&planned.plan);
            review.notes.extend(planned.unfinished);
            if let Some(draft) = planned.rebased {
                model.hub.applied = draft.base.clone();
                model.engine.draft = *draft;
                model.forms.clear();
                review.notes.push("Another run changed this server: what you changed here goes on top of that.".into());
            }
            model.engine.draft.passwords = planned.passwords;
            review.notes.extend(model.hub.notes.iter().cloned());
            if let Some(fixing) = &model.verify.fixing {
                review.notes.push(match review.items.is_empty() {
                    true => format!("Nothing here mends {}: Esc goes back to what it says.", fixing.id),
                    false => format!("This mends {}; Verify tries everything again after it.", fixing.id),
                });
            }
            model.review.selected = model.review.selected.min(review.items.len().saturating_sub(1));
            ReviewState::Ready(review)
        }
    };
    Vec::new()
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Back => verify::leave_fix(model).unwrap_or_else(|| walk::back(model)),
        Action::Refresh => prepare(model, EditChoices::default()),
        Action::Edited(choice) => choose(model, choice),
        Action::Write => vec![Effect::WriteAnswers(Box::new(model.draft().clone()))],
        Action::Reveal => overlay::open_passwords(model),
        // Once they are applied nobody can show them again.
        Action::Apply if model.has_unseen_password() => overlay::open_passwords(model),
        Action::Apply => {
            let edited = model.review.edited.clone();
            let mut effects = walk::leave_forwards(model);
            if !effects.is_empty() {
                effects.extend(apply::start(model, edited));
            }
            effects
        }
        Action::Show => {
            show(model);
            Vec::new()
        }
        action => {
            let count = match &model.review.state {
                ReviewState::Ready(review) => review.items.len(),
                _ => 0,
            };
            model.review.selected = select(model.review.selected, count, view::body_height(model) / 2, action);
            Vec::new()
        }
    }
}

/// Chooses for the selected file, and plans again with it.
fn choose(model: &mut Model, choice: Edited) -> Vec<Effect> {
    let ReviewState::Ready(review) = &model.review.state else { return Vec::new() };
    let Some(edit) = review.items.get(model.review.selected).and_then(|item| item.edit.as_ref()) else {
        return Vec::new();
    };
    let mut choices = model.review.edited.clone();
    choices.choose(edit.path.clone(), choice);
    prepare(model, choices)
}

fn show(model: &mut Model) {
    let ReviewState::Ready(review) = &model.review.state else { return };
    let Some(item) = review.items.get(model.review.selected) else { return };
    let mut lines = item.detail.clone();
    if lines.is_empty() {
        lines.push(item.text.clone());
    }
    let viewer = Viewer::new(format!("Review: {}", item.group), lines);
    model.overlay = Some(Overlay::Viewer(if item.is_diff { viewer.diff() } else { viewer }));
}
