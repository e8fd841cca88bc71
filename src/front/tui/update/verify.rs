//! The checks.

use super::{Effect, overlay, select, walk};
use crate::finding::{CheckResult, Outcome};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Model, Overlay, Row, VerifyState, Viewer};
use crate::front::tui::msg::Notice;
use crate::front::tui::view;

/// Runs the checks when the page is opened for the first time.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    if model.verify.state == VerifyState::Idle { run(model, None) } else { Vec::new() }
}

fn run(model: &mut Model, only: Option<String>) -> Vec<Effect> {
    if model.verify.state == VerifyState::Running {
        return Vec::new();
    }
    match &only {
        None => model.verify.results.clear(),
        Some(id) => model.verify.results.retain(|r| r.id != *id),
    }
    model.verify.state = VerifyState::Running;
    vec![Effect::Check { draft: Box::new(model.draft().clone()), only }]
}

pub(super) fn take(model: &mut Model, result: CheckResult) {
    keep_selection(model, |model| model.verify.take(result));
}

pub(super) fn done(model: &mut Model, ended: Result<String, String>) -> Vec<Effect> {
    let state = match ended {
        Ok(time) => VerifyState::Done(time),
        Err(sentence) => VerifyState::Failed(sentence),
    };
    keep_selection(model, |model| model.verify.state = state);
    Vec::new()
}

/// The selection stays with its line while lines come and move.
fn keep_selection(model: &mut Model, change: impl FnOnce(&mut Model)) {
    let selected = model.verify.row().filter(|_| model.verify.selected > 0);
    change(model);
    let rows = model.verify.rows();
    if let Some(row) = selected {
        model.verify.selected = rows.iter().position(|r| *r == row).unwrap_or(model.verify.selected);
    }
    model.verify.selected = model.verify.selected.min(rows.len().saturating_sub(1));
}

pub(super) fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::Next => {
            if model.verify.count(Outcome::Fail) > 0 {
                model.notice = Some(Notice::info(
                    "Some checks fail. They can be run again later: mailwizard opens this page again.",
                ));
            }
            walk::leave_forwards(model)
        }
        Action::Back => walk::back(model),
        Action::RefreshAll => run(model, None),
        Action::Refresh => match model.verify.row() {
            Some(Row::Result(i)) => {
                let id = model.verify.results.get(i).map(|r| r.id.clone());
                run(model, id)
            }
            _ => run(model, None),
        },
        Action::Fold => {
            let area = match model.verify.row() {
                Some(Row::Area(area)) => Some(area),
                Some(Row::Result(i)) => model.verify.results.get(i).map(|r| r.area),
                None => None,
            };
            if let Some(area) = area {
                model.verify.fold(area);
                model.verify.selected =
                    model.verify.rows().iter().position(|r| *r == Row::Area(area)).unwrap_or_default();
            }
            Vec::new()
        }
        Action::Show | Action::Transcript => {
            show(model);
            Vec::new()
        }
        action => {
            let count = model.verify.rows().len();
            model.verify.selected = select(model.verify.selected, count, view::body_height(model) / 2, action);
            Vec::new()
        }
    }
}

fn show(model: &mut Model) {
    let viewer = match model.verify.row() {
        Some(Row::Result(i)) => model
            .verify
            .results
            .get(i)
            .map(|result| Viewer::new(format!("Transcript: {}", result.id), overlay::transcript_of(result))),
        Some(Row::Area(area)) => {
            let lines: Vec<String> = model.verify.of(area).flat_map(|(_, r)| overlay::transcript_of(r)).collect();
            Some(Viewer::new(format!("Transcript: {area}"), lines))
        }
        None => None,
    };
    if let Some(viewer) = viewer {
        model.overlay = Some(Overlay::Viewer(viewer));
    }
}
