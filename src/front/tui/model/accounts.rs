//! Accounts and aliases of a server that is set up.

use std::collections::BTreeMap;

use super::{Filter, Model};
use crate::spec::{Account, Alias, Mailbox};

/// The list of accounts, and of aliases below them.
#[derive(Debug, Default)]
pub struct AccountsPage {
    /// Index of the selected line.
    pub selected: usize,
    /// What narrows the list down.
    pub filter: Filter,
    /// What was found of the mailboxes, or why nothing was; `None` until it was looked.
    pub seen: Option<Result<BTreeMap<Mailbox, MailboxSeen>, String>>,
}

/// What was found of one mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailboxSeen {
    /// Bytes of all its files; `None` where it has no folder yet.
    pub bytes: Option<u64>,
    /// The day somebody logged in last, on the operator's clock.
    pub last_login: Option<String>,
}

/// A line of the list.
#[derive(Debug, Clone, Copy)]
pub enum AccountsRow<'a> {
    /// An account.
    Account(&'a Account),
    /// An alias.
    Alias(&'a Alias),
}

impl Model {
    /// The lines that are listed now.
    pub fn accounts_rows(&self) -> Vec<AccountsRow<'_>> {
        let filter = &self.hub.accounts.filter;
        let accounts = self.draft().accounts.iter().filter(|account| {
            filter.lists(&account.address) || account.name.as_ref().is_some_and(|name| filter.lists(name))
        });
        let aliases =
            self.draft().aliases.iter().filter(|alias| {
                filter.lists(&alias.address) || alias.targets.iter().any(|target| filter.lists(target))
            });
        accounts.map(AccountsRow::Account).chain(aliases.map(AccountsRow::Alias)).collect()
    }

    /// The selected line.
    pub fn accounts_row(&self) -> Option<AccountsRow<'_>> {
        self.accounts_rows().into_iter().nth(self.hub.accounts.selected)
    }

    /// What was found of a mailbox.
    pub fn mailbox_seen(&self, address: &Mailbox) -> Option<&MailboxSeen> {
        self.hub.accounts.seen.as_ref()?.as_ref().ok()?.get(address)
    }
}
