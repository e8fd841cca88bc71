//! A plan's actions in the portions that the operator sees: a dozen lines, not a hundred.

use std::ops::Range;

use super::action::{Action, short};

/// Consecutive actions that are one line on the screen and one entry in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// One line for the operator.
    pub title: String,
    /// Which of the plan's actions belong to it.
    pub actions: Range<usize>,
}

/// The steps of a list of actions, in order, without gaps.
pub fn steps(actions: &[Action]) -> Vec<Step> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for (at, action) in actions.iter().enumerate() {
        match ranges.last_mut() {
            Some(last) if belongs(&actions[last.clone()], action) => last.end = at + 1,
            _ => ranges.push(at..at + 1),
        }
    }
    ranges.into_iter().map(|range| Step { title: title(&actions[range.clone()]), actions: range }).collect()
}

/// Whether `next` continues the step.
fn belongs(step: &[Action], next: &Action) -> bool {
    use Action::{
        CreateDirectory, CreateUser, Derive, EndMove, EndSessions, GiveUpFile, Unit, Validate, WaitReady, WriteFile,
    };
    match (step.first(), next) {
        (Some(CreateUser(_) | CreateDirectory(_)), CreateUser(_) | CreateDirectory(_))
        | (Some(WriteFile(_) | GiveUpFile(_) | Derive(_)), WriteFile(_) | GiveUpFile(_) | Derive(_))
        | (Some(EndSessions(_) | EndMove(_)), EndSessions(_) | EndMove(_))
        | (Some(Validate { .. }), Validate { .. }) => true,
        (Some(Unit { unit, .. } | WaitReady { unit, .. }), Unit { unit: next, .. } | WaitReady { unit: next, .. }) => {
            unit == next
        }
        // Files that waited for this unit.
        (Some(Unit { unit, .. } | WaitReady { unit, .. }), WriteFile(change)) => {
            change.file.after_unit == Some(unit.as_str())
        }
        _ => false,
    }
}

fn title(actions: &[Action]) -> String {
    match actions {
        [] => String::new(),
        [Action::Unit { .. } | Action::WaitReady { .. }, ..] => unit_title(actions),
        [Action::Validate { .. }, ..] => {
            let mut units: Vec<&str> = actions
                .iter()
                .filter_map(|a| if let Action::Validate { unit, .. } = a { Some(short(unit)) } else { None })
                .collect();
            units.dedup();
            format!("check the settings of {}", units.join(", "))
        }
        [one] => one.title(),
        [Action::EndSessions(_) | Action::EndMove(_), ..] => {
            let sessions = actions.iter().filter(|a| matches!(a, Action::EndSessions(_))).count();
            if let ([Action::EndSessions(one), ..], 1) = (actions, sessions) {
                return Action::EndSessions(one.clone()).title();
            }
            format!("log out {sessions} accounts")
        }
        [Action::CreateUser(_) | Action::CreateDirectory(_), ..] => {
            let users: Vec<&str> = actions
                .iter()
                .filter_map(|a| if let Action::CreateUser(user) = a { Some(user.name.as_str()) } else { None })
                .collect();
            let folders = match actions.len() - users.len() {
                0 => None,
                1 => Some("1 folder".to_owned()),
                many => Some(format!("{many} folders")),
            };
            let users = match users.as_slice() {
                [] => None,
                [one] => Some(format!("user {one}")),
                all => Some(format!("users {}", all.join(" "))),
            };
            users.into_iter().chain(folders).collect::<Vec<_>>().join(", ")
        }
        all => format!("back up and write {} files", all.len()),
    }
}

fn unit_title(actions: &[Action]) -> String {
    let mut words = Vec::new();
    let mut name = "";
    for action in actions {
        match action {
            Action::Unit { unit, verb, .. } => {
                name = short(unit);
                words.push(verb.word().to_owned());
            }
            Action::WaitReady { unit, .. } => {
                name = short(unit);
                if words.last().is_none_or(|word| word != "wait until it answers") {
                    words.push("wait until it answers".into());
                }
            }
            Action::WriteFile(change) => words.push(format!("then {}", change.file.path.display())),
            _ => {}
        }
    }
    format!("{name}: {}", words.join(", "))
}
