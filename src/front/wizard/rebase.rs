//! Changes that were made at home and not applied, when another run changes the server meanwhile: they go on top of what
//! holds now. What was accepted before is never put back over it.

use super::{Wizard, WizardError};
use crate::spec::{Difference, Hashes, Obstacle, Spec};
use crate::steps::Draft;

/// Puts what the draft changes on top of `applied`; `false` where that is what it was begun with.
fn rebase(draft: &mut Draft, applied: &Spec) -> Result<bool, Obstacle> {
    let applied = applied.clone().normalised();
    let (Some(base), Some(present)) = (&draft.base, draft.present().map(Spec::normalised)) else { return Ok(false) };
    if *base == applied {
        return Ok(false);
    }
    // Passwords are not part of it: one that holds is not kept in a draft.
    let none = Hashes::new();
    let changes = Difference::between(Some((base, &none)), (&present, &none))?;
    let spec = match changes.carried_over((&applied, &none)) {
        Ok((spec, _)) => spec,
        // All of it was applied.
        Err(Obstacle::NothingLeft) => {
            draft.mail.clear();
            draft.passwords.clear();
            applied.clone()
        }
        Err(obstacle) => return Err(obstacle),
    };
    draft.take(spec);
    draft.base = Some(applied);
    let accounts: std::collections::BTreeSet<_> = draft.accounts.iter().map(|account| &account.address).collect();
    draft.passwords.retain(|address, _| accounts.contains(address));
    Ok(true)
}

impl Wizard {
    /// Puts the draft on top of what holds now; `true` where that is not what it was begun with.
    pub fn rebase(&self, draft: &mut Draft) -> Result<bool, WizardError> {
        match self.applied()? {
            Some(applied) => rebase(draft, &applied).map_err(WizardError::ChangedMeanwhile),
            None => Ok(false),
        }
    }

    /// The same for a draft that an earlier run kept. What cannot go on top is dropped. Says what became of it.
    pub(super) fn rebase_kept(&self, draft: &mut Draft, applied: &Spec) -> Result<Option<String>, WizardError> {
        match rebase(draft, applied) {
            Ok(false) => Ok(None),
            Ok(true) => {
                Ok(Some("Another run changed this server: what you had changed here goes on top of that.".into()))
            }
            Err(obstacle) => {
                self.drop_changes()?;
                *draft = Draft::from_applied(std::mem::take(&mut draft.facts), applied.clone());
                Ok(Some(format!(
                    "Another run changed this server, and {obstacle}: what you had changed here is dropped."
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::changes::{AddAccount, SetQuota, Wish};
    use crate::facts::Facts;
    use crate::spec::{Mailbox, answers};

    fn applied(accounts: &[&str]) -> Spec {
        let mut text = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n\
                        [certificate]\nagree_to_terms = true\n"
            .to_owned();
        for account in accounts {
            text.push_str(&format!("[[accounts]]\naddress = \"{account}@example.org\"\n"));
        }
        answers::parse(&text).unwrap().spec.normalised()
    }

    fn mailbox(name: &str) -> Mailbox {
        Mailbox::parse(&format!("{name}@example.org")).unwrap()
    }

    fn draft_with_carol() -> Draft {
        let mut draft = Draft::from_applied(Facts::default(), applied(&["alice", "bob"]));
        let mut wish = Wish::of_draft(&draft).unwrap();
        wish.change(&AddAccount::new(mailbox("carol"))).unwrap();
        wish.change(&SetQuota { address: mailbox("alice"), quota_mb: Some(500) }).unwrap();
        wish.into_draft(&mut draft);
        draft
    }

    #[test]
    fn an_account_that_was_removed_meanwhile_does_not_come_back() {
        let mut draft = draft_with_carol();
        assert_eq!(rebase(&mut draft, &applied(&["alice", "bob"])), Ok(false));
        assert_eq!(rebase(&mut draft, &applied(&["alice", "dave"])), Ok(true));
        let accounts: Vec<&Mailbox> = draft.accounts.iter().map(|account| &account.address).collect();
        assert_eq!(accounts, [&mailbox("alice"), &mailbox("dave"), &mailbox("carol")]);
        assert_eq!(draft.accounts[0].quota_mb, Some(500));
        assert_eq!(rebase(&mut draft, &applied(&["alice", "dave"])), Ok(false), "once is enough");
    }

    #[test]
    fn what_was_applied_is_no_change_any_more() {
        let mut draft = draft_with_carol();
        draft.mail.push(crate::plan::MailChange::EndSessions(mailbox("alice")));
        let applied = draft.spec().unwrap();
        assert_eq!(rebase(&mut draft, &applied), Ok(true));
        assert_eq!((draft.mail.len(), draft.passwords.len(), draft.spec()), (0, 0, Ok(applied)));
    }

    #[test]
    fn what_both_changed_is_named() {
        let mut draft = draft_with_carol();
        let mut meanwhile = applied(&["alice", "bob"]);
        meanwhile.accounts[0].quota_mb = Some(900);
        let obstacle = rebase(&mut draft, &meanwhile).unwrap_err().to_string();
        assert!(obstacle.contains("alice@example.org") && obstacle.ends_with("changed again since"), "{obstacle}");
    }
}
