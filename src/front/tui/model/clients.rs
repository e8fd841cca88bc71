//! Client settings, account by account.

use crate::spec::Secret;

/// The sheets, one an account.
#[derive(Debug, Default)]
pub struct ClientsPage {
    /// The sheets; `None` until they are made.
    pub sheets: Option<Vec<Sheet>>,
    /// Index of the account that is shown.
    pub selected: usize,
}

/// What one person needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The address.
    pub account: String,
    /// The settings as text.
    pub lines: Vec<String>,
    /// What is known of its password.
    pub password: AccountPassword,
}

/// What is known of an account's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountPassword {
    /// It was made in this run, and can be shown.
    Made(Secret),
    /// The operator gave it, or its hash, in this run.
    Given,
    /// It was set in an earlier run: only its hash is left.
    SetBefore,
}

impl Sheet {
    /// The password that was made for it in this run.
    pub fn made_password(&self) -> Option<&Secret> {
        match &self.password {
            AccountPassword::Made(secret) => Some(secret),
            AccountPassword::Given | AccountPassword::SetBefore => None,
        }
    }
}

impl ClientsPage {
    /// The sheet that is shown.
    pub fn sheet(&self) -> Option<&Sheet> {
        self.sheets.as_ref()?.get(self.selected)
    }
}
