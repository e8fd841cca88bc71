//! The plan as it is reviewed.

use std::collections::BTreeSet;
use std::path::Path;

use crate::front::tui::msg::HandEdited;
use crate::plan::{Action, Plan};
use crate::spec::Mailbox;

/// Everything that will be done, before it is done.
#[derive(Debug, Default)]
pub struct ReviewPage {
    /// How far it is.
    pub state: ReviewState,
    /// Index of the selected item.
    pub selected: usize,
    /// Accounts whose made passwords were shown; until all were, nothing is applied.
    pub passwords_seen: BTreeSet<Mailbox>,
    /// What was chosen for files that were changed by hand.
    pub edited: HandEdited,
}

/// How far the review is.
#[derive(Debug, Default)]
pub enum ReviewState {
    /// Not opened yet.
    #[default]
    Idle,
    /// The machine is compared with the wish.
    Preparing,
    /// There is no plan.
    Failed(String),
    /// This is the plan.
    Ready(Review),
}

/// A plan in groups.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The items in the order they are shown.
    pub items: Vec<Item>,
    /// What is left alone although one might expect otherwise, and other sentences.
    pub notes: Vec<String>,
    /// Files that were changed by hand: the operator must choose before anything is applied.
    pub hand_edited: Vec<String>,
}

/// One thing that will be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The heading it stands under.
    pub group: &'static str,
    /// One line.
    pub text: String,
    /// All of it: a diff, a list.
    pub detail: Vec<String>,
    /// Whether the detail is a diff.
    pub is_diff: bool,
}

const FILES: &str = "Files";
const SERVICES: &str = "Services";
const MACHINE: &str = "Machine";
/// The groups in the order they are shown.
const GROUPS: [&str; 5] = ["Packages", FILES, "Users and folders", SERVICES, MACHINE];

impl Review {
    /// A plan's actions, sorted for reading: in apply they are mixed.
    pub fn of(plan: &Plan) -> Self {
        let mut items: Vec<Item> = plan.actions.iter().filter_map(item).collect();
        items.sort_by_key(|item| GROUPS.iter().position(|g| *g == item.group));
        let path = |path: &std::path::PathBuf| crate::printable::printable(&path.display().to_string());
        let mut notes = plan.notes.clone();
        notes.extend(plan.kept.iter().map(|kept| format!("{} stays as you edited it.", path(kept))));
        Self { items, notes, hand_edited: plan.hand_edited.iter().map(path).collect() }
    }
}

fn item(action: &Action) -> Option<Item> {
    let of = |group, text: String, detail: Vec<String>| Some(Item { group, text, detail, is_diff: false });
    match action {
        Action::InstallPackages(names) => {
            of("Packages", format!("{}: {}", count(names.len(), "package"), names.join(" ")), names.clone())
        }
        Action::WriteFile(change) => {
            let verb = if change.exists { "change" } else { "new   " };
            Some(Item {
                group: FILES,
                text: format!("{verb} {:42} {}", shown(&change.file.path), change.file.purpose),
                detail: std::iter::once(format!("{}: {}", shown(&change.file.path), change.file.purpose))
                    .chain(change.diff.lines().map(str::to_owned))
                    .collect(),
                is_diff: true,
            })
        }
        Action::GiveUpFile(path) => of(FILES, format!("give back {}", shown(path)), Vec::new()),
        Action::CreateUser(_) | Action::CreateDirectory(_) => of("Users and folders", action.title(), Vec::new()),
        Action::Unit { .. } => of(SERVICES, action.title(), Vec::new()),
        Action::SetHostName { .. }
        | Action::OpenPorts(_)
        | Action::StandInCertificate(_)
        | Action::ObtainCertificate(_) => of(MACHINE, action.title(), Vec::new()),
        // Part of how the others are carried out.
        Action::Validate { .. } | Action::WaitReady { .. } | Action::ReloadSystemd | Action::Remember => None,
    }
}

/// "1 package", "2 packages".
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn shown(path: &Path) -> String {
    crate::printable::printable(&path.display().to_string())
}
