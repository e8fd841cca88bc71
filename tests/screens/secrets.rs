//! A password that is typed is on no screen, in no `Debug` text and in nothing that is kept.

use mailwizard::front::tui::model::AccountPassword;
use mailwizard::front::tui::msg::{Effect, Msg};
use mailwizard::spec::{Mailbox, Secret};
use mailwizard::steps::{self, Password};

use crate::fixture::{self, at_step};

const CANARY: &str = "Canary-4711-tulip";

#[test]
fn a_typed_password_is_shown_only_on_demand() {
    let mut wizard = at_step("accounts");
    wizard.keys("alice@example.org Enter Enter");
    wizard.keys(CANARY);
    assert!(!wizard.screen().contains(CANARY));
    assert!(wizard.screen().contains(&"*".repeat(CANARY.len())), "{}", wizard.screen());
    assert!(!format!("{:?}", wizard.model).contains(CANARY));
    wizard.keys("F2");
    assert!(wizard.screen().contains(CANARY));
    wizard.keys("F2 Tab");
    wizard.keys(CANARY);
    wizard.keys("Tab");
    assert!(wizard.screen().contains("given"), "{}", wizard.screen());
    assert!(!format!("{:?}", wizard.model).contains(CANARY));
    let password = wizard.model.draft().passwords.values().next().expect("the password was taken");
    assert!(matches!(password, steps::Password::Given(secret) if secret.expose() == CANARY));

    wizard.keys("F4 Enter Esc");
    for effect in &wizard.effects {
        if let Effect::Save(engine) = effect {
            let kept = steps::save(&engine.draft, engine.step().id).unwrap();
            assert!(!kept.contains(CANARY));
        }
    }
}

#[test]
fn two_different_passwords_are_refused_without_naming_them() {
    let mut wizard = at_step("accounts");
    wizard.keys("alice@example.org Enter Enter");
    wizard.keys("one-password Tab another-password Tab");
    let screen = wizard.screen();
    assert!(screen.contains("The two passwords of alice@example.org differ: type the same one twice."), "{screen}");
    assert!(wizard.model.draft().passwords.is_empty());
}

#[test]
fn a_made_password_is_shown_by_f2_only() {
    let mut wizard = at_step("clients");
    wizard.send(Msg::Sheets(Ok(fixture::sheets())));
    assert!(!wizard.screen().contains("canary"));
    assert!(!format!("{:?}", wizard.model).contains("canary"));
    wizard.keys("F2");
    assert!(wizard.screen().contains("canary-tulip-4711-otter"));
    wizard.keys("s");
    let plain =
        wizard.effects.iter().rev().find_map(|e| if let Effect::PlainPage(text) = e { Some(text) } else { None });
    assert!(!plain.expect("a plain page").contains("canary"));
}

#[test]
fn nothing_is_applied_before_made_passwords_were_shown() {
    let mut wizard = at_step("review");
    let alice = Mailbox::parse("alice@example.org").unwrap();
    let made = Password::Generated(Secret::new(CANARY.into()));
    let planned = || {
        let mut planned = fixture::planned();
        planned.passwords.insert(alice.clone(), made.clone());
        Msg::Planned(Ok(Box::new(planned)))
    };
    wizard.send(planned());
    let screen = wizard.screen();
    assert!(screen.contains("Passwords were made for 1 account.") && !screen.contains(CANARY), "{screen}");

    wizard.keys("a");
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::Apply(_))));
    assert!(wizard.screen().contains(CANARY), "{}", wizard.screen());
    assert!(!format!("{:?}", wizard.model).contains(CANARY));
    wizard.keys("s");
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::PlainPage(text) if text.contains(CANARY))));
    wizard.keys("Enter Esc");
    assert!(!wizard.screen().contains(CANARY));
    // Compared once more, they are the same ones and need not be shown again.
    wizard.send(planned()).keys("a");
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::Apply(_))));
}

#[test]
fn an_account_whose_password_is_only_a_hash_says_so() {
    let mut wizard = at_step("clients");
    let mut sheets = fixture::sheets();
    sheets[0].password = AccountPassword::SetBefore;
    wizard.send(Msg::Sheets(Ok(sheets)));
    let screen = wizard.screen();
    assert!(screen.contains("only the hash of it is kept") && screen.contains("F4, Accounts"), "{screen}");
    assert!(!screen.contains("F2 password"), "{screen}");
}
