//! A mail server that somebody else set up: what it is made of, what of that can be taken over, and taking it over.
//!
//! Reading is pure: one file for each thing that is read, text in, types out. [`look`] asks the machine, [`examine`] looks
//! whether the certificate, the keys and the mail that were named can be used, [`take_over`] writes keys, hashes and the
//! wish for apply. What is not understood, or cannot be carried over, is a [`Left`] with its
//! reason; where going on would lose mail or lock somebody out, it stops the adoption.

mod aliases;
mod docker_mailserver;
mod doveconf;
mod dovecot;
mod examine;
mod logins;
mod look;
mod mail_layout;
mod mail_moves;
mod main_cf;
mod passwd_file;
mod postfix;
mod relay;
mod rsa_key;
mod signers;
mod take_over;

pub use docker_mailserver::read as docker_mailserver;
pub use examine::{Examined, examine};
pub use look::look;
pub use take_over::{TakeOverError, Taken, take_over};

use std::path::PathBuf;

use crate::spec::{Alias, Domain, Fqdn, Mailbox, Secret, Selector};

/// What was understood of a server.
#[derive(Debug, Clone, Default)]
pub struct Understood {
    /// Its name.
    pub hostname: Option<Fqdn>,
    /// The domains that it takes mail for.
    pub domains: Vec<Domain>,
    /// Its accounts.
    pub accounts: Vec<FoundAccount>,
    /// Its aliases.
    pub aliases: Vec<Alias>,
    /// Who reads root's mail.
    pub admin: Option<Mailbox>,
    /// Chain and key that it serves.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Keys that it signs with.
    pub dkim: Vec<FoundKey>,
    /// The server that its mail leaves by.
    pub relay: Option<FoundRelay>,
    /// The largest message in bytes.
    pub message_size: Option<u64>,
    /// Lines of `main.cf` that are carried over as the operator's own.
    pub own_lines: Vec<(String, String)>,
    /// Lines of `dovecot.conf` that are.
    pub own_dovecot_lines: String,
    /// What is not taken over.
    pub left: Vec<Left>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAccount {
    /// Its address.
    pub address: Mailbox,
    /// What it logs in with.
    pub login: Login,
    /// Nobody may log in with it; its mail is taken.
    pub disabled: bool,
    /// Its mail.
    pub mail: Option<FoundMail>,
    /// Its quota, as it is written there.
    pub quota: Option<String>,
}

/// What an account logs in with; either way its password stays the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A hash in Dovecot's form.
    Hash(Secret),
    /// The password itself, which was stored readably: it is hashed now.
    Password(Secret),
    /// Nothing: nobody could log in.
    None,
}

/// Where an account's mail is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMail {
    /// Its home, where its scripts are; may hold the Maildir, or be it.
    pub home: Option<PathBuf>,
    /// The Maildir.
    pub maildir: PathBuf,
}

/// A DKIM key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundKey {
    /// The domain that it signs for.
    pub domain: Domain,
    /// Its selector.
    pub selector: Selector,
    /// Where the private half is.
    pub path: PathBuf,
}

/// A server that outgoing mail leaves by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRelay {
    /// Its name.
    pub host: Fqdn,
    /// Its port.
    pub port: u16,
    /// Who logs in there, with which password.
    pub login: Option<(String, Secret)>,
}

/// Something that is not taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// What.
    pub what: String,
    /// Why not, and what to do.
    pub why: String,
    /// Whether adopting all the same would lose mail or lock somebody out.
    pub stops: bool,
}

impl Left {
    fn note(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: crate::printable::excerpt(&what.into(), 200), why: why.into(), stops: false }
    }

    fn stop(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { stops: true, ..Self::note(what, why) }
    }
}
