//! Home on a server that is set up: its state fills in by itself, what needs the operator comes first, and every change
//! goes through the review.

use mailwizard::finding::Outcome;
use mailwizard::front::overview::{
    Accounts, Certificate, Found, LastCheck, Machine, MailToday, Part, Queue, ServedDomain, Server, System, Timer,
    Updates,
};
use mailwizard::front::tui::model::{Choice, HubPage, PastApply, Place, Progress};
use mailwizard::front::tui::msg::{Effect, Msg};
use mailwizard::front::tui::theme::Theme;
use mailwizard::spec::{Domain, Fqdn, Mailbox};

use crate::driver::Wizard;
use crate::fixture;
use crate::returning::home;

pub fn snapshot(name: &str, wizard: &mut Wizard) {
    for (set, ascii) in [("unicode", false), ("ascii", true)] {
        wizard.model.theme = Theme::new(true, ascii);
        for (width, height) in [(80, 24), (60, 16), (120, 40)] {
            let screen = wizard.at(width, height);
            assert!(!ascii || screen.is_ascii(), "{name} at {width}x{height}:\n{screen}");
            insta::assert_snapshot!(format!("{name}_{width}x{height}_{set}"), screen);
        }
    }
    wizard.at(80, 24);
}

fn last_check(results: &[mailwizard::finding::CheckResult]) -> LastCheck {
    let mut last = LastCheck::of(results);
    last.clock = "12:01".into();
    last
}

/// Everything that the looks find on a server that is well.
fn well() -> Vec<Found> {
    let results: Vec<_> = fixture::results().into_iter().filter(|r| r.finding.outcome == Outcome::Pass).collect();
    vec![
        Found::Server(Part::Known(Server {
            hostname: Fqdn::parse("mail.example.org").unwrap(),
            domains: vec![ServedDomain { name: Domain::parse("example.org").unwrap(), is_moving: false }],
            accounts: 1,
            aliases: 4,
        })),
        Found::Checks(Part::Known(Some(last_check(&results)))),
        Found::Queue(Part::Known(Queue::default())),
        Found::System(Part::Known(System {
            distribution: "Debian 13".into(),
            disk_used: 41,
            disk_free: 1 << 34,
            firewall: Some("nftables"),
        })),
        Found::Machine(Part::Known(Machine::default())),
        Found::Timers(Part::Known(vec![Timer {
            unit: "mailwizard-renew.timer".into(),
            purpose: "renews the certificate in time".into(),
            is_on: true,
            next: "2026-11-27T15:00:00Z".parse().ok(),
            last: "2026-11-27T03:00:00Z".parse().ok(),
        }])),
        Found::Certificate(Part::Known(Certificate {
            days_left: Some(61),
            lifetime: 90,
            is_self_signed: false,
            served: (6, 6),
            last_error: None,
            due: None,
        })),
        Found::Accounts(Part::Known(Accounts {
            total: 1_240_000_000,
            largest: Mailbox::parse("alice@example.org").ok().map(|alice| (alice, 1_240_000_000)),
        })),
        Found::Mail(Part::Known(MailToday { received: 212, sent: 31, refused: 87 })),
        Found::Updates(Part::Known(Updates::default())),
    ]
}

fn told(found: Found) -> Msg {
    Msg::Found(Box::new(found))
}

fn at_home(found: Vec<Found>) -> Wizard {
    let mut wizard = home(None);
    for found in found {
        wizard.send(told(found));
    }
    wizard
}

/// The same with what needs the operator.
pub fn troubled() -> Wizard {
    let mut wizard = at_home(well());
    let edited = vec!["/etc/postfix/main.cf".into()];
    wizard.send(told(Found::Machine(Part::Known(Machine { edited, ..Machine::default() }))));
    wizard.send(told(Found::Checks(Part::Known(Some(last_check(&fixture::results()))))));
    wizard
}

#[test]
fn the_first_frame_is_whole_before_anything_is_known() {
    let mut wizard = Wizard::at_home();
    snapshot("20_home_first", &mut wizard);
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::LookAround)));
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Hub, "nothing is opened before the answers are read");
}

#[test]
fn a_server_that_is_well_needs_nothing() {
    let mut wizard = at_home(well());
    snapshot("21_home_well", &mut wizard);
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::Check { .. })), "the last check is not old");
}

#[test]
fn what_needs_the_operator_comes_first_and_leads_on() {
    let mut wizard = troubled();
    snapshot("22_home_needs", &mut wizard);
    wizard.keys("Home");
    assert_eq!(wizard.model.hub.choice, Choice::Need(0));
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Step("dns"), "the failing check is about a record");
    wizard.keys("Esc");
    let at = wizard.model.needs().iter().position(|need| need.text.contains("main.cf")).unwrap();
    wizard.keys("Home");
    for _ in 0..at {
        wizard.keys("Down");
    }
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Step("review"), "a hand edit is settled at the review");
}

