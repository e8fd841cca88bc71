//! Accepting a wish: passwords become hashes, and the wish waits for apply.

use std::collections::BTreeMap;

use super::WizardError;
use crate::host::Host;
use crate::keys::password::{self, Hashing, ToHash};
use crate::plan::{MailChange, ObservedFile};
use crate::spec::{Mailbox, PasswordScheme, Secret, Spec};
use crate::steps::{Draft, Password};
use crate::store::{Paths, Pending, made, pending};

/// A wish that waits for apply.
#[derive(Debug)]
pub struct Accepted {
    /// The wish.
    pub spec: Spec,
    /// Passwords that were made for accounts, to be shown once.
    pub generated: Vec<(Mailbox, Secret)>,
}

/// Makes the missing passwords, hashes what is new, and keeps wish and hashes for the next apply. Nothing outside
/// `/var/lib/mailwizard` is written. May be called again after a change: passwords made before stay.
///
/// What was made is kept there too, readable for root only, until [`passwords_were_shown`]: a session that drops before
/// must not lose it.
pub fn accept(host: &dyn Host, paths: &Paths, draft: &mut Draft) -> Result<Accepted, WizardError> {
    let mut spec = draft.spec().map_err(WizardError::Problems)?;
    host.make_directory(paths.var(), 0o700, "root", "root")?;
    keep_relay_password(host, paths, draft, &mut spec)?;

    let mut before = pending::load_hashes(host, &paths.password_hashes())?;
    for change in &draft.mail {
        // An account with another address keeps its password.
        if let MailChange::Move { from, to } = change
            && let Some(hash) = before.remove(from)
        {
            before.insert(to.clone(), hash);
        }
    }
    settle(host, paths, spec, &mut draft.passwords, before, &draft.mail, &Hashing::default())
}

/// Makes the passwords that are neither among `passwords` nor among the hashes that are known, hashes what is new, and
/// keeps it all for the next apply, together with what becomes of mail.
pub(super) fn settle(
    host: &dyn Host,
    paths: &Paths,
    mut spec: Spec,
    passwords: &mut BTreeMap<Mailbox, Password>,
    before: BTreeMap<Mailbox, Secret>,
    mail: &[MailChange],
    hashing: &Hashing,
) -> Result<Accepted, WizardError> {
    let mut made_before = still_good(made::load(host, paths)?, &before, spec.protection.password_scheme);
    for account in &spec.accounts {
        let made = match (passwords.get(&account.address), made_before.remove(&account.address)) {
            (Some(Password::ToMake), _) => password::generate()?,
            (Some(_), _) => continue,
            (None, Some(secret)) => secret,
            (None, None) if before.contains_key(&account.address) => continue,
            (None, None) => password::generate()?,
        };
        passwords.insert(account.address.clone(), Password::Generated(made));
    }
    let hashes = hashes(&spec, passwords, before, hashing)?;
    // What is hashed needs its file no more; the operator may remove it.
    spec.accounts.iter_mut().for_each(|account| account.password_file = None);
    pending::save_with_mail(host, paths, &Pending { spec: spec.clone(), hashes }, mail)?;

    let generated: Vec<(Mailbox, Secret)> = spec
        .accounts
        .iter()
        .filter_map(|account| match passwords.get(&account.address) {
            Some(Password::Generated(secret)) => Some((account.address.clone(), secret.clone())),
            _ => None,
        })
        .collect();
    made::save(host, paths, &generated.iter().cloned().collect())?;
    Ok(Accepted { spec, generated })
}

/// Forgets the passwords that were made: the operator has them.
pub fn passwords_were_shown(host: &dyn Host, paths: &Paths) -> Result<(), WizardError> {
    Ok(made::forget(host, paths)?)
}

/// Without those whose account has had another password since.
fn still_good(
    mut made: BTreeMap<Mailbox, Secret>,
    applied: &BTreeMap<Mailbox, Secret>,
    scheme: PasswordScheme,
) -> BTreeMap<Mailbox, Secret> {
    made.retain(|address, secret| applied.get(address).is_none_or(|hash| password::fits(secret, hash, scheme)));
    made
}

