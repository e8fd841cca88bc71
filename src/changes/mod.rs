//! Later changes of a wish that is applied, one file each: what an operator does to a running server without walking
//! through the set-up again. Pure: a change looks at nothing but the wish.
//!
//! Front ends load a [`Wish`], make changes, and hand it to `front::wizard`, which accepts, plans and applies it like
//! any other.

mod accept_mail;
mod add_account;
mod add_alias;
mod add_domain;
mod enable_account;
mod import_accounts;
mod nearest;
mod remove_account;
mod remove_alias;
mod remove_domain;
mod rename_account;
mod set_dmarc;
mod set_password;
mod set_quota;
mod sign_with;

use std::collections::BTreeMap;
use std::fmt::Debug;

pub use accept_mail::AcceptMail;
pub use add_account::AddAccount;
pub use add_alias::AddAlias;
pub use add_domain::AddDomain;
pub use enable_account::EnableAccount;
pub use import_accounts::{ImportAccounts, Imported};
pub use remove_account::{FateOfMail, RemoveAccount};
pub use remove_alias::RemoveAlias;
pub use remove_domain::RemoveDomain;
pub use rename_account::RenameAccount;
pub use set_dmarc::SetDmarc;
pub use set_password::SetPassword;
pub use set_quota::SetQuota;
pub use sign_with::SignWith;

use crate::plan::MailChange;
use crate::spec::{Account, Mailbox, Secret, Spec};
use crate::steps::{Draft, Password};

/// A wish with what belongs to it but stands in no answers file.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The wish.
    pub spec: Spec,
    /// The password hashes of its accounts.
    pub hashes: BTreeMap<Mailbox, Secret>,
    /// New passwords. An account that is neither here nor among the hashes gets one that is made.
    pub passwords: BTreeMap<Mailbox, Password>,
    /// What becomes of mail.
    pub mail: Vec<MailChange>,
}

/// Why a change cannot be made: one sentence with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(String);

impl Refusal {
    fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

/// One change.
pub trait Change: Debug + Send + Sync {
    /// Makes it. What the operator should know is in the sentences that come back. Called on a copy: a refusal may
    /// leave the wish half changed.
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal>;
}

impl Wish {
    /// The wish that holds.
    pub fn new(spec: Spec, hashes: BTreeMap<Mailbox, Secret>) -> Self {
        Self { spec: spec.normalised(), hashes, passwords: BTreeMap::new(), mail: Vec::new() }
    }

    /// The wish in the making of a draft; `None` while it has no host name. The hashes that hold are not at hand there:
    /// each account that keeps its password has an empty one.
    pub fn of_draft(draft: &Draft) -> Option<Self> {
        let spec = draft.present()?;
        let kept = spec.accounts.iter().map(|account| &account.address);
        let kept = kept.filter(|address| !draft.passwords.contains_key(*address));
        let hashes = kept.map(|address| (address.clone(), Secret::new(String::new()))).collect();
        Some(Self { passwords: draft.passwords.clone(), mail: draft.mail.clone(), ..Self::new(spec, hashes) })
    }

    /// Puts it back into that draft. An account that lost its password gets one that is made.
    pub fn into_draft(self, draft: &mut Draft) {
        draft.passwords = self.passwords;
        for account in self.spec.accounts.iter().filter(|account| !self.hashes.contains_key(&account.address)) {
            draft.passwords.entry(account.address.clone()).or_insert(Password::ToMake);
        }
        draft.mail = self.mail;
        draft.take(self.spec);
    }

    /// Makes a change, or leaves everything as it is and says why not.
    pub fn change(&mut self, change: &dyn Change) -> Result<Vec<String>, Refusal> {
        let mut changed = self.clone();
        let notes = change.apply(&mut changed)?;
        let problems = changed.spec.problems();
        if !problems.is_empty() {
            return Err(Refusal(problems.join("\n")));
        }
        *self = changed;
        Ok(notes)
    }

