//! The plan while it is carried out.

use std::time::Duration;

use super::{Effect, overlay, walk};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{ApplyState, Model, Overlay, Progress, VerifyPage, Viewer};
use crate::plan::EditChoices;

/// Starts the process, or joins the one that runs.
pub(super) fn start(model: &mut Model, edited: EditChoices) -> Vec<Effect> {
    model.apply.take(Progress::Began { ago: Duration::ZERO });
    vec![Effect::Apply(edited)]
}

pub(super) fn take(model: &mut Model, progress: Vec<Progress>) -> Vec<Effect> {
    for progress in progress {
        model.apply.take(progress);
    }
    if matches!(model.apply.state, ApplyState::Ended { well: true, .. }) {
        // What was checked before is another server now.
        model.verify = VerifyPage::default();
    }
    Vec::new()
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => walk::leave_forwards(model),
        Action::Back => walk::back(model),
        Action::Refresh => {
            let edited = model.review.edited.clone();
            start(model, edited)
        }
        Action::Transcript => {
            let lines = overlay::bounded(model.apply.lines.clone());
            model.overlay = Some(Overlay::Viewer(Viewer::new("Transcript: Apply", lines)));
            Vec::new()
        }
        Action::Move(by) => {
            model.scroll = model.scroll.saturating_add_signed(by).min(model.apply.steps.len());
            Vec::new()
        }
        Action::Page(by) => {
            model.scroll = model.scroll.saturating_add_signed(by * 10).min(model.apply.steps.len());
            Vec::new()
        }
        _ => Vec::new(),
    }
}
