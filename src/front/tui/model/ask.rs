//! A few questions on one page, for one change of a server that is set up.

use tui_input::Input;

use super::PasswordInput;
use crate::changes::{
    AddAccount, AddAlias, AddDomain, Change, FateOfMail, RemoveAccount, RemoveDomain, RenameAccount, SetDmarc,
    SetPassword, SetQuota,
};
use crate::front::size::Size;
use crate::spec::{AliasAddress, DmarcPolicy, Domain, Mailbox, Secret};
use crate::steps::Password;

/// The questions and what is answered so far.
#[derive(Debug)]
pub struct Ask {
    /// What they are for.
    pub about: About,
    /// The questions.
    pub questions: Vec<Question>,
    /// Index of the one that has the focus.
    pub focus: usize,
    /// Whether it is being found out where the mail of the new domain goes now.
    pub is_looking: bool,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// Another domain.
    AddDomain,
    /// A domain goes; who gets what the server has to say is asked where that is somebody of this domain.
    RemoveDomain {
        /// The domain.
        name: Domain,
        /// Whether its reader goes with it.
        holds_admin: bool,
    },
    /// Another DMARC policy.
    SetDmarc(Domain, DmarcPolicy),
    /// Another account.
    AddAccount,
    /// Another password.
    SetPassword(Mailbox),
    /// How much mail an account may hold.
    SetQuota(Mailbox, Option<u32>),
    /// Another address.
    RenameAccount(Mailbox),
    /// An account goes.
    RemoveAccount(Mailbox),
    /// Another alias.
    AddAlias,
    /// Where an alias leads.
    SetTargets(AliasAddress, Vec<Mailbox>),
}

/// One question.
#[derive(Debug)]
pub struct Question {
    /// What stands before the input.
    pub label: &'static str,
    /// One or two lines that help to answer.
    pub help: &'static str,
    /// The answer in the making.
    pub input: Reply,
    /// Why it was refused.
    pub error: Option<String>,
}

/// An answer in the making.
#[derive(Debug)]
pub enum Reply {
    /// One line.
    Text(Input),
    /// A password.
    Secret(PasswordInput),
    /// One of a few: what is shown, and which.
    Choice(&'static [&'static str], usize),
}

/// A refused answer: the question's index, and the sentence.
pub type Refused = (usize, String);

/// The policies in the order of their strictness.
const POLICIES: [DmarcPolicy; 3] = [DmarcPolicy::None, DmarcPolicy::Quarantine, DmarcPolicy::Reject];
const DMARC: [&str; 3] =
    ["none: only ask for reports, to begin with", "quarantine: into the spam folder", "reject: refuse it"];
const FATES: [&str; 3] = ["stays where it is", "is packed into one file", "is removed for good"];
const OLD_ADDRESS: [&str; 2] = ["stays as an alias of the new one", "goes: mail to it is refused"];

const TARGETS: &str = "One or several addresses, with spaces or commas between them.";

fn text(label: &'static str, help: &'static str, value: &str) -> Question {
    Question { label, help, input: Reply::Text(Input::new(value.to_owned())), error: None }
}

fn secret(label: &'static str, help: &'static str) -> Question {
    Question { label, help, input: Reply::Secret(PasswordInput::default()), error: None }
}

fn choice(label: &'static str, help: &'static str, choices: &'static [&'static str], chosen: usize) -> Question {
    Question { label, help, input: Reply::Choice(choices, chosen), error: None }
}

fn dmarc(policy: DmarcPolicy) -> Question {
    let chosen = POLICIES.iter().position(|known| *known == policy).unwrap_or_default();
    choice("DMARC policy", "What receivers are asked to do with forged mail in its name.", &DMARC, chosen)
}

fn passwords() -> [Question; 2] {
    [secret("Password", "Empty: a good one is made and shown at the review."), secret("Again", "The same once more.")]
}

fn limit(quota_mb: Option<u32>) -> Question {
    let value = quota_mb.map(|_| Size::of(quota_mb).to_string()).unwrap_or_default();
    text("Limit", "The most mail it may hold, like 500M or 2G. Empty: no limit.", &value)
}

fn removal() -> Vec<Question> {
    vec![
        choice("Its mail", "Packed mail is a file in /var/lib/mailwizard/archive; undo unpacks it.", &FATES, 0),
        text("Type its name", "Only where its mail is removed for good: no undo brings that back.", ""),
    ]
}

