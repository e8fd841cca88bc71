//! Everything the screen shows, as plain data.

mod accounts;
mod apply;
mod ask;
mod clients;
mod dkim;
mod dns;
mod domains;
mod filter;
mod form;
mod history;
mod hub;
mod overlay;
mod password_input;
mod place;
mod review;
mod served;
mod timers;
mod trouble;
mod verify;

use std::collections::BTreeMap;

pub use accounts::{AccountsPage, AccountsRow, MailboxSeen};
pub use apply::{ApplyPage, ApplyState, ApplyStep, Progress, Request, StepState, seconds};
pub use ask::{About, Ask, Question, Reply};
pub use clients::{AccountPassword, ClientsPage, Sheet};
pub use dkim::{DkimDeed, DkimLook, DkimPage};
pub use dns::{DnsPage, DnsRow, DnsState, Need};
pub use domains::DomainsPage;
pub use filter::Filter;
pub use form::{Editor, FieldEditor, Form, Part, PasswordRow, Slot};
pub use history::{HistoryPage, PastApply};
pub use hub::{CertificatePage, Choice, Entry, Hub, HubPage, MENU, Opens, SETTINGS, listed};
pub use overlay::{Overlay, Viewer};
pub use password_input::PasswordInput;
pub use place::Place;
use ratatui::layout::Size;
pub use review::{EditedFile, Item, Review, ReviewPage, ReviewState};
pub use served::{Deed, Served, ServedPage};
pub use timers::{Switch, TimerRow};
pub use trouble::{Listing, MendState, Mending, Pasted, Stage, TroublePage, applies_the_wish};
pub use verify::{Fixing, Row, Unfolded, VerifyPage, VerifyState, gravity, is_trouble};

use super::msg::Notice;
use super::theme::Theme;
use crate::changes::{Change, Wish};
use crate::spec::{Mailbox, Secret, Spec};
use crate::steps::{Draft, Engine, Password, Step};

/// The whole state of the wizard's screen.
#[derive(Debug)]
pub struct Model {
    /// Where the operator is.
    pub place: Place,
    /// The places that lead back home, the last one first to return to.
    pub trail: Vec<Place>,
    /// Home, on a server that is set up.
    pub hub: Hub,
    /// The step of the walk, and the answers.
    pub engine: Engine,
    /// Fields of every step that was visited, by the step's id.
    pub forms: BTreeMap<&'static str, Form>,
    /// Whether the machine has been looked at yet.
    pub facts_are_known: bool,
    /// The checks that run beside the fields.
    pub live: Live,
    /// The page of DNS records.
    pub dns: DnsPage,
    /// The plan.
    pub review: ReviewPage,
    /// The plan while it is carried out.
    pub apply: ApplyPage,
    /// The checks.
    pub verify: VerifyPage,
    /// Client settings.
    pub clients: ClientsPage,
    /// The search for a cause.
    pub trouble: TroublePage,
    /// Why the step cannot be left, since the operator tried.
    pub problems: Vec<String>,
    /// What lies over the page.
    pub overlay: Option<Overlay>,
    /// Text that is shown outside the alternate screen; nothing is drawn meanwhile.
    pub plain_page: bool,
    /// A sentence above the help line.
    pub notice: Option<Notice>,
    /// Whether passwords are shown.
    pub reveals: bool,
    /// First line of the page that is shown, where nothing on it can be focused.
    pub scroll: usize,
    /// The terminal's size.
    pub size: Size,
    /// Colours and characters.
    pub theme: Theme,
}

/// The checks that run beside the fields. Their results are in [`Draft::seen`].
#[derive(Debug, Default)]
pub struct Live {
    /// Counts the changes of what is checked: results for an older one are dropped.
    pub generation: u64,
    /// How far they are.
    pub state: LiveState,
}

/// How far live checks are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LiveState {
    /// Nothing to check yet, or the operator is still typing.
    #[default]
    Waiting,
    /// They run.
    Running,
    /// All results are there.
    Done,
}

impl Model {
    /// The screen of a wizard at the engine's step.
    pub fn new(engine: Engine, theme: Theme, size: Size) -> Self {
        Self {
            place: Place::Walk,
            trail: Vec::new(),
            hub: Hub::default(),
            engine,
            forms: BTreeMap::new(),
            facts_are_known: false,
            live: Live::default(),
            dns: DnsPage::default(),
            review: ReviewPage::default(),
            apply: ApplyPage::default(),
            verify: VerifyPage::default(),
            clients: ClientsPage::default(),
            trouble: TroublePage::default(),
            problems: Vec::new(),
            overlay: None,
            plain_page: false,
            notice: None,
            reveals: false,
            scroll: 0,
            size,
            theme,
        }
    }

