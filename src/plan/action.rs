//! The actions a plan is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{HandEdit, KeptEdit, Loaded, MailMove, MailOwner};
use crate::spec::{Fqdn, Mailbox};
use crate::stacks::{
    CommandLine, Content, DerivedFile, Directory, ManagedFile, OpenPort, Readiness, SystemUser, WantedCertificate,
};

/// What apply will do, in order. An empty plan means that nothing differs.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The actions in the order they are carried out.
    pub actions: Vec<Action>,
    /// Files that were changed by hand since we wrote them. Apply refuses until the operator has chosen for each.
    pub edits: Vec<HandEdit>,
    /// Files that stay as the operator edited them, because that was chosen before.
    pub kept: Vec<PathBuf>,
    /// Files that are to stay so from now on.
    pub keeps: BTreeMap<PathBuf, KeptEdit>,
    /// What each unit will have taken up once its action is done.
    pub loads: BTreeMap<String, Loaded>,
    /// Things that are left alone although one might expect otherwise, a sentence each.
    pub notes: Vec<String>,
}

impl Plan {
    /// Whether nothing is to be done or chosen.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty() && self.keeps.is_empty() && self.open_edits().next().is_none()
    }

    /// Edited files for which the operator has yet to choose.
    pub fn open_edits(&self) -> impl Iterator<Item = &HandEdit> {
        self.edits.iter().filter(|edit| edit.is_open())
    }

    /// The file changes, in order.
    pub fn file_changes(&self) -> impl Iterator<Item = &FileChange> {
        self.actions.iter().filter_map(|action| match action {
            Action::WriteFile(change) => Some(change),
            _ => None,
        })
    }
}

/// One thing that apply does. Doing one again that is done already changes nothing.
#[derive(Debug, Clone)]
pub enum Action {
    /// Installs packages; not undone (packages stay).
    InstallPackages(Vec<String>),
    /// Makes a system user and group; not undone (mail belongs to it).
    CreateUser(SystemUser),
    /// Makes a directory or mends its mode and owner.
    CreateDirectory(Directory),
    /// Writes a file whole.
    WriteFile(FileChange),
    /// Puts back what was there before us, or removes the file: we wrote it, and it is no longer wanted.
    GiveUpFile(PathBuf),
    /// Has a program make a file from one of ours; a refusal stops apply before a daemon is touched.
    Derive(DerivedFile),
    /// Has systemd read its unit files again.
    ReloadSystemd,
    /// Sets the host name.
    SetHostName {
        /// The name until now.
        from: String,
        /// The name to set.
        to: Fqdn,
    },
    /// Opens ports in the active firewall.
    OpenPorts(Vec<OpenPort>),
    /// Makes a self-signed stand-in where there is no certificate at all.
    StandInCertificate(WantedCertificate),
    /// Gets a certificate by the method of the spec; a failure is reported, not fatal: the stand-in serves on.
    ObtainCertificate(WantedCertificate),
    /// Runs a daemon's own checker; a failure stops apply before the daemon is touched.
    Validate {
        /// The unit whose configuration it is.
        unit: String,
        /// The checker.
        command: CommandLine,
    },
    /// Starts, restarts, reloads or stops a unit.
    Unit {
        /// Its name.
        unit: String,
        /// The unit whose state tells the truth.
        state_unit: String,
        /// What to do.
        verb: UnitVerb,
    },
    /// Waits until a service answers.
    WaitReady {
        /// The unit.
        unit: String,
        /// What must answer.
        ready: Readiness,
    },
    /// Moves an account's mail to another address.
    MoveMail {
        /// The address until now.
        from: Mailbox,
        /// The new one.
        to: Mailbox,
    },
    /// Takes away what led from the old address to the new one while daemons knew both.
    EndMove(Mailbox),
    /// Packs mail into one file below `/var/lib/mailwizard/archive`, and then removes it from where it was.
    ArchiveMail(MailOwner),
    /// Removes mail; not undone.
    PurgeMail(MailOwner),
    /// Ends the sessions of an account.
    EndSessions(Mailbox),
    /// Moves an adopted server's mail to where it is looked for from now on, and gives it to whom it belongs, while nothing
    /// delivers or reads.
    AdoptMail(Vec<MailMove>),
    /// Keeps the wish as the one that holds, with its password hashes.
    Remember,
}

/// A file that is new or different.
#[derive(Debug, Clone)]
pub struct FileChange {
    /// The file as it should be.
    pub file: ManagedFile,
    /// What was rendered for it, where the operator's changes are merged into [`FileChange::file`].
    pub rendered: Option<Content>,
    /// Whether it exists now.
    pub exists: bool,
    /// Unified diff against what is there; for secrets one line that says how many bytes change.
    pub diff: String,
}