impl Ask {
    /// The questions of a change.
    pub fn new(about: About) -> Self {
        let questions = match &about {
            About::AddDomain => vec![
                text("Domain", "What stands after the '@'. It gets DKIM keys of its own.", ""),
                dmarc(DmarcPolicy::None),
                text("First account", "The part before the '@', if it has an account of its own. Empty: none yet.", ""),
            ],
            About::RemoveDomain { holds_admin, .. } => {
                let mut questions = removal();
                if *holds_admin {
                    let help = "Who reads what this server has to say from now on: an address that stays.";
                    questions.push(text("Reports go to", help, ""));
                }
                questions
            }
            About::SetDmarc(_, policy) => vec![dmarc(*policy)],
            About::AddAccount => {
                let mut questions = vec![
                    text("Address", "The mailbox, which is also the login name.", ""),
                    text("Name", "The person's name, for mail programs. May be empty.", ""),
                ];
                questions.extend(passwords());
                questions.push(limit(None));
                questions
            }
            About::SetPassword(_) => passwords().into(),
            About::SetQuota(_, quota_mb) => vec![limit(*quota_mb)],
            About::RenameAccount(_) => vec![
                text("New address", "Mail, password and what leads to it go along.", ""),
                choice("The old one", "Who knows only the old address still reaches an alias.", &OLD_ADDRESS, 0),
            ],
            About::RemoveAccount(_) => removal(),
            About::AddAlias => vec![
                text("Alias", "The address; '*@example.org' takes what is sent to any other address.", ""),
                text("Leads to", TARGETS, ""),
            ],
            About::SetTargets(_, targets) => {
                let targets: Vec<String> = targets.iter().map(ToString::to_string).collect();
                vec![text("Leads to", TARGETS, &targets.join(", "))]
            }
        };
        Self { about, questions, focus: 0, is_looking: false }
    }

    /// What stands at the right of the title line.
    pub fn title(&self) -> String {
        match &self.about {
            About::AddDomain => "Add a domain".into(),
            About::RemoveDomain { name, .. } => format!("Remove {name}"),
            About::SetDmarc(name, _) => format!("DMARC policy of {name}"),
            About::AddAccount => "Add an account".into(),
            About::SetPassword(address) => format!("Password of {address}"),
            About::SetQuota(address, _) => format!("Limit of {address}"),
            About::RenameAccount(address) => format!("Another address for {address}"),
            About::RemoveAccount(address) => format!("Remove {address}"),
            About::AddAlias => "Add an alias".into(),
            About::SetTargets(address, _) => format!("Alias {address}"),
        }
    }