/// Gives a draft that an earlier run left the passwords which that run settled: those it made, and the hashes of those
/// that were typed and accepted, or applied. What is still missing is asked again.
pub(super) fn recall_passwords(host: &dyn Host, paths: &Paths, draft: &mut Draft) -> Result<(), WizardError> {
    let applied = pending::load_hashes(host, &paths.password_hashes())?;
    let accepted = pending::load_hashes(host, &paths.pending_password_hashes())?;
    let mut hashes = applied.clone();
    hashes.extend(accepted);
    let made = still_good(made::load(host, paths)?, &hashes, draft.protection.password_scheme);
    let mut settled = !draft.accounts.is_empty();
    for address in draft.accounts.iter().map(|account| &account.address) {
        let hash = hashes.get(address);
        let known = match (made.get(address), hash) {
            (Some(secret), _) => Some(Password::Generated(secret.clone())),
            // What holds may be changed by somebody else meanwhile: it is not repeated.
            (None, Some(hash)) if applied.get(address) != Some(hash) => Some(Password::Hash(hash.clone())),
            (None, _) => None,
        };
        settled &= known.is_some() || hash.is_some();
        if let Some(password) = known {
            draft.passwords.entry(address.clone()).or_insert(password);
        }
    }
    if settled {
        draft.answered.insert("accounts.password_file".to_owned());
    }
    Ok(())
}

/// The hash of every account. One that still fits its password stays as it is, so that nothing changes when nothing
/// has changed.
fn hashes(
    spec: &Spec,
    passwords: &BTreeMap<Mailbox, Password>,
    mut before: BTreeMap<Mailbox, Secret>,
    hashing: &Hashing,
) -> Result<BTreeMap<Mailbox, Secret>, WizardError> {
    let mut hashes = BTreeMap::new();
    let mut to_hash = Vec::new();
    for account in &spec.accounts {
        let address = &account.address;
        let old = before.remove(address);
        match passwords.get(address) {
            // Those that were to be made are made by now.
            Some(Password::ToMake) => {}
            Some(Password::Hash(hash)) => drop(hashes.insert(address.clone(), hash.clone())),
            Some(Password::Given(secret) | Password::Generated(secret)) => {
                to_hash.push(ToHash { address: address.clone(), password: secret.clone(), before: old });
            }
            None => hashes.extend(old.map(|hash| (address.clone(), hash))),
        }
    }
    hashes.extend(password::hash_all(&to_hash, spec.protection.password_scheme, hashing)?);
    Ok(hashes)
}

