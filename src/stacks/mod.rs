//! The software that a server can be made of: each stack turns a [`Spec`] and [`Facts`] into a [`Desired`] state.
//!
//! A stack is one folder here, one line in [`STACKS`], a folder of templates in `assets/`, and golden files in
//! `tests/golden/`. Nothing elsewhere asks which stack it is: plan, apply, checks and front ends see only the trait,
//! [`Desired`] and [`Capabilities`].
//!
//! How the stacks to come fit, one folder each:
//!
//! - **OpenSMTPD** (seed 003) renders `/etc/smtpd.conf`, its tables and Dovecot's configuration as [`ManagedFile`]s; its
//!   services validate with `smtpd -n`, are ready when their ports answer, and restart where `smtpctl` cannot reload.
//!   Accounts are the same passwd-file. Nothing new is needed.
//! - **docker-mailserver** (seed 000) renders a compose file, an env file, a unit that runs `docker compose up`, and
//!   the config volume's files (`postfix-accounts.cf` as a secret, `postfix-virtual.cf`, `postfix-main.cf` for the
//!   operator's own lines). The unit is its one [`Service`]: it validates with `docker compose config --quiet` and is
//!   ready when the published ports answer. [`Stack::command_in`] wraps the image's verbs and `doveadm` into
//!   `docker exec`; [`Stack::log_source`] answers `docker logs`. The version that [`Stack::version_packages`] asks for
//!   is the engine's; the image is pinned by the template.
//! - **compose** (seeds 001 and 002) is the same with our own small images, one unit for all of them. SQL accounts are a
//!   secret [`ManagedFile`] of idempotent statements, used by a second, one-shot [`Service`] that feeds it to the
//!   database's client and stands after the first in start order: a changed account is a restart of that one.

mod desired;
pub mod postfix;

use crate::facts::Facts;
use crate::plan::MailOwner;
use crate::spec::{Spec, StackId};

pub use desired::{
    CommandLine, Content, DerivedFile, Desired, Directory, ManagedFile, OpenPort, PackageSet, Readiness, Service,
    SystemUser, WantedCertificate,
};

/// What a stack is made from besides the wish and the facts: things that exist already or are made once.
#[derive(Debug, Clone, Default)]
pub struct Materials {
    /// DKIM keys in use, in the order they are to sign.
    pub dkim_keys: Vec<DkimKey>,
    /// DKIM keys that signed once: their files stay where the signer reads them, and no setting names them.
    pub retired_dkim_keys: Vec<DkimKey>,
    /// Dovecot password hashes ("{SHA512-CRYPT}$6$…") by address.
    pub password_hashes: std::collections::BTreeMap<crate::spec::Mailbox, crate::spec::Secret>,
    /// The relay's password, where the wish names a relay with one.
    pub relay_password: Option<crate::spec::Secret>,
    /// The text of `resolver.root_hints`, where the wish names it.
    pub root_hints: Option<String>,
    /// The text of `resolver.trust_anchor`, where the wish names it.
    pub trust_anchor: Option<String>,
    /// What the operator wants to win: `/etc/mailwizard/local/<name>`, by file name ("main.cf", "master.cf").
    pub local_overrides: std::collections::BTreeMap<String, String>,
    /// Files as they are on the host now, for those that are merged and not replaced (`/etc/postfix/master.cf`,
    /// `/etc/hosts`), by path.
    pub existing_files: std::collections::BTreeMap<std::path::PathBuf, String>,
    /// The login that the checks send, receive and read a test message with.
    pub check_account: Option<CheckAccount>,
}

/// The checks' own login, because no check knows a user's password.
///
/// A stack makes it a mailbox like any other with three differences: it may log in only from this machine's own
/// addresses (Dovecot: `allow_nets=127.0.0.0/8,::1/128,…` in the passwd-file), it may send as the same local part in
/// *every* served domain, so that each domain's signing can be seen, and nothing forwards it anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckAccount {
    /// Its address and login name, in the first domain that takes mail here.
    pub address: crate::spec::Mailbox,
    /// The Dovecot hash of its random password.
    pub hash: crate::spec::Secret,
}

impl CheckAccount {
    /// The local part that is the checks' in every served domain.
    pub const LOCAL_PART: &'static str = "mailwizard-check";
}

