//! What goes into [`update`](super::update::update) and what comes out of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crossterm::event::KeyEvent;

use super::model::{DkimLook, MailboxSeen, PastApply, Progress, Sheet};
use super::trouble;
use crate::finding::CheckResult;
use crate::front::overview::Found;
use crate::keys::csv_import::ImportedAccount;
use crate::plan::{EditChoices, Plan};
use crate::records::{ComparedRecord, Observation, Record};
use crate::spec::{Domain, Mailbox, Selector, Spec};
use crate::steps::{Draft, Engine, Password, Seen, Step};
use crate::symptoms::Concluded;

/// Everything that happens, in one order.
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted in one piece.
    Paste(String),
    /// The terminal has another size now: columns, rows.
    Resize(u16, u16),
    /// The machine was looked at.
    Began(Box<Beginning>),
    /// Nothing was typed for a while since this generation of live checks was asked for.
    TypingPaused(u64),
    /// The network was looked at for this generation.
    Seen {
        /// The generation it was started for; an old one is dropped.
        generation: u64,
        /// What was seen, without results of checks.
        seen: Box<Seen>,
    },
    /// A live check ended.
    LiveResult {
        /// The generation it was started for; an old one is dropped.
        generation: u64,
        /// What it found.
        result: Box<CheckResult>,
    },
    /// All live checks of this generation ended.
    LiveDone(u64),
    /// The records that are wanted, in the order of [`Look`](crate::probe::dns::Look)'s indices, or why they are not known.
    Records(Result<Vec<Record>, String>),
    /// One record was compared.
    Compared {
        /// Its index.
        index: usize,
        /// The comparison.
        record: Box<ComparedRecord>,
        /// What every server said.
        observation: Box<Observation>,
    },
    /// All records were compared; the time of day.
    Looked(String),
    /// The wish was accepted and compared with the machine, or why not.
    Planned(Result<Box<Planned>, String>),
    /// What the running apply told.
    Progress(Vec<Progress>),
    /// Time passed while an apply runs.
    Tick(Duration),
    /// A check ended.
    Checked(Box<CheckResult>),
    /// All checks ended, at this time of day; or why they did not run.
    ChecksDone(Result<String, String>),
    /// The client settings of every account, or why there are none.
    Sheets(Result<Vec<Sheet>, String>),
    /// What came of a search for a cause.
    Trouble {
        /// The number it was asked with; what was asked before is dropped.
        run: u64,
        /// What is told.
        told: trouble::Told,
    },
    /// The accounts of this file were read, or why not.
    Accounts(PathBuf, Result<Vec<ImportedAccount>, String>),
    /// What was applied and undone, the newest first, or why it is not known.
    History(Result<Vec<PastApply>, String>),
    /// The mailboxes were looked at, or why not.
    Mailboxes(Result<BTreeMap<Mailbox, MailboxSeen>, String>),
    /// It was looked up where mail for a domain goes now.
    MailHosts {
        /// The domain.
        domain: Domain,
        /// Its mail hosts where they are others than this server; `None` where nobody can say.
        elsewhere: Option<Vec<String>>,
    },
    /// The DKIM keys of a domain were looked at, or why not.
    Dkim {
        /// Whose.
        domain: Domain,
        /// What was found.
        seen: Result<DkimLook, String>,
    },
    /// The certificate was looked at: what was found as text, or why it could not be.
    CertificateLooked(Result<String, String>),
    /// Getting a new certificate told a line.
    CertificateTold(String),
    /// Getting a new certificate came to its end.
    CertificateEnded,
    /// A part of the server's state was looked at.
    Found(Box<Found>),
    /// Something outside was done, or was not.
    Told(Notice),
}

/// Where the wizard opens, once the machine is known.
pub struct Beginning {
    /// The walk, where an earlier run stopped, or the answers that hold on this server.
    pub engine: Engine,
    /// The wish that was last applied, where the operator is at home on a server that is set up; `None` where an earlier
    /// walk goes on or a new one begins.
    pub home: Option<Box<Spec>>,
    /// What the checks of that server found when all of them were run last.
    pub last_checks: Option<Vec<CheckResult>>,
    /// What is there of an apply whose end nobody has seen.
    pub apply: LastApply,
    /// The cause whose fix is carried out, or whose end nobody has seen.
    pub fix: Option<Box<Concluded>>,
}

/// An apply that the operator may still wait to hear of.
pub enum LastApply {
    /// None, or its end was seen.
    None,
    /// A process of ours is carrying a plan out right now.
    Running,
    /// What it told until it ended, or was cut short, while nobody looked.
    Unseen(Vec<Progress>),
}

