//! The one way for later changes: the wish that holds is loaded, changed, accepted, and then planned and carried out
//! like any other.

use super::accept::settle;
use super::{Accepted, Wizard, WizardError};
use crate::apply;
use crate::changes::Wish;
use crate::keys::password::Hashing;
use crate::store::pending;

impl Wizard {
    /// The wish that holds, ready to be changed. Refuses while something else is at work, stopped half-way, or accepted
    /// and not applied: the change would be mixed with it.
    pub fn wish(&self) -> Result<Wish, WizardError> {
        let (host, paths) = (&*self.host, &self.paths);
        self.require_root()?;
        self.require_no_other_run()?;
        if let Some(stopped) = apply::unfinished(host, paths)? {
            return Err(WizardError::Unfinished { done: stopped.done, of: stopped.of });
        }
        let spec = pending::load_spec(host, &paths.spec())?.ok_or(WizardError::NothingSetUp)?;
        let wish = Wish::new(spec, pending::load_hashes(host, &paths.password_hashes())?);
        match pending::load(host, paths)? {
            Some(waiting) if waiting.spec.clone().normalised() != wish.spec || waiting.hashes != wish.hashes => {
                Err(WizardError::Waiting)
            }
            _ => Ok(wish),
        }
    }

    /// Makes the passwords that are missing, hashes what is new on all cores, and keeps the changed wish for the next
    /// apply. Blocking; `hashing` tells how far it is and can end it, and then nothing is kept.
    pub fn accept_wish(&self, wish: &Wish, hashing: &Hashing) -> Result<Accepted, WizardError> {
        let (host, paths) = (&*self.host, &self.paths);
        host.make_directory(paths.var(), 0o700, "root", "root")?;
        let mut passwords = wish.passwords.clone();
        settle(host, paths, wish.spec.clone(), &mut passwords, wish.hashes.clone(), &wish.mail, hashing)
    }

    /// Forgets what was accepted and not applied: the operator does not want it after all.
    pub fn forget_accepted(&self) -> Result<(), WizardError> {
        pending::clear(&*self.host, &self.paths)?;
        Ok(crate::store::made::forget(&*self.host, &self.paths)?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::changes::{AddAccount, RenameAccount, SetPassword};
    use crate::host::FakeHost;
    use crate::spec::{Mailbox, Secret, answers};
    use crate::store::Paths;

    fn alice() -> Mailbox {
        Mailbox::parse("alice@example.org").unwrap()
    }

    fn wizard() -> Wizard {
        let host = FakeHost::default();
        let paths = Paths::default();
        let text = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n\
                    [certificate]\nagree_to_terms = true\n[[accounts]]\naddress = \"alice@example.org\"\n";
        pending::save_spec(&host, &paths.spec(), &answers::parse(text).unwrap().spec).unwrap();
        let hash = Secret::new("{SHA512-CRYPT}$6$abc".into());
        pending::save_hashes(&host, &paths.password_hashes(), &[(alice(), hash)].into()).unwrap();
        Wizard { host: Arc::new(host), paths }
    }

    fn accepted(wizard: &Wizard) -> pending::Pending {
        pending::load(&*wizard.host, &wizard.paths).unwrap().unwrap()
    }

    #[test]
    fn a_new_account_gets_a_password_and_the_others_keep_theirs() {
        let wizard = wizard();
        let mut wish = wizard.wish().unwrap();
        let bob = Mailbox::parse("bob@example.org").unwrap();
        wish.change(&AddAccount::new(bob.clone())).unwrap();
        let made = wizard.accept_wish(&wish, &Hashing::default()).unwrap().generated;
        assert_eq!(made.iter().map(|(address, _)| address).collect::<Vec<_>>(), [&bob]);
        assert_eq!(accepted(&wizard).hashes[&alice()].expose(), "{SHA512-CRYPT}$6$abc");
        assert!(matches!(wizard.wish(), Err(WizardError::Waiting)));
        wizard.forget_accepted().unwrap();
        assert_eq!(wizard.wish().unwrap().spec.accounts.len(), 1);
    }

    #[test]
    fn a_renamed_account_keeps_its_password_and_its_mail_moves() {
        let wizard = wizard();
        let mut wish = wizard.wish().unwrap();
        let ada = Mailbox::parse("ada@example.org").unwrap();
        wish.change(&RenameAccount { from: alice(), to: ada.clone(), keep_alias: true }).unwrap();
        assert!(wizard.accept_wish(&wish, &Hashing::default()).unwrap().generated.is_empty());
        assert_eq!(accepted(&wizard).hashes[&ada].expose(), "{SHA512-CRYPT}$6$abc");
        assert_eq!(pending::load_mail(&*wizard.host, &wizard.paths).unwrap(), wish.mail);
    }

    #[test]
    fn a_cancelled_change_keeps_nothing() {
        let wizard = wizard();
        let mut wish = wizard.wish().unwrap();
        wish.change(&SetPassword { address: alice(), password: None }).unwrap();
        let hashing = Hashing::default();
        hashing.cancel();
        let refusal = wizard.accept_wish(&wish, &hashing).unwrap_err().to_string();
        assert_eq!(refusal, "Cancelled: nothing was changed.");
        assert!(pending::load(&*wizard.host, &wizard.paths).unwrap().is_none());
    }
}