/// What is done to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitVerb {
    /// `systemctl enable --now`.
    EnableAndStart,
    /// `systemctl restart`.
    Restart,
    /// `systemctl reload-or-restart`.
    Reload,
    /// `systemctl disable --now`.
    DisableAndStop,
}

impl FileChange {
    /// What was rendered for it.
    pub fn rendered(&self) -> &Content {
        self.rendered.as_ref().unwrap_or(&self.file.content)
    }
}

impl UnitVerb {
    /// What is done, in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::EnableAndStart => "start",
            Self::Restart => "restart",
            Self::Reload => "reload",
            Self::DisableAndStop => "stop",
        }
    }
}

impl Action {
    /// Its kind in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::InstallPackages(_) => "install-packages",
            Self::CreateUser(_) => "create-user",
            Self::CreateDirectory(_) => "create-directory",
            Self::WriteFile(_) => "write-file",
            Self::GiveUpFile(_) => "give-up-file",
            Self::Derive(_) => "derive-file",
            Self::ReloadSystemd => "reload-systemd",
            Self::SetHostName { .. } => "set-host-name",
            Self::OpenPorts(_) => "open-ports",
            Self::StandInCertificate(_) => "stand-in-certificate",
            Self::ObtainCertificate(_) => "obtain-certificate",
            Self::Validate { .. } => "validate",
            Self::Unit { .. } => "unit",
            Self::WaitReady { .. } => "wait-ready",
            Self::MoveMail { .. } => "move-mail",
            Self::EndMove(_) => "end-move",
            Self::ArchiveMail(_) => "archive-mail",
            Self::PurgeMail(_) => "purge-mail",
            Self::EndSessions(_) => "end-sessions",
            Self::AdoptMail(_) => "adopt-mail",
            Self::Remember => "remember",
        }
    }

    /// One line for the operator.
    pub fn title(&self) -> String {
        match self {
            Self::InstallPackages(names) => format!("install {}", few(names)),
            Self::CreateUser(user) => format!("user {}", user.name),
            Self::CreateDirectory(directory) => {
                format!(
                    "folder {} ({:04o} {}:{})",
                    directory.path.display(),
                    directory.mode,
                    directory.owner,
                    directory.group
                )
            }
            Self::WriteFile(change) => format!("write {}, {}", change.file.path.display(), change.file.purpose),
            Self::GiveUpFile(path) => format!("give back {}", path.display()),
            Self::Derive(file) => format!("make {} from {}", file.path.display(), file.from.display()),
            Self::ReloadSystemd => "systemd: read unit files again".into(),
            Self::SetHostName { from, to } => format!("host name {to} (was {})", crate::printable::excerpt(from, 64)),
            Self::OpenPorts(ports) => {
                let numbers: Vec<String> = ports.iter().map(|p| p.port.to_string()).collect();
                format!("firewall: open {}", numbers.join(" "))
            }
            Self::StandInCertificate(_) => "a self-signed certificate until there is a real one".into(),
            Self::ObtainCertificate(wanted) => {
                let names: Vec<&str> = wanted.names.iter().map(Fqdn::as_str).collect();
                format!("certificate for {}", names.join(" "))
            }
            Self::Validate { command, .. } => format!("check with {command}"),
            Self::Unit { unit, verb, .. } => format!("{} {unit}", verb.word()),
            Self::WaitReady { unit, ready } => format!("{}: wait until {} answers", short(unit), ready),
            Self::MoveMail { from, to } => format!("mail of {from}: move to {to}"),
            Self::EndMove(from) => format!("mail of {from}: the move is over"),
            Self::ArchiveMail(owner) => format!("mail of {owner}: pack into one file"),
            Self::PurgeMail(owner) => format!("mail of {owner}: remove for good"),
            Self::EndSessions(address) => format!("{address}: log out"),
            Self::AdoptMail(moves) => match moves.as_slice() {
                [one] => one.to_string(),
                all => format!("mail that is there already: {} folders to their place and owner", all.len()),
            },
            Self::Remember => "keep this set-up as the one that holds".into(),
        }
    }
}

/// A unit's name as people say it.
pub(super) fn short(unit: &str) -> &str {
    unit.strip_suffix(".service").unwrap_or(unit)
}

/// The first three names, and how many there are.
fn few(names: &[String]) -> String {
    match names {
        [first, second, third, _, ..] => format!("{first} {second} {third} ... ({})", names.len()),
        all => all.join(" "),
    }
}
