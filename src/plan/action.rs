//! The actions a plan is made of.

use std::path::PathBuf;

use crate::spec::Fqdn;
use crate::stacks::{CommandLine, Directory, ManagedFile, OpenPort, Readiness, SystemUser, WantedCertificate};

/// What apply will do, in order. An empty plan means that nothing differs.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The actions in the order they are carried out.
    pub actions: Vec<Action>,
    /// Files that were changed by hand since we wrote them: a plan that would overwrite one names it here, and apply
    /// refuses until the operator has chosen.
    pub hand_edited: Vec<PathBuf>,
}

/// One step of apply. Each is journaled before and after, and carries what its undo needs to know.
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
}

/// A file that is new or different.
#[derive(Debug, Clone)]
pub struct FileChange {
    /// The file as it should be.
    pub file: ManagedFile,
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
