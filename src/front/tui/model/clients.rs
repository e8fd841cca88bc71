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
    /// The password that was made for it in this run, to be shown once.
    pub password: Option<Secret>,
}

impl ClientsPage {
    /// The sheet that is shown.
    pub fn sheet(&self) -> Option<&Sheet> {
        self.sheets.as_ref()?.get(self.selected)
    }
}