    /// The account of this address, or the sentence that says that there is none.
    fn account(&mut self, address: &Mailbox) -> Result<&mut Account, Refusal> {
        match self.spec.accounts.iter().position(|a| a.address == *address) {
            Some(at) => Ok(&mut self.spec.accounts[at]),
            None => Err(nearest::no_account(&self.spec, address)),
        }
    }

    /// Refuses an address that is taken, or whose domain is not served.
    fn must_be_free(&self, address: &Mailbox) -> Result<(), Refusal> {
        use crate::spec::AliasAddress;
        if self.spec.domain(address.domain()).is_none() {
            return Err(nearest::no_domain(&self.spec, address.domain()));
        }
        if self.spec.account(address).is_some() {
            return Err(Refusal(format!("'{address}' is an account already.")));
        }
        if self.spec.aliases.iter().any(|a| a.address == AliasAddress::One(address.clone())) {
            return Err(Refusal(format!(
                "'{address}' is an alias. Remove it first: 'mailwizard alias remove {address}'."
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Domain, Fqdn, MailDomain};

    /// `example.org` and `example.net` with these accounts; each has a hash.
    pub(super) fn wish(accounts: &[&str]) -> Wish {
        let mut spec = Spec::new(Fqdn::parse("mail.example.org").unwrap());
        spec.certificate.agree_to_terms = true;
        spec.domains = ["example.org", "example.net"].map(|d| MailDomain::new(Domain::parse(d).unwrap())).into();
        spec.accounts = accounts.iter().map(|a| Account::new(mailbox(a))).collect();
        let hashes = accounts.iter().map(|a| (mailbox(a), Secret::new(format!("hash of {a}")))).collect();
        Wish::new(spec, hashes)
    }

    pub(super) fn mailbox(text: &str) -> Mailbox {
        Mailbox::parse(text).unwrap()
    }

    pub(super) fn domain(text: &str) -> Domain {
        Domain::parse(text).unwrap()
    }

    pub(super) fn refusal(wish: &mut Wish, change: &dyn Change) -> String {
        let before = wish.clone();
        let refusal = wish.change(change).unwrap_err().to_string();
        assert_eq!(*wish, before, "a refused change changes nothing");
        refusal
    }

    #[test]
    fn a_draft_is_changed_the_same_way() {
        let spec = wish(&["alice@example.org", "bob@example.org", "carol@example.org"]).spec;
        let mut draft = Draft::from_applied(crate::facts::Facts::default(), spec);
        let mut change = |change: &dyn Change| {
            let mut wish = Wish::of_draft(&draft).unwrap();
            wish.change(change).unwrap();
            wish.into_draft(&mut draft);
        };
        change(&RenameAccount {
            from: mailbox("alice@example.org"),
            to: mailbox("ada@example.org"),
            keep_alias: false,
        });
        change(&SetPassword { address: mailbox("bob@example.org"), password: None });
        change(&RemoveAccount { address: mailbox("carol@example.org"), mail: FateOfMail::Kept });
        change(&AddAccount::new(mailbox("carol@example.org")));
        let to_make = ["bob@example.org", "carol@example.org"].map(|a| (mailbox(a), Password::ToMake));
        assert_eq!(
            draft.passwords,
            to_make.into(),
            "ada keeps hers, and the new carol does not get in with the old one"
        );
        assert_eq!(draft.mail.len(), 3);
        assert_eq!(draft.base.as_ref().map(|base| base.accounts.len()), Some(3));
    }

    #[test]
    fn what_would_contradict_itself_is_refused_whole() {
        let mut wish = wish(&["alice@example.org"]);
        let change = AddAlias { address: "a@example.org".into(), targets: vec!["b@example.org".into()], add: false };
        assert_eq!(
            refusal(&mut wish, &change),
            "The alias 'a@example.org' goes to 'b@example.org', which is neither an account nor an alias."
        );
    }
}
