//! The state a machine should be in, as data.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::spec::{Fqdn, Secret};

/// Everything a stack wants of the machine. The order of `services` is the order they are started in.
#[derive(Debug, Clone, Default)]
pub struct Desired {
    /// The host name to set, and the `/etc/hosts` and cloud-init files are among `files`.
    pub host_name: Option<Fqdn>,
    /// Packages that must be installed.
    pub packages: PackageSet,
    /// System users that must exist.
    pub users: Vec<SystemUser>,
    /// Directories that must exist.
    pub directories: Vec<Directory>,
    /// Files that are ours, whole.
    pub files: Vec<ManagedFile>,
    /// Files that a program makes from them.
    pub derived: Vec<DerivedFile>,
    /// Daemons and timers, in start order.
    pub services: Vec<Service>,
    /// Ports that must be reachable from outside.
    pub ports: Vec<OpenPort>,
    /// Where the daemons look for the certificate.
    pub certificate: Option<WantedCertificate>,
}

/// Debian packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageSet {
    /// Names, without versions.
    pub names: BTreeSet<String>,
}

/// A system user with its group of the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SystemUser {
    /// The login name.
    pub name: String,
    /// The wanted uid and gid; the next free system id when `None`.
    pub id: Option<u32>,
    /// Its home directory, created by a [`Directory`].
    pub home: PathBuf,
}

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// Absolute path.
    pub path: PathBuf,
    /// Permission bits.
    pub mode: u32,
    /// Owner's name.
    pub owner: String,
    /// Group's name.
    pub group: String,
}

/// A file whose whole content is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagedFile {
    /// Absolute path.
    pub path: PathBuf,
    /// What is in it.
    pub content: Content,
    /// Permission bits.
    pub mode: u32,
    /// Owner's name; resolved after packages and users exist.
    pub owner: String,
    /// Group's name.
    pub group: String,
    /// Units that must be reloaded or restarted when it changes (names of [`Service::unit`]).
    pub used_by: Vec<&'static str>,
    /// Those of them that read it at their start only: a reload is not enough.
    pub restarts: Vec<&'static str>,
    /// In a file of `name = value` lines, the names whose change needs a restart of the units that use it.
    pub restart_parameters: &'static [&'static str],
    /// The unit that must be ready before this file is written: `/etc/resolv.conf` names our resolver only once it has
    /// answered.
    pub after_unit: Option<&'static str>,
    /// One line for the operator: what it is for.
    pub purpose: &'static str,
}

impl ManagedFile {
    /// A file of root's that everybody may read (0644).
    pub fn text(path: impl Into<PathBuf>, content: String, purpose: &'static str) -> Self {
        Self {
            path: path.into(),
            content: Content::Text(content),
            mode: 0o644,
            owner: "root".into(),
            group: "root".into(),
            used_by: Vec::new(),
            restarts: Vec::new(),
            restart_parameters: &[],
            after_unit: None,
            purpose,
        }
    }

    /// A file of root's that nobody else may read (0600) and that is never shown.
    pub fn secret(path: impl Into<PathBuf>, content: Secret, purpose: &'static str) -> Self {
        Self { content: Content::Secret(content), mode: 0o600, ..Self::text(path, String::new(), purpose) }
    }

    /// The same, taken up by these units.
    pub fn used_by(mut self, units: &[&'static str]) -> Self {
        self.used_by = units.to_vec();
        self
    }

    /// The same, read by these of its units at their start only.
    pub fn restarts(mut self, units: &[&'static str]) -> Self {
        self.restarts = units.to_vec();
        self
    }

    /// The same, with lines of `name = value` that are read at a start only.
    pub fn restart_parameters(mut self, names: &'static [&'static str]) -> Self {
        self.restart_parameters = names;
        self
    }

    /// The same with another group and mode.
    pub fn readable_by(mut self, group: &str, mode: u32) -> Self {
        group.clone_into(&mut self.group);
        self.mode = mode;
        self
    }

    /// The same, written only once `unit` is ready.
    pub fn after(mut self, unit: &'static str) -> Self {
        self.after_unit = Some(unit);
        self
    }
}

/// A file that a program makes from one of ours: kept, put back and removed like those that we write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedFile {
    /// Absolute path.
    pub path: PathBuf,
    /// The path of the [`ManagedFile`] it is made from.
    pub from: PathBuf,
    /// What makes it; a failure is a refusal of the source.
    pub command: CommandLine,
    /// The unit that reads it.
    pub unit: &'static str,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Text that may be shown in a diff.
    Text(String),
    /// Text that may not be shown anywhere.
    Secret(Secret),
}

impl Content {
    /// The bytes to write.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Secret(secret) => secret.expose().as_bytes(),
        }
    }

    /// Whether it may be shown.
    pub fn is_secret(&self) -> bool {
        matches!(self, Self::Secret(_))
    }
}

/// A command with its arguments; never a shell line. Secrets go to standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program's name or path.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// What it reads on standard input.
    pub stdin: Option<Secret>,
    /// Environment variables besides PATH, LANG and HOME.
    pub env: Vec<(String, String)>,
    /// How long it may take.
    pub timeout: Duration,
    /// Whether a line on standard error is a failure though it exits with 0: Postfix's checkers only warn about what
    /// they will ignore.
    pub must_be_silent: bool,
    /// Part of a warning that is no failure nevertheless.
    pub tolerated: Option<&'static str>,
    /// Whether it changes something: then apply runs it, and no check does.
    pub writes: bool,
}

