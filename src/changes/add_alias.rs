//! An address that stands for others.

use super::{Change, Refusal, Wish};
use crate::spec::{Alias, AliasAction, AliasAddress, Mailbox};

/// Makes an alias, or adds to or replaces the targets of one that is there.
#[derive(Debug, Clone)]
pub struct AddAlias {
    /// The address as typed, or `*@example.org` for the catch-all.
    pub address: String,
    /// Where its mail goes, as typed.
    pub targets: Vec<String>,
    /// Whether the targets of one that is there stay; else they are replaced.
    pub add: bool,
}

impl Change for AddAlias {
    fn apply(&self, wish: &mut Wish) -> Result<Vec<String>, Refusal> {
        let said = |e: crate::spec::Invalid| Refusal::new(e.to_string());
        let address = AliasAddress::parse(&self.address).map_err(said)?;
        let mut targets = Vec::new();
        for target in &self.targets {
            let target = Mailbox::parse(target).map_err(said)?;
            if !targets.contains(&target) {
                targets.push(target);
            }
        }
        if targets.is_empty() {
            return Err(Refusal::new(format!("'{address}' needs somewhere to go: name at least one address.")));
        }
        let spec = &mut wish.spec;
        if spec.domain(address.domain()).is_none() {
            return Err(super::nearest::no_domain(spec, address.domain()));
        }
        if let AliasAddress::One(one) = &address
            && spec.account(one).is_some()
        {
            return Err(Refusal::new(format!(
                "'{one}' is an account: its mail stays in its mailbox. To hand on a copy, let its owner forward it, or \
                 rename the account first."
            )));
        }
        let mut notes = notes(spec, &address, &targets);
        match spec.aliases.iter_mut().find(|a| a.address == address) {
            Some(alias) => {
                let before: Vec<String> = alias.targets.iter().map(ToString::to_string).collect();
                if self.add {
                    targets.retain(|t| !alias.targets.contains(t));
                    alias.targets.extend(targets);
                } else {
                    alias.targets = targets;
                }
                alias.action = AliasAction::Deliver;
                notes.insert(0, format!("'{address}' led to {} until now.", before.join(", ")));
            }
            None => spec.aliases.push(Alias { address, targets, action: AliasAction::Deliver }),
        }
        Ok(notes)
    }
}

fn notes(spec: &crate::spec::Spec, address: &AliasAddress, targets: &[Mailbox]) -> Vec<String> {
    let mut notes = Vec::new();
    if let AliasAddress::CatchAll(domain) = address {
        notes.push(format!(
            "A catch-all takes mail to every address of '{domain}' that is nothing else: spam to guessed names arrives \
             too, and a mistyped address is not refused any more, so its sender never learns of it."
        ));
    }
    if let AliasAddress::One(one) = address
        && let Some((base, _)) = one.local().split_once('+')
    {
        notes.push(format!(
            "'{base}+anything@{}' reaches '{base}@{}' without an alias already.",
            one.domain(),
            one.domain()
        ));
    }
    if let Some(foreign) = targets.iter().find(|t| spec.domain(t.domain()).is_none()) {
        notes.push(format!(
            "Mail is forwarded to '{foreign}' at another server. Senders are rewritten (SRS) so that it is accepted \
             there; what is spam is not forwarded."
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::super::tests::{mailbox, refusal, wish};
    use super::*;

    fn adding(address: &str, targets: &[&str], add: bool) -> AddAlias {
        AddAlias { address: address.into(), targets: targets.iter().map(|t| (*t).to_owned()).collect(), add }
    }

    #[test]
    fn targets_are_added_or_replaced_and_never_doubled() {
        let mut wish = wish(&["alice@example.org", "bob@example.org"]);
        wish.change(&adding("info@example.org", &["alice@example.org", "alice@example.org"], true)).unwrap();
        wish.change(&adding("info@example.org", &["bob@example.org", "alice@example.org"], true)).unwrap();
        assert_eq!(wish.spec.aliases[0].targets, [mailbox("alice@example.org"), mailbox("bob@example.org")]);
        let notes = wish.change(&adding("info@example.org", &["bob@example.org"], false)).unwrap();
        assert_eq!(wish.spec.aliases[0].targets, [mailbox("bob@example.org")]);
        assert_eq!(notes, ["'info@example.org' led to alice@example.org, bob@example.org until now."]);
    }

    #[test]
    fn what_should_be_known_is_said() {
        let mut wish = wish(&["alice@example.org"]);
        let catch_all = wish.change(&adding("*@example.org", &["alice@example.org"], true)).unwrap();
        assert!(catch_all[0].contains("spam to guessed names arrives"), "{catch_all:?}");
        let foreign = wish.change(&adding("x@example.org", &["bob@gmail.com"], true)).unwrap();
        assert!(foreign[0].contains("(SRS)"), "{foreign:?}");
        let tagged = wish.change(&adding("alice+shop@example.org", &["alice@example.org"], true)).unwrap();
        assert!(tagged[0].starts_with("'alice+anything@example.org' reaches 'alice@example.org'"), "{tagged:?}");
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut wish = wish(&["alice@example.org"]);
        for (change, words) in [
            (adding("alice@example.org", &["bob@gmail.com"], true), "is an account: its mail stays"),
            (adding("info@example.com", &["alice@example.org"], true), "is not one of the domains"),
            (adding("info@example.org", &[], true), "needs somewhere to go"),
            (adding("info@example.org", &["alice"], true), "'alice' is not a mail address: it has no '@'"),
            (adding("info", &["alice@example.org"], true), "'info' is not an alias: it has no '@'"),
            (adding("a@example.org", &["a@example.org"], true), "go in a circle"),
        ] {
            let sentence = refusal(&mut wish, &change);
            assert!(sentence.contains(words), "{sentence}");
        }
    }
}
