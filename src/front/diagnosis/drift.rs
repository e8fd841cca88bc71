//! What is not as it was set up, as evidence.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::apply::Prepared;
use crate::plan::Action;
use crate::symptoms::Drift;

/// What apply would change: what is not as it was set up.
pub(super) fn drift(prepared: &Prepared) -> Vec<Drift> {
    let plan = &prepared.plan;
    let changed = |diff: &str| -> Vec<String> {
        let is_change = |line: &&str| {
            let body = line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---");
            body || line.starts_with("mode ") || line.starts_with("owner ") || line.starts_with("secret")
        };
        diff.lines().filter(is_change).map(str::to_owned).collect()
    };
    let edits = plan.edits.iter().filter_map(|edit| {
        let lines = changed(&edit.yours);
        let action = format!("{} was changed by hand", edit.path.display());
        (!are_remarks(&lines)).then(|| Drift { path: Some(edit.path.clone()), action, lines })
    });
    let edited: BTreeSet<&PathBuf> = plan.edits.iter().map(|edit| &edit.path).collect();
    let others = plan.actions.iter().filter_map(|action| match action {
        Action::WriteFile(change) if edited.contains(&change.file.path) => None,
        Action::WriteFile(change) => Some(Drift {
            path: Some(change.file.path.clone()),
            action: match change.exists {
                true => format!("{} differs", change.file.path.display()),
                false => format!("{} is missing", change.file.path.display()),
            },
            lines: changed(&change.diff),
        }),
        Action::Validate { .. } | Action::WaitReady { .. } | Action::Remember => None,
        other => Some(Drift { path: None, action: format!("to do: {}", other.title()), lines: Vec::new() }),
    });
    edits.chain(others).collect()
}

/// Whether changed lines are comments or empty: a note in a file causes nothing. All daemons here begin theirs with "#".
fn are_remarks(lines: &[String]) -> bool {
    let text = |line: &String| line.strip_prefix(['+', '-']).map(|text| text.trim_start().to_owned());
    !lines.is_empty() && lines.iter().all(|line| text(line).is_some_and(|t| t.is_empty() || t.starts_with('#')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_in_a_file_is_no_difference() {
        let remarks = |lines: &[&str]| are_remarks(&lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>());
        assert!(remarks(&["+# my note", "+", "-  # another"]));
        assert!(!remarks(&["-smtp_tls_security_level = may", "+#smtp_tls_security_level = may"]));
        assert!(!remarks(&["mode 0644 -> 0600"]));
        assert!(!remarks(&[]));
    }
}