impl CommandLine {
    /// A command that may take 30 s and reads nothing.
    pub fn new(program: &str, args: &[&str]) -> Self {
        Self {
            program: program.to_owned(),
            args: args.iter().map(|a| (*a).to_owned()).collect(),
            stdin: None,
            env: Vec::new(),
            timeout: Duration::from_secs(30),
            must_be_silent: false,
            tolerated: None,
            writes: false,
        }
    }

    /// The same with another time limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// The same, but a warning on standard error is a failure.
    pub fn silent(mut self) -> Self {
        self.must_be_silent = true;
        self
    }

    /// The same, but warnings that contain this are none.
    pub fn tolerating(mut self, words: &'static str) -> Self {
        self.tolerated = Some(words);
        self
    }

    /// What it said that is a failure though it ended with 0.
    pub fn complaint(&self, stderr: &str) -> String {
        let is_one = |line: &&str| !self.tolerated.is_some_and(|words| line.contains(words));
        let lines: Vec<&str> = stderr.lines().filter(|_| self.must_be_silent).filter(is_one).collect();
        lines.join("\n").trim().to_owned()
    }

    /// The same, known to change something.
    pub fn writing(mut self) -> Self {
        self.writes = true;
        self
    }

    /// The same with an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with standard input.
    pub fn stdin(mut self, text: Secret) -> Self {
        self.stdin = Some(text);
        self
    }
}

impl std::fmt::Display for CommandLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.program)?;
        self.args.iter().try_for_each(|a| write!(f, " {}", crate::printable::Printable(a)))
    }
}

/// A systemd unit that must run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The unit's name with its suffix, as it is enabled ("postfix.service").
    pub unit: &'static str,
    /// The unit whose state tells the truth, where that is another (`postfix@-.service` on Debian 12).
    pub state_unit: &'static str,
    /// Commands that must succeed before it is started, reloaded or restarted: the daemon's own checker.
    pub validate: Vec<CommandLine>,
    /// Whether it cannot reload, so that every change of its files needs a restart. Where a reload is enough for some,
    /// [`ManagedFile::restarts`] and [`ManagedFile::restart_parameters`] say for which it is not.
    pub restart_on_change: bool,
    /// Units without which what it starts ends at once, so that it waits before it starts the next (master(8) of Postfix,
    /// whose smtpd needs the passwords of Dovecot): where one of them comes back, only a restart ends that wait.
    pub starves_without: &'static [&'static str],
    /// How to know that it really answers.
    pub ready: Vec<Readiness>,
    /// Whether it runs at all; a unit that must not run is stopped and disabled.
    pub enabled: bool,
    /// One line for the operator.
    pub purpose: &'static str,
}

impl Service {
    /// One that runs, reloads, and needs no checker.
    pub fn daemon(unit: &'static str, purpose: &'static str) -> Self {
        Self {
            unit,
            state_unit: unit,
            validate: Vec::new(),
            restart_on_change: false,
            starves_without: &[],
            ready: Vec::new(),
            enabled: true,
            purpose,
        }
    }

    /// A timer of our own, which reads its file anew only when it is restarted.
    pub fn timer(unit: &'static str, purpose: &'static str) -> Self {
        Self { restart_on_change: true, ..Self::daemon(unit, purpose) }
    }
}

/// How to know that a service answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// A TCP port on loopback accepts a connection.
    TcpPort(u16),
    /// A Unix socket exists and accepts a connection.
    UnixSocket(PathBuf),
    /// The DNS server on port 53 of this address answers the question for the name servers of the root with at least
    /// one record: it has reached the DNS, and not only opened its port.
    Resolver(IpAddr),
}

impl std::fmt::Display for Readiness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TcpPort(port) => write!(f, "port {port}"),
            Self::UnixSocket(path) => write!(f, "{}", path.display()),
            Self::Resolver(address) => write!(f, "DNS at {address}"),
        }
    }
}

/// A TCP port that must be reachable from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenPort {
    /// The port.
    pub port: u16,
    /// What it is for ("submissions").
    pub purpose: &'static str,
}

/// Where daemons look for the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedCertificate {
    /// Names it must hold.
    pub names: Vec<Fqdn>,
    /// Full chain, leaf first, PEM.
    pub chain_file: PathBuf,
    /// Private key, PEM, 0600 root.
    pub key_file: PathBuf,
    /// Units that must take a new one up.
    pub used_by: Vec<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checker_that_must_be_silent_complains_by_any_word_but_the_tolerated_ones() {
        let (twice, unused) = ("main.cf, line 83: overriding earlier entry: a=1", "main.cf: unused parameter: b=2");
        let loud = CommandLine::new("postconf", &["-n"]);
        assert_eq!(loud.complaint(unused), "");
        let silent = loud.silent().tolerating("overriding earlier entry");
        assert_eq!(silent.complaint(&format!("{twice}\n")), "");
        assert_eq!(silent.complaint(&format!("{twice}\n{unused}\n")), unused);
    }
}