    /// One idea, shown above the questions.
    pub fn intro(&self) -> &'static str {
        match &self.about {
            About::AddDomain => {
                "Receive and send mail for another domain. You see all of it before anything is changed; its records come \
                 after that."
            }
            About::RemoveDomain { .. } => {
                "Its accounts and aliases go, and its mail is refused from then on; its DKIM keys stay. Take its records \
                 down after that, the MX first: the page before this one leads to them."
            }
            About::SetDmarc(..) => {
                "Start with none, read the reports, and end with reject. Its record in the DNS changes with it: the next \
                 page after the apply shows it."
            }
            About::AddAccount => "A mailbox with a password.",
            About::SetPassword(_) => "Whoever is logged in with the old one is logged out.",
            About::SetQuota(..) => "Mail that does not fit is given back to its sender.",
            About::RenameAccount(_) => "Its mail programs must log in with the new address; the password stays.",
            About::RemoveAccount(_) => "Nobody can log in with it any more, and mail for it is refused.",
            About::AddAlias => {
                "An address that leads to others, here or elsewhere. 'alice+anything' needs none: it reaches alice already."
            }
            About::SetTargets(..) => "Mail to it goes to each of these addresses.",
        }
    }

    /// The question that has the focus.
    pub fn focused(&self) -> Option<&Question> {
        self.questions.get(self.focus)
    }

    /// Whether a plain letter is text now.
    pub fn takes_text(&self) -> bool {
        matches!(self.focused().map(|q| &q.input), Some(Reply::Text(_) | Reply::Secret(_)))
    }

    /// Whether Enter makes the change.
    pub fn is_at_last(&self) -> bool {
        self.focus + 1 >= self.questions.len()
    }

    /// The text of a question.
    fn said(&self, at: usize) -> &str {
        match self.questions.get(at).map(|q| &q.input) {
            Some(Reply::Text(input)) => input.value().trim(),
            _ => "",
        }
    }

    fn chosen(&self, at: usize) -> usize {
        match self.questions.get(at).map(|q| &q.input) {
            Some(Reply::Choice(_, chosen)) => *chosen,
            _ => 0,
        }
    }

    /// The password that was typed twice; `None` where one is to be made.
    fn password(&self, first: usize) -> Result<Option<Password>, Refused> {
        let (Some(Reply::Secret(one)), Some(Reply::Secret(two))) =
            (self.questions.get(first).map(|q| &q.input), self.questions.get(first + 1).map(|q| &q.input))
        else {
            return Ok(None);
        };
        if one != two {
            return Err((first + 1, "The two passwords differ: type the same one twice.".into()));
        }
        if one.is_empty() {
            return Ok(None);
        }
        let secret = Secret::parse_password(one.expose()).map_err(|e| (first, e.to_string()))?;
        Ok(Some(Password::Given(secret)))
    }

    fn quota(&self, at: usize) -> Result<Option<u32>, Refused> {
        match self.said(at) {
            "" => Ok(None),
            text => text.parse().map(Size::megabytes).map_err(|e: crate::front::size::NoSize| (at, e.to_string())),
        }
    }

    /// What becomes of mail; what cannot be taken back must be typed out.
    fn fate(&self, name: &str) -> Result<FateOfMail, Refused> {
        match self.chosen(0) {
            0 => Ok(FateOfMail::Kept),
            1 => Ok(FateOfMail::Archived),
            _ if self.said(1) == name => Ok(FateOfMail::Purged),
            _ => Err((1, format!("Its mail is removed for good: type '{name}' here to confirm it."))),
        }
    }

    fn targets(&self, at: usize) -> Vec<String> {
        self.said(at).split([' ', ',', ';']).filter(|target| !target.is_empty()).map(str::to_owned).collect()
    }

    /// The domain that is to be added.
    pub fn domain(&self) -> Result<Domain, Refused> {
        Domain::parse(self.said(0)).map_err(|e| (0, e.to_string()))
    }

    /// The change, or which answer cannot be taken. `mx_elsewhere` is where the mail of a new domain goes now.
    pub fn change(&self, mx_elsewhere: Vec<String>) -> Result<Box<dyn Change>, Refused> {
        let mailbox = |at: usize, text: &str| Mailbox::parse(text).map_err(|e| (at, e.to_string()));
        Ok(match &self.about {
            About::AddDomain => {
                let name = self.domain()?;
                let accounts = match self.said(2) {
                    "" => Vec::new(),
                    // The whole address is as good.
                    local => {
                        let local = local.strip_suffix(&format!("@{name}")).unwrap_or(local);
                        vec![AddAccount::new(mailbox(2, &format!("{local}@{name}"))?)]
                    }
                };
                Box::new(AddDomain { name, dmarc: self.policy(1), accounts, mx_elsewhere })
            }
            About::RemoveDomain { name, holds_admin } => {
                let mail = self.fate(name.as_str())?;
                let admin_email = if *holds_admin { Some(mailbox(2, self.said(2))?) } else { None };
                Box::new(RemoveDomain { name: name.clone(), mail, admin_email })
            }
            About::SetDmarc(name, _) => Box::new(SetDmarc { name: name.clone(), policy: self.policy(0) }),
            About::AddAccount => Box::new(AddAccount {
                address: mailbox(0, self.said(0))?,
                name: Some(self.said(1).to_owned()).filter(|name| !name.is_empty()),
                password: self.password(2)?,
                quota_mb: self.quota(4)?,
            }),
            About::SetPassword(address) => {
                Box::new(SetPassword { address: address.clone(), password: self.password(0)? })
            }
            About::SetQuota(address, _) => Box::new(SetQuota { address: address.clone(), quota_mb: self.quota(0)? }),
            About::RenameAccount(from) => Box::new(RenameAccount {
                from: from.clone(),
                to: mailbox(0, self.said(0))?,
                keep_alias: self.chosen(1) == 0,
            }),
            About::RemoveAccount(address) => {
                let mail = self.fate(&address.to_string())?;
                Box::new(RemoveAccount { address: address.clone(), mail })
            }
            About::AddAlias => {
                Box::new(AddAlias { address: self.said(0).to_owned(), targets: self.targets(1), add: true })
            }
            About::SetTargets(address, _) => {
                Box::new(AddAlias { address: address.to_string(), targets: self.targets(0), add: false })
            }
        })
    }

    fn policy(&self, at: usize) -> DmarcPolicy {
        POLICIES.get(self.chosen(at)).copied().unwrap_or_default()
    }
}