/// The relay's password goes to a file of ours, wherever it came from: the operator's own file may be removed then.
fn keep_relay_password(host: &dyn Host, paths: &Paths, draft: &Draft, spec: &mut Spec) -> Result<(), WizardError> {
    let (Some(relay), Some(secret)) = (&mut spec.network.relay, &draft.relay_password) else { return Ok(()) };
    let path = paths.relay_password();
    let content = format!("{}\n", secret.expose()).into_bytes();
    let file = ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
    host.write(&path, &file)?;
    relay.password_file = Some(path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Facts;
    use crate::host::FakeHost;
    use crate::spec::answers;

    fn draft(password: Option<&str>) -> Draft {
        let text = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n\
                    [certificate]\nagree_to_terms = true\n[[accounts]]\naddress = \"alice@example.org\"\n";
        let mut draft = Draft::from_spec(Facts::default(), answers::parse(text).unwrap().spec);
        if let Some(password) = password {
            draft.passwords.insert(alice(), Password::Given(Secret::new(password.into())));
        }
        draft
    }

    fn alice() -> Mailbox {
        Mailbox::parse("alice@example.org").unwrap()
    }

    fn pending_hash(host: &FakeHost) -> Secret {
        pending::load(host, &Paths::default()).unwrap().unwrap().hashes[&alice()].clone()
    }

    #[test]
    fn a_made_password_stays_the_same_until_it_is_applied() {
        let host = FakeHost::default();
        let mut draft = draft(None);
        let first = accept(&host, &Paths::default(), &mut draft).unwrap().generated;
        assert_eq!(first.len(), 1);
        assert_eq!(accept(&host, &Paths::default(), &mut draft).unwrap().generated, first);
    }

    #[test]
    fn a_hash_that_fits_its_password_is_not_made_again() {
        let host = FakeHost::default();
        accept(&host, &Paths::default(), &mut draft(Some("correct horse"))).unwrap();
        let applied = pending_hash(&host);
        pending::save_hashes(&host, &Paths::default().password_hashes(), &[(alice(), applied.clone())].into()).unwrap();

        accept(&host, &Paths::default(), &mut draft(Some("correct horse"))).unwrap();
        assert_eq!(pending_hash(&host), applied);
        let nothing_new = accept(&host, &Paths::default(), &mut draft(None)).unwrap();
        assert_eq!((pending_hash(&host), nothing_new.generated.len()), (applied.clone(), 0));
        accept(&host, &Paths::default(), &mut draft(Some("battery staple"))).unwrap();
        assert_ne!(pending_hash(&host), applied);
    }

    #[test]
    fn a_made_password_is_kept_for_root_alone_until_it_was_shown() {
        let host = FakeHost::default();
        let paths = Paths::default();
        let made = accept(&host, &paths, &mut draft(None)).unwrap().generated;
        assert_eq!(host.read(&paths.made_passwords()).unwrap().unwrap().mode, 0o600);

        let mut after_a_dropped_session = draft(None);
        recall_passwords(&host, &paths, &mut after_a_dropped_session).unwrap();
        assert!(after_a_dropped_session.is_answered("accounts.password_file"));
        assert_eq!(accept(&host, &paths, &mut after_a_dropped_session).unwrap().generated, made);
        assert_eq!(accept(&host, &paths, &mut draft(None)).unwrap().generated, made);

        passwords_were_shown(&host, &paths).unwrap();
        assert!(host.read(&paths.made_passwords()).unwrap().is_none());
    }

    #[test]
    fn a_typed_password_that_was_accepted_is_not_asked_again_and_not_changed() {
        let host = FakeHost::default();
        let paths = Paths::default();
        accept(&host, &paths, &mut draft(Some("correct horse"))).unwrap();
        let hash = pending_hash(&host);

        let mut after_a_dropped_session = draft(None);
        recall_passwords(&host, &paths, &mut after_a_dropped_session).unwrap();
        assert!(after_a_dropped_session.is_answered("accounts.password_file"));
        assert_eq!(accept(&host, &paths, &mut after_a_dropped_session).unwrap().generated, []);
        assert_eq!(pending_hash(&host), hash);
    }

    #[test]
    fn one_that_is_to_be_made_replaces_the_one_that_holds() {
        let host = FakeHost::default();
        let paths = Paths::default();
        let holds = Secret::new("{SHA512-CRYPT}$6$abc".into());
        pending::save_hashes(&host, &paths.password_hashes(), &[(alice(), holds.clone())].into()).unwrap();
        let mut draft = draft(None);
        draft.passwords.insert(alice(), Password::ToMake);
        let made = accept(&host, &paths, &mut draft).unwrap().generated;
        assert_eq!(made.len(), 1);
        assert_ne!(pending_hash(&host), holds);

        let mut after_a_dropped_session = self::draft(None);
        recall_passwords(&host, &paths, &mut after_a_dropped_session).unwrap();
        assert_eq!(after_a_dropped_session.passwords, draft.passwords, "it is shown again, not only its hash kept");
    }

    #[test]
    fn a_renamed_account_keeps_its_password() {
        let host = FakeHost::default();
        let paths = Paths::default();
        let holds = Secret::new("{SHA512-CRYPT}$6$abc".into());
        let bob = Mailbox::parse("bob@example.org").unwrap();
        pending::save_hashes(&host, &paths.password_hashes(), &[(bob.clone(), holds.clone())].into()).unwrap();
        let mut draft = draft(None);
        draft.mail.push(MailChange::Move { from: bob, to: alice() });
        assert_eq!(accept(&host, &paths, &mut draft).unwrap().generated, []);
        assert_eq!(pending_hash(&host), holds);
        assert_eq!(pending::load_mail(&host, &paths).unwrap(), draft.mail);
    }

    #[test]
    fn no_password_is_in_what_is_kept() {
        let host = FakeHost::default();
        accept(&host, &Paths::default(), &mut draft(Some("canary-4711"))).unwrap();
        for (path, file) in &host.machine().files {
            assert!(!String::from_utf8_lossy(&file.content).contains("canary"), "{}", path.display());
        }
    }
}
