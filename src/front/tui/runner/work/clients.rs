//! Client settings of every account.

use super::Work;
use crate::clients::{ClientSettings, mobileconfig};
use crate::front::tui::model::{AccountPassword, Sheet};
use crate::front::tui::msg::{Msg, Notice};
use crate::steps::{Draft, Password};

impl Work {
    pub(super) fn make_sheets(&self, draft: Draft) {
        let sheets = draft.spec().map_err(|problems| problems.join(" ")).map(|spec| {
            let password = |account: &crate::spec::Account| match draft.passwords.get(&account.address) {
                Some(Password::Generated(secret)) => AccountPassword::Made(secret.clone()),
                Some(Password::Given(_) | Password::Hash(_)) => AccountPassword::Given,
                Some(Password::ToMake) | None => AccountPassword::SetBefore,
            };
            let sheet = |account: &crate::spec::Account| Sheet {
                account: account.address.to_string(),
                lines: ClientSettings::of(&spec, account).text().lines().map(str::to_owned).collect(),
                password: password(account),
            };
            spec.accounts.iter().map(sheet).collect()
        });
        let _ = self.sender.send(Msg::Sheets(sheets));
    }

    /// Writes the profile that iPhones and Macs take; it holds no password.
    pub(super) fn write_profile(&self, draft: &Draft, address: &str) {
        let Some(spec) = draft.present() else { return };
        let Some(account) = spec.accounts.iter().find(|a| a.address.to_string() == address) else { return };
        match mobileconfig(&ClientSettings::of(&spec, account)) {
            Ok(profile) => {
                let name = format!("{}.mobileconfig", account.address);
                let path = self.wizard.paths.var().join("clients").join(name);
                self.write(&[(path, profile)], "The profile for iPhone and Mac is in");
            }
            Err(error) => self.tell(Notice::error(error.to_string())),
        }
    }
}
