//! Home on a server that is set up: its state, and what can be done.

use super::{AccountsPage, Ask, DkimPage, DomainsPage, HistoryPage, Model, Place, ServedPage};
use crate::finding::Outcome;
use crate::front::overview::{Leads, Need, Overview, needs};
use crate::spec::{Domain, Spec};
use crate::steps::{Draft, STEPS};

/// The hub.
#[derive(Debug, Default)]
pub struct Hub {
    /// What is selected.
    pub choice: Choice,
    /// How the server is, as far as it is known.
    pub overview: Overview,
    /// The wish that was last applied; `None` until it was read.
    pub applied: Option<Spec>,
    /// What the operator should know about the changes that are not applied yet.
    pub notes: Vec<String>,
    /// The domain whose records are to be published once the changes are applied.
    pub to_publish: Option<Domain>,
    /// The questions of the change that is being made.
    pub ask: Option<Ask>,
    /// The list of accounts and aliases.
    pub accounts: AccountsPage,
    /// The list of domains.
    pub domains: DomainsPage,
    /// The page of one account, alias or domain.
    pub served: ServedPage,
    /// Whether passwords were typed, or are to be made, that are not applied yet.
    pub has_new_passwords: bool,
    /// Whether something was changed here that is not applied yet.
    pub is_changed: bool,
    /// Whether the checks ran before the last apply.
    pub checks_are_old: bool,
    /// Index of the selected line of [`SETTINGS`].
    pub setting: usize,
    /// The certificate's page.
    pub certificate: CertificatePage,
    /// The DKIM keys of one domain.
    pub dkim: DkimPage,
    /// The list of applies.
    pub history: HistoryPage,
    /// Index of the selected line among the timers.
    pub timer: usize,
}

/// The certificate, and what is served.
#[derive(Debug, Default)]
pub struct CertificatePage {
    /// What was found, or why it could not be found out.
    pub text: Option<Result<String, String>>,
    /// Whether a new one is being got.
    pub is_at_work: bool,
    /// What the work told.
    pub told: Vec<String>,
    /// Whether the operator asked for a new one, and is asked again.
    pub is_asked: bool,
}

/// A line of the hub that can be selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Something that needs the operator, by its place among them.
    Need(usize),
    /// A line of [`MENU`], by its place among those that are listed.
    Entry(usize),
}

impl Default for Choice {
    fn default() -> Self {
        Self::Entry(0)
    }
}

/// The most needs that are listed: the menu stays in sight, and the first ones are the most urgent.
const MOST_NEEDS: usize = 5;

impl Model {
    /// What needs the operator, the most urgent first, as many as are listed.
    pub fn needs(&self) -> Vec<Need> {
        let mut needs = needs(&self.hub.overview);
        if self.hub.is_changed {
            let text = "you changed settings and did not apply them: Enter shows what they would do".into();
            needs.insert(0, Need { outcome: Outcome::Warn, text, leads: Leads::Review, domain: None });
        }
        needs.truncate(MOST_NEEDS);
        needs
    }

    /// What the hub's title says about the server as a whole.
    pub fn verdict(&self) -> String {
        let is_known = self.hub.overview.machine.known().is_some() && self.hub.overview.checks.known().is_some();
        match self.needs().len() {
            0 if is_known => "all good".into(),
            0 => "...".into(),
            1 => "1 needs you".into(),
            n => format!("{n} need you"),
        }
    }
}

/// A page that only the hub opens. A new one is a line here and in its tables, a file in `update` and one in `view`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubPage {
    /// The accounts and aliases.
    Accounts,
    /// The questions of one change.
    Ask,
    /// The certificate, and what is served.
    Certificate,
    /// The DKIM keys of one domain.
    Dkim,
    /// The domains and their records.
    Domains,
    /// What was applied and undone.
    History,
    /// One account, alias or domain.
    Served,
    /// The list of steps that can be entered alone.
    Settings,
    /// What runs by itself.
    Timers,
    /// From what hurts to the cause and the fix.
    Trouble,
}

impl HubPage {
    /// What stands at the right of the title line.
    pub fn title(self) -> &'static str {
        match self {
            Self::Accounts => "Accounts and aliases",
            // These are called after what they are about.
            Self::Ask | Self::Dkim | Self::Served => "",
            Self::Certificate => "Certificate",
            Self::Domains => "Domains",
            Self::History => "History and undo",
            Self::Settings => "Settings",
            Self::Timers => "What runs by itself",
            Self::Trouble => "Something is wrong",
        }
    }

    /// One idea, shown above the page and by F1.
    pub fn intro(self) -> &'static str {
        match self {
            Self::Accounts => "An account is a mailbox with a login; an alias leads to others.",
            Self::Ask => "",
            Self::Domains => "The domains whose mail this server takes and sends, and how their records are.",
            Self::Served => "What you choose is reviewed before anything is changed.",
            Self::Dkim => "A DKIM key signs the domain's mail; receivers check that with its record.",
            Self::Certificate => "The certificate that mail programs and other servers see, and who serves it.",
            Self::History => "What was applied here, the newest first, and what it changed.",
            Self::Timers => {
                "Timers of this server. 'journalctl -u UNIT' shows what each did; switching one is a change like any other."
            }
            Self::Trouble => {
                "Say in your own words what does not work and for whom, or paste an error text, a whole bounce, or the \
                 headers of a message that arrived."
            }
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
    pub opens: Opens,
}

/// What a line of a menu opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opens {
    /// A place.
    Place(Place),
    /// The questions of a new domain.
    NewDomain,
}

const fn entry(title: &'static str, opens: Place) -> Entry {
    Entry { title, opens: Opens::Place(opens) }
}

impl Entry {
    /// Whether it is listed: a step only where it asks something now.
    fn is_listed(&self, draft: &Draft) -> bool {
        match self.opens {
            Opens::Place(Place::Step(id)) => STEPS.iter().any(|step| step.id == id && (step.shown)(draft)),
            Opens::Place(_) | Opens::NewDomain => true,
        }
    }
}

/// The lines of a menu that are listed now.
pub fn listed<'a>(menu: &'a [Entry], draft: &'a Draft) -> impl Iterator<Item = &'a Entry> {
    menu.iter().filter(|entry| entry.is_listed(draft))
}

/// What can be done at home, in the order it is listed.
pub static MENU: [Entry; 9] = [
    Entry { title: "Add a domain", opens: Opens::NewDomain },
    entry("Accounts and aliases", Place::Page(HubPage::Accounts)),
    entry("Domains and DNS records", Place::Page(HubPage::Domains)),
    entry("Check everything again", Place::Step("verify")),
    entry("Certificate", Place::Page(HubPage::Certificate)),
    entry("Something is wrong ...", Place::Page(HubPage::Trouble)),
    entry("Mail clients", Place::Step("clients")),
    entry("History and undo", Place::Page(HubPage::History)),
    entry("Settings", Place::Page(HubPage::Settings)),
];

/// The steps that can be entered alone.
pub static SETTINGS: [Entry; 6] = [
    entry("Host name", Place::Step("hostname")),
    entry("Certificate: where it comes from", Place::Step("certificate")),
    entry("Protections", Place::Step("protections")),
    entry("Way out", Place::Step("outbound")),
    entry("Cut-over", Place::Step("cutover")),
    entry("What runs by itself", Place::Page(HubPage::Timers)),
];
