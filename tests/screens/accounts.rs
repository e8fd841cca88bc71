//! Accounts, aliases and domains of a server that is set up: found, changed one by one, and reviewed.

use mailwizard::changes::{AddAccount, AddAlias, EnableAccount, SetQuota};
use mailwizard::front::tui::model::{HubPage, MailboxSeen, Place};
use mailwizard::front::tui::msg::{Beginning, Effect, LastApply, Msg};
use mailwizard::plan::{MailChange, MailOwner};
use mailwizard::spec::{DmarcPolicy, Mailbox, Secret};
use mailwizard::steps::{Draft, Engine, Password};

use crate::driver::Wizard;
use crate::fixture;
use crate::home::snapshot;
use crate::returning::home;

fn mailbox(text: &str) -> Mailbox {
    Mailbox::parse(text).unwrap()
}

/// Home on a server with some accounts and an alias, all of them applied.
fn populated() -> Wizard {
    let mut wizard = home(None);
    for name in ["bob", "carol.with-a-very-long-name-before-the-at-sign", "dave"] {
        wizard.model.change(&AddAccount::new(mailbox(&format!("{name}@example.org")))).unwrap();
    }
    let alias = AddAlias {
        address: "sales@example.org".into(),
        targets: vec!["alice@example.org".into(), "bob@example.org".into()],
        add: false,
    };
    wizard.model.change(&alias).unwrap();
    wizard.model.change(&SetQuota { address: mailbox("bob@example.org"), quota_mb: Some(2048) }).unwrap();
    wizard.model.change(&EnableAccount { address: mailbox("dave@example.org"), enabled: false }).unwrap();
    let spec = wizard.model.draft().spec().unwrap();
    let draft = Draft::from_applied(wizard.model.draft().facts.clone(), spec.clone());
    let home = Some(Box::new(spec));
    let beginning =
        Beginning { engine: Engine::new(draft), home, last_checks: None, apply: LastApply::None, fix: None };
    wizard.model.engine.draft.passwords.clear();
    wizard.send(Msg::Began(Box::new(beginning)));
    assert!(!wizard.model.has_unapplied_changes());
    wizard
}

pub fn accounts() -> Wizard {
    let mut wizard = populated();
    wizard.keys("Down Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Accounts));
    assert!(matches!(wizard.effects.last(), Some(Effect::LookAtMailboxes)));
    let seen = |bytes, last_login: Option<&str>| MailboxSeen { bytes, last_login: last_login.map(str::to_owned) };
    let seen = [
        (mailbox("alice@example.org"), seen(Some(1_240_000_000), Some("2026-11-26"))),
        (mailbox("bob@example.org"), seen(Some(812_000), None)),
    ];
    wizard.send(Msg::Mailboxes(Ok(seen.into())));
    wizard
}

/// The page of bob.
pub fn bob() -> Wizard {
    let mut wizard = accounts();
    wizard.keys("Down Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Served));
    wizard
}

/// The questions of a new account.
pub fn new_account() -> Wizard {
    let mut wizard = accounts();
    wizard.keys("n");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Ask));
    wizard
}

