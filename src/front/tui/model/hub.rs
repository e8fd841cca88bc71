//! Home on a server that is set up: its state, and what can be done.

use super::Place;
use crate::spec::Spec;
use crate::steps::{Draft, STEPS};

/// The hub.
#[derive(Debug, Default)]
pub struct Hub {
    /// Index of the selected line of [`MENU`].
    pub selected: usize,
    /// The wish that was last applied; `None` until it was read.
    pub applied: Option<Spec>,
    /// Whether passwords were typed, or are to be made, that are not applied yet.
    pub has_new_passwords: bool,
    /// Index of the selected line of [`SETTINGS`].
    pub setting: usize,
}

/// A page that only the hub opens. A new one is a line here and in its tables, a file in `update` and one in `view`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubPage {
    /// The list of steps that can be entered alone.
    Settings,
}

impl HubPage {
    /// What stands at the right of the title line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Settings => "Settings",
        }
    }

    /// One idea, shown above the page and by F1.
    pub fn intro(self) -> &'static str {
        match self {
            Self::Settings => {
                "Each question of the set-up by itself. Nothing is changed before you have seen all of it and applied it."
            }
        }
    }
}

/// One line of a menu: what it says, and what it opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What it says.
    pub title: &'static str,
    /// What Enter opens.
    pub opens: Place,
}

const fn entry(title: &'static str, opens: Place) -> Entry {
    Entry { title, opens }
}

impl Entry {
    /// Whether it is listed: a step only where it asks something now.
    fn is_listed(&self, draft: &Draft) -> bool {
        match self.opens {
            Place::Step(id) => STEPS.iter().any(|step| step.id == id && (step.shown)(draft)),
            Place::Walk | Place::Hub | Place::Page(_) => true,
        }
    }
}

/// The lines of a menu that are listed now.
pub fn listed<'a>(menu: &'a [Entry], draft: &'a Draft) -> impl Iterator<Item = &'a Entry> {
    menu.iter().filter(|entry| entry.is_listed(draft))
}

/// What can be done at home, in the order it is listed.
pub static MENU: [Entry; 4] = [
    entry("DNS records", Place::Step("dns")),
    entry("Check everything again", Place::Step("verify")),
    entry("Mail clients", Place::Step("clients")),
    entry("Settings", Place::Page(HubPage::Settings)),
];

/// The steps that can be entered alone.
pub static SETTINGS: [Entry; 7] = [
    entry("Host name", Place::Step("hostname")),
    entry("Domains", Place::Step("domains")),
    entry("Accounts and aliases", Place::Step("accounts")),
    entry("Certificate", Place::Step("certificate")),
    entry("Protections", Place::Step("protections")),
    entry("Way out", Place::Step("outbound")),
    entry("Cut-over", Place::Step("cutover")),
];
