//! The plan while it is carried out, or taken back.

use std::time::Duration;

use super::{Effect, home, keep, overlay, walk};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{ApplyState, Model, Overlay, Progress, Request, VerifyPage, Viewer};
use crate::front::tui::msg::Notice;
use crate::plan::EditChoices;

/// Starts the process, or joins the one that runs.
pub(super) fn start(model: &mut Model, edited: EditChoices) -> Vec<Effect> {
    model.apply.take(Progress::Began { ago: Duration::ZERO, undoes: false });
    // A next run should come back to it.
    let kept = model.has_home().then(|| keep(model)).flatten();
    kept.into_iter().chain([Effect::Apply(edited)]).collect()
}

pub(super) fn take(model: &mut Model, progress: Vec<Progress>) -> Vec<Effect> {
    for progress in progress {
        model.apply.take(progress);
    }
    if matches!(model.apply.state, ApplyState::Ended { well: true, .. }) {
        // What was checked before is another server now.
        model.verify = VerifyPage::default();
    }
    home::take_up_what_was_done(model)
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    let request = std::mem::take(&mut model.apply.request);
    match action {
        // What was applied, or taken back, is what holds at home.
        Action::Next | Action::Back if model.has_home() => home::leave_apply(model),
        // After an undo the machine is as it was: what would be done now is looked at first.
        Action::Next if model.apply.undoes => walk::go_to(model, "review"),
        Action::Next => walk::leave_forwards(model),
        Action::Back => walk::back(model),
        Action::Refresh => {
            let edited = model.review.edited.clone();
            start(model, edited)
        }
        Action::StopApply => {
            model.apply.request = Request::Stop;
            vec![Effect::StopApply]
        }
        Action::Undo if request == Request::Undo => {
            model.apply.take(Progress::Began { ago: Duration::ZERO, undoes: true });
            vec![Effect::Undo]
        }
        Action::Undo => {
            model.apply.request = Request::Undo;
            model.notice = Some(Notice::info(
                "This brings back what was there before the last apply; packages, mail and keys stay. u again does it.",
            ));
            Vec::new()
        }
        Action::Transcript => {
            model.apply.request = request;
            let lines = overlay::bounded(model.apply.lines.clone());
            model.overlay = Some(Overlay::Viewer(Viewer::new("Transcript: Apply", lines)));
            Vec::new()
        }
        Action::Move(by) => {
            model.apply.request = request;
            model.scroll = model.scroll.saturating_add_signed(by).min(model.apply.steps.len());
            Vec::new()
        }
        Action::Page(by) => {
            model.apply.request = request;
            model.scroll = model.scroll.saturating_add_signed(by * 10).min(model.apply.steps.len());
            Vec::new()
        }
        _ => Vec::new(),
    }
}
