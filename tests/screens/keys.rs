//! What keys do: each listed key does something, letters are letters, and no way loses an answer.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use mailwizard::finding::Finding;
use mailwizard::front::tui::keys::{self, Press};
use mailwizard::front::tui::msg::{Effect, Leaving, Msg};
use mailwizard::keys::csv_import;
use mailwizard::plan::Edited;
use mailwizard::spec::Mailbox;
use mailwizard::steps::Password;

use crate::driver::Wizard;
use crate::fixture::{self, at_step, begun, live};
use crate::{accounts, dkim, home};

/// A page by name and how to get there.
type Page = (&'static str, fn() -> Wizard);

fn pages() -> Vec<Page> {
    vec![
        ("welcome", begun),
        ("hostname", || {
            let mut wizard = at_step("hostname");
            wizard.keys("C-u mail.example.org");
            let generation = wizard.model.live.generation;
            wizard.send(Msg::TypingPaused(generation));
            wizard.send(Msg::LiveResult { generation, result: Box::new(live("dns-host-a", Finding::pass("here"))) });
            wizard
        }),
        ("protections", || at_step("protections")),
        ("dns", fixture::dns_page),
        ("review", || {
            let mut wizard = at_step("review");
            wizard.send(Msg::Planned(Ok(Box::new(fixture::planned())))).keys("Down Down");
            wizard
        }),
        ("apply", || at_step("apply")),
        ("verify", || {
            let mut wizard = at_step("verify");
            fixture::results().into_iter().for_each(|r| {
                wizard.send(Msg::Checked(Box::new(r)));
            });
            wizard.send(Msg::ChecksDone(Ok("14:12:41".into()))).keys("Down");
            wizard
        }),
        ("home", home::troubled),
        ("certificate of a server", home::certificate),
        ("history", home::history),
        ("timers", home::timers),
        ("accounts", accounts::accounts),
        ("an account", accounts::bob),
        ("a new account", accounts::new_account),
        ("a removal", accounts::removal),
        ("domains", accounts::domains),
        ("keys of a domain", dkim::dkim),
        ("clients", || {
            let mut wizard = at_step("clients");
            wizard.send(Msg::Sheets(Ok(fixture::sheets())));
            wizard
        }),
    ]
}

fn event(press: &Press) -> KeyEvent {
    match *press {
        Press::Key(code) => KeyEvent::new(code, KeyModifiers::NONE),
        Press::Char(c) => KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE),
        Press::Ctrl(c) => KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL),
    }
}

#[test]
fn every_key_of_the_help_line_changes_something_or_asks_for_something() {
    for (name, page) in pages() {
        let wizard = page();
        let listed: Vec<_> = keys::working(&wizard.model)
            .filter(|b| b.listed != keys::Listed::Help)
            .map(|b| (b.keys[0], b.label))
            .collect();
        assert!(listed.len() >= 2, "{name}");
        for (press, label) in listed {
            let mut wizard = page();
            let before = wizard.screen();
            wizard.effects.clear();
            wizard.send(Msg::Key(event(&press)));
            assert!(wizard.screen() != before || !wizard.effects.is_empty(), "{name}: {label} does nothing\n{before}");
        }
    }
}