/// What came of accepting the wish.
pub struct Planned {
    /// What will be done.
    pub plan: Plan,
    /// The passwords, with those that were made.
    pub passwords: BTreeMap<Mailbox, Password>,
    /// An earlier apply that did not come to its end, one sentence.
    pub unfinished: Option<String>,
    /// The answers on top of what another run applied meanwhile, where one did.
    pub rebased: Option<Box<Draft>>,
}

/// A sentence for the operator that stays until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether it says that something did not work.
    pub is_error: bool,
}

impl Notice {
    /// Something worth knowing.
    pub fn info(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: false }
    }

    /// Something that did not work.
    pub fn error(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: true }
    }
}

/// Everything the runner does for [`update`](super::update::update).
pub enum Effect {
    /// Leave.
    Quit(Leaving),
    /// Give the terminal back to the shell until it calls us again.
    Suspend,
    /// Draw everything anew: something else wrote on the terminal.
    Redraw,
    /// Leave the alternate screen and print this, so that the terminal's own selection finds nothing but the text.
    PlainPage(String),
    /// Return from the plain page.
    LeavePlainPage,
    /// Send text to the terminal's clipboard (OSC 52).
    Copy(String),
    /// Keep the answers, so that the next run goes on at this step of the walk.
    Save(Box<Engine>),
    /// Keep what was changed at home and is not applied.
    KeepChanges {
        /// The changed answers.
        draft: Box<Draft>,
        /// Whether they are being applied right now.
        applying: bool,
    },
    /// Drop what was changed at home and is not applied.
    DropChanges,
    /// Look at the machine, and take up what holds on it now.
    TakeUp,
    /// Read what was applied and undone.
    LookAtHistory,
    /// Take the apply of this id out.
    UndoOne(String),
    /// Look at the sizes of the mailboxes, and when they were used last.
    LookAtMailboxes,
    /// Find out where the mail of a domain goes now.
    LookUpMail(Domain),
    /// Look at the DKIM keys of a domain and their records.
    LookAtDkim(Domain),
    /// Make the keys that are to sign next, and look.
    MakeDkimKeys(Domain),
    /// Drop keys that do not sign, and look.
    DropDkimKeys(Domain, Vec<Selector>),
    /// Look at the certificate and what is served.
    LookAtCertificate,
    /// Get a new certificate.
    IssueCertificate,
    /// Look at the state of the server, part by part.
    LookAround,
    /// Look at what the checks found last.
    LookAtChecks,
    /// Find out which records are wanted, of one domain or of all, then look at them until [`Effect::StopWatching`].
    WatchRecords(Box<Draft>, Option<Domain>),
    /// Look no more.
    StopWatching,
    /// Look at the records now.
    LookNow,
    /// Write the records to files.
    WriteRecords(Vec<Record>),
    /// Accept the wish and compare it with the machine.
    Prepare(Box<Draft>, EditChoices),
    /// Read the accounts of a CSV file.
    ReadAccounts(PathBuf),
    /// Write the answers to a file.
    WriteAnswers(Box<Draft>),
    /// Carry the accepted wish out, or join the process that is at it.
    Apply(EditChoices),
    /// Ask the apply that runs to stop after its present step.
    StopApply,
    /// Take the last apply back.
    Undo,
    /// Forget the passwords that were made: the operator has seen them.
    ForgetMadePasswords,
    /// Run the checks, or the one of this id.
    Check {
        /// What to check.
        draft: Box<Draft>,
        /// The only one to run.
        only: Option<String>,
    },
    /// Work of the search for a cause.
    Trouble {
        /// Goes into what is told.
        run: u64,
        /// What to do.
        ask: trouble::Ask,
    },
    /// Make the client settings.
    MakeSheets(Box<Draft>),
    /// Write the profile for Apple devices of this account.
    WriteProfile(Box<Draft>, String),
    /// Forget the answers that are kept: all of them were applied.
    ForgetDraft,
    /// Say [`Msg::TypingPaused`] after a pause.
    AwaitPause(u64),
    /// Look at DNS for the step's suggestions and run its checks against the draft; older looks are cancelled.
    LiveChecks {
        /// Goes into the results.
        generation: u64,
        /// The step whose checks they are.
        step: &'static Step,
        /// What to check.
        draft: Box<Draft>,
    },
}

/// Why the screen is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The operator left before the end.
    Left,
    /// The operator left while a plan is carried out, which goes on.
    WhileApplying,
    /// Everything was done.
    Done,
}