/// The questions before bob is removed.
pub fn removal() -> Wizard {
    let mut wizard = bob();
    wizard.keys("End Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Ask));
    wizard
}

/// The list of domains.
pub fn domains() -> Wizard {
    let mut wizard = populated();
    wizard.keys("Down Down Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Domains));
    wizard
}

#[test]
fn accounts_are_listed_with_what_they_hold() {
    snapshot("26_accounts", &mut accounts());
    let mut wizard = populated();
    wizard.keys("Down Enter");
    assert!(wizard.screen().contains("..."), "before anything is known:\n{}", wizard.screen());
    wizard.send(Msg::Mailboxes(Err("'du' was not found".into())));
    assert!(wizard.screen().contains("'du' was not found"), "{}", wizard.screen());
}

#[test]
fn a_part_of_a_name_narrows_the_list_down() {
    let mut wizard = accounts();
    wizard.keys("/bob");
    let screen = wizard.screen();
    assert!(screen.contains("Search: bob") && screen.contains("sales@example.org"), "{screen}");
    assert!(!screen.contains("dave"), "{screen}");
    wizard.keys("Enter Enter");
    assert!(wizard.screen().contains("How much it may hold"), "{}", wizard.screen());
    wizard.keys("Esc Esc");
    assert!(wizard.screen().contains("dave"), "all of it again:\n{}", wizard.screen());
    wizard.keys("/nobody Enter");
    assert!(wizard.screen().contains("  none"), "{}", wizard.screen());
    wizard.keys("Enter Esc Esc");
    assert_eq!(wizard.model.place, Place::Hub);
    wizard.keys("/");
    assert!(wizard.screen().contains("Search:"), "home leads there by the same key:\n{}", wizard.screen());
    wizard.keys("bob Enter Enter Esc");
    assert!(!wizard.screen().contains("dave"), "what was searched for stays on the way back:\n{}", wizard.screen());
    // As after an apply, which leads home.
    wizard.model.place = Place::Hub;
    wizard.keys("Home Down Enter");
    assert!(wizard.screen().contains("dave"), "home lists all:\n{}", wizard.screen());
}

#[test]
fn what_can_be_done_with_an_account_is_a_menu() {
    snapshot("27_account", &mut bob());
}

#[test]
fn a_new_account_is_asked_for_checked_and_reviewed() {
    let mut wizard = new_account();
    snapshot("28_new_account", &mut wizard);
    wizard.keys("bob@example.org Enter Enter Enter Enter 2x Enter");
    assert!(wizard.screen().contains("'2x' is not a size"), "{}", wizard.screen());
    wizard.keys("BS G Enter");
    assert!(wizard.screen().contains("'bob@example.org' is an account already."), "{}", wizard.screen());
    wizard.keys("Up Up Up Up C-u eve@example.org Enter Enter geheim-2026 Enter geheim-2027 Enter Enter");
    assert!(wizard.screen().contains("The two passwords differ"), "{}", wizard.screen());
    wizard.keys("C-u geheim-2026 Enter Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    assert!(matches!(wizard.effects.last(), Some(Effect::Prepare(..))));
    let draft = wizard.model.draft();
    let eve = draft.accounts.iter().find(|a| a.address == mailbox("eve@example.org")).unwrap();
    assert_eq!(eve.quota_mb, Some(2048));
    assert!(
        matches!(draft.passwords.get(&eve.address), Some(Password::Given(secret)) if secret.expose() == "geheim-2026")
    );
    wizard.keys("Esc");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Accounts), "the questions are answered");
    assert!(wizard.screen().contains("eve@example.org") && wizard.screen().contains("new"), "{}", wizard.screen());
    wizard.keys("Esc");
    assert!(wizard.screen().contains("did not apply them"), "{}", wizard.screen());
}

#[test]
fn mail_is_removed_for_good_only_when_the_address_is_typed_out() {
    let mut wizard = removal();
    snapshot("29_remove_account", &mut wizard);
    wizard.keys("Left Enter bob Enter");
    assert!(wizard.screen().contains("type 'bob@example.org' here to confirm it"), "{}", wizard.screen());
    wizard.keys("C-u bob@example.org Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    let bob = mailbox("bob@example.org");
    assert_eq!(
        wizard.model.draft().mail,
        [MailChange::EndSessions(bob.clone()), MailChange::Purge(MailOwner::Account(bob))]
    );
    assert!(wizard.model.hub.notes.iter().any(|note| note.contains("'sales@example.org' leads to it no more")));
}

#[test]
fn kept_is_what_becomes_of_mail_when_nothing_is_said() {
    let mut wizard = removal();
    wizard.keys("Enter Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    assert_eq!(wizard.model.draft().mail, [MailChange::EndSessions(mailbox("bob@example.org"))]);
}

#[test]
fn an_account_that_others_need_is_not_removed() {
    let mut wizard = accounts();
    wizard.keys("Enter End Enter Enter Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Ask));
    let screen = wizard.screen();
    assert!(screen.contains("'alice@example.org' gets what this server has to say"), "{screen}");
    assert!(!wizard.model.has_unapplied_changes());
}

#[test]
fn an_account_is_disabled_renamed_limited_and_given_another_password() {
    let mut wizard = bob();
    wizard.keys("Down Down Down Enter Esc");
    assert!(wizard.screen().contains("disabled"), "{}", wizard.screen());
    wizard.keys("Enter Down Enter C-u 500M Enter Esc Enter Enter Enter Enter Esc");
    let draft = wizard.model.draft();
    let bob = draft.accounts.iter().find(|a| a.address == mailbox("bob@example.org")).unwrap();
    assert_eq!((bob.disabled, bob.quota_mb), (true, Some(500)));
    assert_eq!(draft.passwords.get(&bob.address), Some(&Password::ToMake));
    wizard.keys("Enter Down Down Enter robert@example.org Enter Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    let draft = wizard.model.draft();
    assert!(draft.aliases.iter().any(|a| a.address.to_string() == "bob@example.org"), "the old address stays an alias");
    assert_eq!(draft.passwords.get(&mailbox("robert@example.org")), Some(&Password::ToMake));
}

#[test]
fn a_password_that_was_shown_is_not_shown_again_under_another_address() {
    let mut wizard = bob();
    let made = Password::Generated(Secret::new("made-for-bob".into()));
    wizard.model.engine.draft.passwords.insert(mailbox("bob@example.org"), made);
    wizard.model.review.passwords_seen.insert(mailbox("bob@example.org"));
    wizard.keys("Down Down Enter robert@example.org Enter Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    assert!(!wizard.model.has_unseen_password());
}

#[test]
fn a_change_of_mail_alone_is_over_once_it_is_applied() {
    let mut wizard = bob();
    wizard.keys("Enter Enter Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    wizard.send(Msg::Planned(Ok(Box::new(fixture::planned())))).keys("a");
    wizard.effects.clear();
    wizard.send(Msg::Progress(fixture::finished()));
    let forgets = wizard.effects.iter().position(|e| matches!(e, Effect::ForgetDraft));
    let takes_up = wizard.effects.iter().position(|e| matches!(e, Effect::TakeUp));
    assert!(forgets.is_some() && forgets < takes_up, "what was kept would come back");
    assert!(!wizard.model.has_unapplied_changes());
}

#[test]
fn an_alias_gets_other_targets_or_goes() {
    let mut wizard = accounts();
    wizard.keys("/sales Enter Enter Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Ask));
    wizard.keys("C-u dave@example.org,x@gmail.com Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    assert!(wizard.model.hub.notes.iter().any(|note| note.contains("(SRS)")), "{:?}", wizard.model.hub.notes);
    let alias = |wizard: &Wizard| {
        let alias = wizard.model.draft().aliases.iter().find(|a| a.address.to_string() == "sales@example.org");
        alias.map(|alias| alias.targets.len())
    };
    assert_eq!(alias(&wizard), Some(2));
    wizard.keys("Esc Enter Down Enter");
    assert_eq!(alias(&wizard), None);
}

#[test]
fn a_domain_leads_to_its_records_and_its_policy() {
    let mut wizard = domains();
    snapshot("30_domains", &mut wizard);
    wizard.keys("Down Enter");
    snapshot("31_domain", &mut wizard);
    wizard.keys("Enter");
    assert!(
        matches!(wizard.effects.last(), Some(Effect::WatchRecords(_, Some(only))) if only.as_str() == "example.org")
    );
    wizard.keys("Esc Down Down Enter Left Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    assert_eq!(wizard.model.draft().domains[0].dmarc, DmarcPolicy::Reject);
}