/// A DKIM key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimKey {
    /// The domain it signs for.
    pub domain: crate::spec::Domain,
    /// Its selector.
    pub selector: crate::spec::Selector,
    /// The kind of key.
    pub algorithm: DkimAlgorithm,
    /// The private key: PKCS#8 PEM for RSA; base64 of seed and public key (64 bytes) for Ed25519, as
    /// `rspamadm dkim_keygen` writes it and Rspamd 3.4 needs it.
    pub private: crate::spec::Secret,
    /// The `p=` value of its record: base64 of the SPKI for RSA, of the raw 32 bytes for Ed25519 (RFC 8463).
    pub public: String,
}

/// DKIM signing algorithms (RFC 6376, RFC 8463).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DkimAlgorithm {
    /// rsa-sha256.
    Rsa,
    /// ed25519-sha256.
    Ed25519,
}

impl DkimAlgorithm {
    /// The `k=` tag's value.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// Why a stack could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The distribution or a package's version is not one we know how to configure.
    #[error("{what} {found} is not supported: {expected}.")]
    Unsupported {
        /// "Debian", "Dovecot".
        what: String,
        /// The version found.
        found: String,
        /// What would be supported.
        expected: String,
    },
    /// Something that cannot be rendered without is not there.
    #[error("{what} is missing: {fix}.")]
    Missing {
        /// What, with its article: "A password for 'alice@example.org'".
        what: String,
        /// What to do, without a final dot.
        fix: String,
    },
    /// A template or override could not be used.
    #[error("'{file}' cannot be used: {reason}")]
    File {
        /// The template's or override's name.
        file: String,
        /// Why.
        reason: String,
    },
}

/// What a stack can do; what one lacks is said here and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Signs with Ed25519 beside RSA.
    pub ed25519: bool,
    /// Files spam into a Junk folder with Sieve.
    pub junk_folder: bool,
    /// Can ban guessing addresses.
    pub bans: bool,
}

/// Software that a server is made of.
pub trait Stack: Sync {
    /// Its name in the answers file.
    fn id(&self) -> StackId;
    /// One line for a list of choices.
    fn title(&self) -> &'static str;
    /// What it can do with this wish.
    fn capabilities(&self, spec: &Spec) -> Capabilities;
    /// Names of the packages whose versions decide how it is rendered; `host` looks them up into [`Facts::packages`].
    fn version_packages(&self) -> &'static [&'static str];
    /// Paths whose present content [`Materials::existing_files`] must hold.
    fn merged_files(&self) -> &'static [&'static str];
    /// The certificate that the daemons read, as [`Stack::render`] puts it into [`Desired::certificate`].
    fn certificate(&self, spec: &Spec) -> WantedCertificate;
    /// The state the machine should be in. Pure: the same input gives the same bytes.
    fn render(&self, spec: &Spec, facts: &Facts, materials: &Materials) -> Result<Desired, RenderError>;
    /// The folder that all mail is below: `<domain>/<local part>/`.
    fn mail_root(&self) -> &'static std::path::Path;
    /// The user, and the group of the same name, that all mail belongs to.
    fn mail_user(&self) -> &'static str;
    /// Folders of the operator's own settings, which the daemons read last and which are never ours to change.
    fn own_folders(&self) -> &'static [&'static str];
    /// A command as it is run where the daemons live: itself on a native stack, inside `docker exec` in a container.
    fn command_in(&self, command: CommandLine) -> CommandLine {
        command
    }
    /// The command that prints the daemons' log of the last `minutes`, newest last.
    fn log_source(&self, minutes: u32) -> CommandLine;
    /// The command that asks the running daemons whether the password on its standard input opens the account, and ends
    /// with 0 when it does: the whole way from the stored hash to the login, and no secret in its arguments.
    fn prove_login(&self, address: &crate::spec::Mailbox) -> Option<CommandLine>;
    /// The folder that the mail of an account, or all mail of a domain, is kept in.
    fn mail_folder(&self, owner: &MailOwner) -> std::path::PathBuf;
    /// The command that prints what an account's mailbox holds and may hold, as `doveadm -f tab quota get` does.
    fn quota(&self, address: &crate::spec::Mailbox) -> CommandLine;
    /// The file whose second line is the time of an account's last login, in seconds since 1970.
    fn last_login_file(&self, address: &crate::spec::Mailbox) -> std::path::PathBuf;
    /// The command that logs an account out wherever it is logged in; it may fail where it is nowhere.
    fn end_sessions(&self, address: &crate::spec::Mailbox) -> Option<CommandLine>;
}

/// Every stack that this program builds.
pub static STACKS: &[&dyn Stack] = &[&postfix::Postfix];

/// The stack of this name.
pub fn stack(id: StackId) -> &'static dyn Stack {
    match STACKS.iter().find(|s| s.id() == id) {
        Some(stack) => *stack,
        None => &postfix::Postfix,
    }
}
