//! What becomes of mail when an account or domain changes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Action;
use crate::spec::{Domain, Mailbox};

/// Whose mail: an account's, or all that is kept for a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailOwner {
    /// One account's.
    Account(Mailbox),
    /// Everything of a domain, also mail of accounts that were removed before.
    Domain(Domain),
}

impl fmt::Display for MailOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Account(address) => address.fmt(f),
            Self::Domain(domain) => domain.fmt(f),
        }
    }
}

/// What becomes of it. Accepted together with the wish, carried out by its apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailChange {
    /// An account has another address: its mail goes along.
    Move {
        /// The address until now.
        from: Mailbox,
        /// The new one.
        to: Mailbox,
    },
    /// It is packed into one file, and then removed from where it was.
    Archive(MailOwner),
    /// It is removed for good.
    Purge(MailOwner),
    /// It stays; whoever is logged in is logged out.
    EndSessions(Mailbox),
}

/// Puts the actions for `changes` where they belong among those of a plan: folders move before any daemon hears of the
/// new address, so that none makes a new one there; all else waits until no daemon uses them any more.
pub fn add_mail_changes(actions: &mut Vec<Action>, changes: &[MailChange]) {
    let mut first = Vec::new();
    for change in changes {
        match change {
            MailChange::Move { from, to } => {
                first.push(Action::MoveMail { from: from.clone(), to: to.clone() });
                actions.extend([Action::EndSessions(from.clone()), Action::EndMove(from.clone())]);
            }
            MailChange::Archive(owner) => actions.push(Action::ArchiveMail(owner.clone())),
            MailChange::Purge(owner) => actions.push(Action::PurgeMail(owner.clone())),
            MailChange::EndSessions(address) => actions.push(Action::EndSessions(address.clone())),
        }
    }
    actions.splice(0..0, first);
}