#[test]
fn every_printable_character_lands_in_the_field_that_has_the_focus() {
    let mut wizard = at_step("hostname");
    wizard.keys("C-u");
    let all: String = (' '..='~').collect();
    for c in all.chars() {
        wizard.send(Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
    }
    let mut accounts = at_step("accounts");
    for c in all.chars() {
        accounts.send(Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
    }
    for mut wizard in [wizard, accounts] {
        let screen = wizard.at(200, 40);
        assert!(screen.contains(all.trim()), "{screen}");
    }
}

#[test]
fn going_back_keeps_what_was_typed_even_when_it_is_wrong() {
    let mut wizard = at_step("accounts");
    wizard.keys("alice@example.org Enter nobody@nowhere Esc");
    assert_eq!(wizard.model.step().id, "certificate");
    wizard.keys("Enter Enter Enter Enter");
    assert_eq!(wizard.model.step().id, "accounts");
    let screen = wizard.screen();
    assert!(screen.contains("alice@example.org") && screen.contains("nobody@nowhere"), "{screen}");
    assert_eq!(wizard.model.draft().accounts.len(), 1);
}

#[test]
fn shift_tab_from_the_first_field_goes_back_and_back_again_changes_nothing() {
    let mut wizard = at_step("domains");
    let before = wizard.model.draft().hostname.clone();
    wizard.keys("S-Tab S-Tab");
    assert_eq!(wizard.model.step().id, "hostname");
    wizard.keys("Enter");
    assert_eq!(wizard.model.draft().hostname, before);
}

#[test]
fn an_entry_can_be_changed_and_removed() {
    let mut wizard = at_step("domains");
    wizard.keys("example.net Enter Up Enter C-u example.com Enter");
    let names =
        |wizard: &Wizard| -> Vec<String> { wizard.model.draft().domains.iter().map(|d| d.name.to_string()).collect() };
    assert_eq!(names(&wizard), ["example.org", "example.com"]);
    wizard.keys("Up Up Del");
    assert_eq!(names(&wizard), ["example.com"]);
    wizard.keys("Up Enter x Esc");
    assert_eq!(names(&wizard), ["example.com"], "Esc leaves a changed entry as it was");
    assert_eq!(wizard.model.step().id, "domains");
}

#[test]
fn a_paste_is_one_change_and_its_lines_are_entries() {
    let mut wizard = at_step("accounts");
    wizard
        .send(Msg::Paste("alice@example.org Alice\r\nbob@example.org\nno address\n\x1b[2Jcarol@example.org\n".into()));
    let names: Vec<String> = wizard.model.draft().accounts.iter().map(|a| a.address.to_string()).collect();
    assert_eq!(names, ["alice@example.org", "bob@example.org"]);
    let screen = wizard.screen();
    assert!(screen.contains("no address"), "what is refused stays to be mended:\n{screen}");
    assert!(!screen.contains('\x1b'));
}

#[test]
fn old_answers_of_the_network_are_dropped() {
    let mut wizard = at_step("hostname");
    wizard.keys("C-u mail.example.org");
    let old = wizard.model.live.generation;
    wizard.keys("x");
    wizard.send(Msg::LiveResult {
        generation: old,
        result: Box::new(live("dns-host-a", Finding::pass("an old answer"))),
    });
    assert!(!wizard.screen().contains("an old answer"));
    assert!(wizard.send(Msg::TypingPaused(old)).model.draft().seen.checks.is_empty());
}

#[test]
fn leaving_keeps_the_answers() {
    let mut wizard = at_step("protections");
    wizard.effects.clear();
    wizard.keys("C-c");
    assert!(matches!(wizard.effects.as_slice(), [Effect::Save(_), Effect::Quit(Leaving::Left)]));
}

#[test]
fn nothing_is_kept_before_an_earlier_run_was_read() {
    let mut wizard = Wizard::new(mailwizard::steps::Engine::new(Default::default()));
    wizard.effects.clear();
    wizard.keys("Enter C-c");
    assert!(matches!(wizard.effects.as_slice(), [Effect::Quit(Leaving::Left)]));
}

#[test]
fn nothing_is_applied_before_the_review_asks_for_it() {
    let mut wizard = at_step("review");
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::Apply(_))));
    wizard.keys("a Enter a");
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::Apply(_))), "there is no plan yet");
    wizard.send(Msg::Planned(Ok(Box::new(fixture::planned())))).keys("a");
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::Apply(_))));
}

#[test]
fn nothing_is_applied_before_each_edited_file_is_chosen_for() {
    let mut wizard = at_step("review");
    let plan = |chosen| Msg::Planned(Ok(Box::new(fixture::planned_with_edits(chosen))));
    wizard.send(plan(Edited::Ask)).keys("a");
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::Apply(_))));
    let choices = |wizard: &Wizard| match wizard.effects.last() {
        Some(Effect::Prepare(_, choices)) => choices.arguments(),
        _ => Vec::new(),
    };
    wizard.keys("m");
    assert_eq!(choices(&wizard), ["/etc/postfix/main.cf=merge"]);
    wizard.send(plan(Edited::Merge)).keys("Down m");
    assert_eq!(choices(&wizard), ["/etc/postfix/main.cf=merge"], "what cannot be merged is not");
    wizard.keys("k");
    assert_eq!(choices(&wizard), ["/etc/hosts=keep", "/etc/postfix/main.cf=merge"]);
}

#[test]
fn a_running_apply_keeps_its_page() {
    let mut wizard = at_step("apply");
    wizard.send(Msg::Progress(fixture::half_way())).keys("Esc F4 Enter n");
    assert_eq!(wizard.model.step().id, "apply");
    assert!(wizard.model.overlay.is_none());
}

#[test]
fn a_path_in_place_of_an_account_takes_the_accounts_of_that_file() {
    let mut wizard = at_step("accounts");
    wizard.effects.clear();
    wizard.keys("/root/people.csv Enter");
    let asked = |effect: &Effect| if let Effect::ReadAccounts(path) = effect { Some(path.clone()) } else { None };
    let path = wizard.effects.iter().find_map(asked).unwrap();
    let before = wizard.model.draft().accounts.len();

    let missing = "'/root/people.csv' is not there: give the path of a CSV file with accounts.";
    wizard.send(Msg::Accounts(path.clone(), Err(missing.into())));
    let screen = wizard.screen();
    assert!(screen.contains("account: /root/people.csv") && screen.contains("is not there: give the path"), "{screen}");
    assert_eq!(wizard.model.draft().accounts.len(), before);

    let hash = "$2y$05$bvIG6Nmid91Mu9RcmmWZfO5HJIMCT8riNW0hEp8f6/FuA2/mHZFpe";
    let text = format!("address,name,password-or-hash\ncarol@example.org,Carol,{hash}\ndave@example.org,,\n");
    let accounts = csv_import::parse(text.as_bytes()).unwrap();
    wizard.send(Msg::Accounts(path, Ok(accounts)));
    let screen = wizard.screen();
    assert!(screen.contains("carol@example.org Carol"), "{screen}");
    assert!(screen.contains("2 accounts taken from '/root/people.csv'."), "{screen}");
    assert!(!screen.contains("add account: /"), "{screen}");
    let draft = wizard.model.draft();
    assert_eq!(draft.accounts.len(), before + 2);
    let carol = Mailbox::parse("carol@example.org").unwrap();
    assert!(matches!(draft.passwords.get(&carol), Some(Password::Hash(_))));
}
