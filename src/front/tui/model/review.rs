//! The plan as it is reviewed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::plan::{Action, EditChoices, Edited, HandEdit, Merged, Plan};
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
    pub edited: EditChoices,
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
}

impl ReviewPage {
    /// The selected file that was changed by hand.
    pub fn edit(&self) -> Option<&EditedFile> {
        let ReviewState::Ready(review) = &self.state else { return None };
        review.items.get(self.selected)?.edit.as_ref()
    }
}

/// A file that was changed by hand since it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedFile {
    /// Which.
    pub path: PathBuf,
    /// What was chosen.
    pub choice: Edited,
    /// Whether both changes can be put together.
    pub can_be_merged: bool,
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
    /// The file that was changed by hand, where it is one.
    pub edit: Option<EditedFile>,
}

const EDITED: &str = "Changed by you";
const FILES: &str = "Files";
const SERVICES: &str = "Services";
const MACHINE: &str = "Machine";
const MAIL: &str = "Mail";
/// The groups in the order they are shown.
const GROUPS: [&str; 7] = [EDITED, "Packages", FILES, "Users and folders", MAIL, SERVICES, MACHINE];

impl Review {
    /// A plan's actions, sorted for reading: in apply they are mixed.
    pub fn of(plan: &Plan) -> Self {
        let mut items: Vec<Item> = plan.edits.iter().map(edited).chain(plan.actions.iter().filter_map(item)).collect();
        items.sort_by_key(|item| GROUPS.iter().position(|g| *g == item.group));
        Self { items, notes: plan.notes.clone() }
    }

    /// How many files that were changed by hand wait for a choice.
    pub fn open_edits(&self) -> usize {
        let edits = self.items.iter().filter_map(|item| item.edit.as_ref());
        edits.filter(|edit| edit.choice == Edited::Ask).count()
    }
}

fn edited(edit: &HandEdit) -> Item {
    let can_be_merged = matches!(edit.merged, Merged::Clean(_));
    let fate = match edit.choice {
        Edited::Ask if can_be_merged => "choose: keep, merge or write ours",
        Edited::Ask => "choose: keep or write ours",
        Edited::Keep => "stays as it is",
        Edited::Replace => "ours is written",
        Edited::Merge => "both changes together",
    };
    Item {
        group: EDITED,
        text: format!("{:42} {fate}", shown(&edit.path)),
        detail: edit.lines(),
        is_diff: true,
        edit: Some(EditedFile { path: edit.path.clone(), choice: edit.choice, can_be_merged }),
    }
}

fn item(action: &Action) -> Option<Item> {
    let of = |group, text: String, detail: Vec<String>| Some(Item { group, text, detail, is_diff: false, edit: None });
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
                edit: None,
            })
        }
        Action::GiveUpFile(path) => of(FILES, format!("give back {}", shown(path)), Vec::new()),
        Action::CreateUser(_) | Action::CreateDirectory(_) => of("Users and folders", action.title(), Vec::new()),
        Action::AdoptMail(moves) => of(MAIL, action.title(), moves.iter().map(ToString::to_string).collect()),
        Action::MoveMail { .. } | Action::ArchiveMail(_) | Action::PurgeMail(_) => of(MAIL, action.title(), Vec::new()),
        Action::Unit { .. } | Action::EndSessions(_) => of(SERVICES, action.title(), Vec::new()),
        Action::SetHostName { .. }
        | Action::OpenPorts(_)
        | Action::StandInCertificate(_)
        | Action::ObtainCertificate(_) => of(MACHINE, action.title(), Vec::new()),
        // Part of how the others are carried out.
        Action::Derive(_)
        | Action::EndMove(_)
        | Action::Validate { .. }
        | Action::WaitReady { .. }
        | Action::ReloadSystemd
        | Action::Remember => None,
    }
}

/// "1 package", "2 packages".
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn shown(path: &Path) -> String {
    crate::printable::printable(&path.display().to_string())
}