#[test]
fn what_is_selected_stays_selected_while_lines_come() {
    let mut wizard = at_home(well());
    wizard.keys("Down Down");
    let before = wizard.model.hub.choice;
    wizard.send(told(Found::Checks(Part::Known(Some(last_check(&fixture::results()))))));
    assert_eq!(wizard.model.hub.choice, before);
    assert!(wizard.screen().contains("need you"), "{}", wizard.screen());
}

#[test]
fn checks_that_are_old_run_again_behind_the_hub() {
    let mut wizard = at_home(well());
    let mut old = last_check(&fixture::results());
    old.is_old = true;
    wizard.send(told(Found::Checks(Part::Known(Some(old)))));
    assert!(matches!(wizard.effects.last(), Some(Effect::Check { only: None, .. })));
    assert!(wizard.screen().contains("checking now"), "{}", wizard.screen());
    wizard.send(Msg::ChecksDone(Ok("14:12:41".into())));
    assert!(matches!(wizard.effects.last(), Some(Effect::LookAtChecks)));
    assert!(!wizard.screen().contains("checking now"), "{}", wizard.screen());
}

/// The page of the certificate.
pub fn certificate() -> Wizard {
    let mut wizard = at_home(well());
    wizard.keys("Down Down Down Down Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Certificate));
    let text = "Certificate   mail.example.org\nSigned by     Let's Encrypt\nValid until   2027-01-27 09:00 UTC (61 days left)\n\
                Renewal       2026-12-28 09:00 UTC\n\n[ok]   198.51.100.10:25            serves it\n";
    wizard.send(Msg::CertificateLooked(Ok(text.into())));
    wizard
}

#[test]
fn the_certificate_is_shown_and_a_new_one_is_asked_for_twice() {
    let mut wizard = certificate();
    snapshot("23_certificate", &mut wizard);
    wizard.keys("i");
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::IssueCertificate)));
    wizard.keys("i");
    assert!(matches!(wizard.effects.last(), Some(Effect::IssueCertificate)));
    wizard.keys("i");
    assert_eq!(wizard.effects.iter().filter(|e| matches!(e, Effect::IssueCertificate)).count(), 1);
    wizard.send(Msg::CertificateEnded).keys("Esc");
    assert_eq!(wizard.model.place, Place::Hub);
}

pub fn history() -> Wizard {
    let mut wizard = at_home(well());
    wizard.keys("End Up Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::History));
    let past = |id: &str, when: &str, state, changed: &str| PastApply {
        id: id.into(),
        when: when.into(),
        state,
        changed: vec![changed.into()],
        did: vec!["did: postfix: check, reload".into()],
        is_in_effect: state == "done",
    };
    wizard.send(Msg::History(Ok(vec![
        past("20261127T101500Z", "2026-11-27 10:15", "done", "domain example.net added"),
        past("20261126T090000Z", "2026-11-26 09:00", "undone", "protection.greylisting false -> true"),
        past("20261120T080000Z", "2026-11-20 08:00", "done", "first set-up of mail.example.org"),
    ])));
    wizard
}

#[test]
fn an_apply_is_undone_from_the_history_when_it_is_asked_twice() {
    let mut wizard = history();
    snapshot("24_history", &mut wizard);
    wizard.keys("u Down u");
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::UndoOne(_))), "what is undone is not undone again");
    wizard.keys("Up u u");
    assert!(matches!(wizard.effects.last(), Some(Effect::UndoOne(id)) if id == "20261127T101500Z"));
    assert_eq!(wizard.model.place, Place::Step("apply"));
    let undone =
        Progress::Finished { well: true, operator_must_act: false, elapsed: None, message: "It is undone.".into() };
    wizard.send(Msg::Progress(vec![undone]));
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::TakeUp)), "what holds now is read");
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Hub);
}

/// The page of the timers.
pub fn timers() -> Wizard {
    let mut wizard = at_home(well());
    wizard.keys("End Enter End Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Timers));
    wizard
}

#[test]
fn the_nightly_mail_is_switched_by_a_change_that_is_reviewed() {
    let mut wizard = timers();
    snapshot("25_timers", &mut wizard);
    wizard.keys("Down Space");
    assert_eq!(wizard.model.place, Place::Step("review"));
    assert!(!wizard.model.draft().reports.nightly);
}

#[test]
fn no_part_of_the_state_can_break_the_screen() {
    let mut wizard = at_home(well());
    wizard.send(told(Found::Queue(Part::Unknown("\u{1b}[2J bad \u{7}".repeat(40)))));
    let edited = vec!["/etc/\u{1b}[31mx".into(); 3];
    let differs = vec!["x\ny".to_owned(); 30];
    wizard.send(told(Found::Machine(Part::Known(Machine { edited, differs, ..Machine::default() }))));
    let screen = wizard.screen();
    assert!(screen.contains("\\u{1b}") && !screen.contains('\u{1b}'), "{screen}");
}