    /// Whether there is a home to go to: the server is set up.
    pub fn has_home(&self) -> bool {
        self.place != Place::Walk
    }

    /// What the page is called.
    pub fn title(&self) -> String {
        match self.place {
            Place::Page(HubPage::Ask) => self.ask().map(Ask::title).unwrap_or_default(),
            Place::Page(HubPage::Served) => self.served_name(),
            Place::Page(HubPage::Dkim) => self.dkim_title(),
            Place::Step("dns") if let Some(only) = &self.dns.only => format!("DNS for {only}"),
            Place::Walk | Place::Step(_) => self.step().title.to_owned(),
            Place::Hub => {
                let name = self.hub.overview.server.known().map(|server| server.hostname.to_string());
                format!("{}   {}", name.unwrap_or_default(), self.verdict())
            }
            Place::Page(page) => page.title().to_owned(),
        }
    }

    /// What the page is for.
    pub fn intro(&self) -> &'static str {
        match self.place {
            Place::Walk | Place::Step(_) => self.step().intro,
            Place::Hub => "How this server is, and what you can do with it.",
            Place::Page(HubPage::Ask) => self.ask().map(Ask::intro).unwrap_or_default(),
            Place::Page(page) => page.intro(),
        }
    }

    /// Whether something was answered that is not applied.
    pub fn has_unapplied_changes(&self) -> bool {
        let Some(applied) = &self.hub.applied else { return false };
        self.hub.has_new_passwords
            || !self.draft().mail.is_empty()
            || self.draft().present().map(Spec::normalised).as_ref() != Some(applied)
    }

    /// Makes a later change of the answers, or leaves them as they are and says why not. Gives what should be known.
    pub fn change(&mut self, change: &dyn Change) -> Result<Vec<String>, String> {
        let mut wish = Wish::of_draft(self.draft()).ok_or("The host name is missing: it comes first.")?;
        let notes = wish.change(change).map_err(|refusal| refusal.to_string())?;
        let is_seen = |address: &Mailbox| self.review.passwords_seen.contains(address);
        let seen: Vec<Secret> =
            self.made_passwords().filter(|(a, _)| is_seen(a)).map(|(_, made)| made.clone()).collect();
        wish.into_draft(&mut self.engine.draft);
        // Under another address it is still the one that was shown.
        let shown: Vec<Mailbox> =
            self.made_passwords().filter(|(_, made)| seen.contains(*made)).map(|(a, _)| a.clone()).collect();
        self.review.passwords_seen.extend(shown);
        self.forms.clear();
        Ok(notes)
    }

    /// The step that is shown, or was shown last.
    pub fn step(&self) -> &'static Step {
        self.engine.step()
    }

    /// The answers so far.
    pub fn draft(&self) -> &Draft {
        &self.engine.draft
    }

    /// The passwords that were made for accounts in this run.
    pub fn made_passwords(&self) -> impl Iterator<Item = (&Mailbox, &Secret)> {
        self.draft().passwords.iter().filter_map(|(address, password)| match password {
            Password::Generated(secret) => Some((address, secret)),
            Password::Given(_) | Password::Hash(_) | Password::ToMake => None,
        })
    }

    /// Whether a password was made that the operator has not been shown.
    pub fn has_unseen_password(&self) -> bool {
        self.made_passwords().any(|(address, _)| !self.review.passwords_seen.contains(address))
    }

    /// The fields of the step that is shown.
    pub fn form(&self) -> Option<&Form> {
        if matches!(self.place, Place::Hub | Place::Page(_)) {
            return None;
        }
        self.forms.get(self.step().id)
    }

    /// Whether a plain letter is text now and not a command.
    pub fn takes_text(&self) -> bool {
        if self.plain_page {
            return false;
        }
        if let Some(overlay) = &self.overlay {
            return overlay.takes_text();
        }
        if self.place == Place::Page(HubPage::Trouble) {
            return self.trouble.takes_text();
        }
        match self.place {
            Place::Page(HubPage::Accounts) => return self.hub.accounts.filter.is_typed,
            Place::Page(HubPage::Domains) => return self.hub.domains.filter.is_typed,
            Place::Page(HubPage::Ask) => return self.ask().is_some_and(Ask::takes_text),
            _ => {}
        }
        self.form().and_then(Form::focused).is_some_and(|f| f.editor.takes_text(self.form().map(|f| f.focus.part)))
    }
}
