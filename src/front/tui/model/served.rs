//! What can be done with one account, alias or domain.

use super::{AccountsRow, Ask, Model};
use crate::spec::{AliasAddress, Domain, Mailbox};

/// The page of one account, alias or domain.
#[derive(Debug, Default)]
pub struct ServedPage {
    /// Which; `None` until one was opened.
    pub which: Option<Served>,
    /// Index of the selected line of [`Model::deeds`].
    pub selected: usize,
}

/// One of what lists hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// An account.
    Account(Mailbox),
    /// An alias.
    Alias(AliasAddress),
    /// A domain.
    Domain(Domain),
}

/// Something that can be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Show its records.
    Records,
    /// Show its DKIM keys.
    Keys,
    /// Ask for a new password.
    Password,
    /// Ask how much it may hold.
    Limit,
    /// Ask for another address.
    Rename,
    /// Let nobody log in.
    Disable,
    /// Let its owner log in again.
    Enable,
    /// Ask where an alias leads.
    Targets,
    /// Ask for another DMARC policy.
    Dmarc,
    /// Take its mail from now on.
    AcceptMail,
    /// Remove it, once more is said about it.
    Remove,
}

impl Deed {
    /// What it is called in the menu.
    pub fn title(self) -> &'static str {
        match self {
            Self::Records => "DNS records",
            Self::Keys => "DKIM keys",
            Self::Password => "New password",
            Self::Limit => "How much it may hold",
            Self::Rename => "Another address",
            Self::Disable => "Disable: nobody can log in, its mail is still taken",
            Self::Enable => "Enable: its owner can log in again",
            Self::Targets => "Where it leads",
            Self::Dmarc => "DMARC policy",
            Self::AcceptMail => "Take its mail here from now on",
            Self::Remove => "Remove",
        }
    }
}

impl Model {
    /// What is selected in the list of accounts and aliases.
    pub fn selected_account(&self) -> Option<Served> {
        self.accounts_row().map(|row| match row {
            AccountsRow::Account(account) => Served::Account(account.address.clone()),
            AccountsRow::Alias(alias) => Served::Alias(alias.address.clone()),
        })
    }

    /// What can be done with what is open.
    pub fn deeds(&self) -> Vec<Deed> {
        let draft = self.draft();
        match &self.hub.served.which {
            Some(Served::Account(address)) => {
                let is_disabled = draft.accounts.iter().any(|a| a.address == *address && a.disabled);
                let switch = if is_disabled { Deed::Enable } else { Deed::Disable };
                vec![Deed::Password, Deed::Limit, Deed::Rename, switch, Deed::Remove]
            }
            Some(Served::Alias(_)) => vec![Deed::Targets, Deed::Remove],
            Some(Served::Domain(name)) => {
                let is_moving = draft.domains.iter().any(|d| d.name == *name && d.moving_from_another_server);
                let arrive = is_moving.then_some(Deed::AcceptMail);
                [Deed::Records, Deed::Keys, Deed::Dmarc].into_iter().chain(arrive).chain([Deed::Remove]).collect()
            }
            None => Vec::new(),
        }
    }

    /// What that is called.
    pub fn served_name(&self) -> String {
        match &self.hub.served.which {
            Some(Served::Account(address)) => address.to_string(),
            Some(Served::Alias(address)) => address.to_string(),
            Some(Served::Domain(name)) => name.to_string(),
            None => String::new(),
        }
    }

    /// The questions of the change that is being made.
    pub fn ask(&self) -> Option<&Ask> {
        self.hub.ask.as_ref()
    }
}
