//! The checks.

use super::{Effect, overlay, select, trouble, walk};
use crate::finding::{CheckResult, NewAnswer, Outcome};
use crate::front::tui::keys::Action;
use crate::front::tui::model::{Fixing, Model, Overlay, Row, VerifyState, Viewer};
use crate::front::tui::msg::Notice;
use crate::front::tui::view;
use crate::steps::{STEPS, Value};

/// Runs the checks when the page is opened for the first time.
pub(super) fn enter(model: &mut Model) -> Vec<Effect> {
    if model.verify.state == VerifyState::Idle { run(model, None) } else { Vec::new() }
}

pub(super) fn run(model: &mut Model, only: Option<String>) -> Vec<Effect> {
    if model.verify.state == VerifyState::Running {
        return Vec::new();
    }
    if only.is_none() {
        model.verify.results.clear();
    }
    // What one check found last stays until it says something new.
    model.verify.again.clone_from(&only);
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
    let was_whole = model.verify.again.take().is_none();
    keep_selection(model, |model| model.verify.state = state);
    if was_whole && model.verify.selected == 0 {
        model.verify.selected = model.verify.first_trouble().unwrap_or_default();
    }
    if was_whole && model.has_home() { vec![Effect::LookAtChecks] } else { Vec::new() }
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
        Action::Fix => fix(model),
        Action::Why => {
            let id = model.verify.result().map(|result| result.id.clone());
            id.map(|id| trouble::why(model, id)).unwrap_or_default()
        }
        Action::Show | Action::Transcript => {
            show(model);
            Vec::new()
        }
        action => {
            let count = model.verify.rows().len();
            model.verify.selected = select(model.verify.selected, count, view::verify_list_height(model), action);
            Vec::new()
        }
    }
}

/// Goes to the review of what brings the selected finding in order: a fix is a plan like any other.
fn fix(model: &mut Model) -> Vec<Effect> {
    let Some((id, fix)) = model.verify.result().and_then(|r| Some((r.id.clone(), r.finding.fix.clone()?))) else {
        return Vec::new();
    };
    let before = match fix.answer.as_ref().map(|new| change(model, new)).transpose() {
        Ok(before) => before,
        Err(sentence) => {
            model.notice = Some(Notice::error(sentence));
            return Vec::new();
        }
    };
    model.verify.fixing = Some(Fixing { id, before });
    walk::go_to(model, "review")
}

/// Answers a choice differently; gives what it was.
fn change(model: &mut Model, new: &NewAnswer) -> Result<NewAnswer, String> {
    let field = STEPS.iter().flat_map(|s| s.fields).find(|f| f.id == new.field);
    let field = field.ok_or_else(|| format!("'{}' is no question of this wizard.", new.field))?;
    let before = (field.get)(model.draft()).text()?;
    model.engine.answer(field, Value::Choice(new.value.clone()))?;
    Ok(NewAnswer { field: new.field.clone(), value: before })
}

/// Leaves a fix before it was applied: what was changed for it is as before. `None` when there is none.
pub(super) fn leave_fix(model: &mut Model) -> Option<Vec<Effect>> {
    let fixing = model.verify.fixing.take()?;
    if let Some(Err(sentence)) = fixing.before.map(|before| change(model, &before)) {
        model.notice = Some(Notice::error(sentence));
    }
    Some(if model.has_home() { walk::back(model) } else { walk::go_to(model, "verify") })
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
