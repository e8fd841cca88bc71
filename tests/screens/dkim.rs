//! The DKIM keys of a domain: made, published, switched to, let go; every step from home.

use jiff::Timestamp;
use mailwizard::front::overview::{Found, Part, Rotation, RotationStep};
use mailwizard::front::tui::model::{DkimLook, HubPage, Place};
use mailwizard::front::tui::msg::{Effect, Msg};
use mailwizard::front::wizard::DkimSeen;
use mailwizard::keys::dkim::{KeyState, ListedKey};
use mailwizard::records::{ComparedRecord, DkimPublic, Phase, Record, RecordKind, RecordState};
use mailwizard::spec::{Domain, Selector};
use mailwizard::stacks::DkimAlgorithm;

use crate::accounts;
use crate::driver::Wizard;
use crate::home::snapshot;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn domain() -> Domain {
    Domain::parse("example.org").unwrap()
}

fn key(selector: &str, state: KeyState, record: RecordState) -> DkimSeen {
    let algorithm = if selector.starts_with('r') { DkimAlgorithm::Rsa } else { DkimAlgorithm::Ed25519 };
    let selector = Selector::parse(selector).unwrap();
    let public = DkimPublic { domain: domain(), selector, algorithm, public: "abc".into() };
    let wanted = Record {
        name: public.record_name(),
        kind: RecordKind::Txt,
        ttl: 3600,
        data: public.record_text(),
        zone: "example.org.".into(),
        why: String::new(),
        required: true,
        phase: Phase::Before,
    };
    let record = ComparedRecord {
        wanted,
        state: record,
        found: Vec::new(),
        why: String::new(),
        advice: None,
        servers: Vec::new(),
    };
    DkimSeen { key: ListedKey { public, made: None, state }, record }
}

fn looked(keys: Vec<DkimSeen>) -> Msg {
    Msg::Dkim { domain: domain(), seen: Ok(DkimLook { keys, at: at("2026-11-27T08:00:00Z") }) }
}

fn signing() -> Vec<DkimSeen> {
    ["r2026a", "e2026a"].map(|name| key(name, KeyState::Signs, RecordState::Ok)).into()
}

/// Keys that sign, and two that are to sign, of whose records one is there.
fn publishing() -> Vec<DkimSeen> {
    let next = |name, record| key(name, KeyState::Next, record);
    signing().into_iter().chain([next("r2026b", RecordState::Ok), next("e2026b", RecordState::Disagree)]).collect()
}

/// The page, before anything is known.
fn opened() -> Wizard {
    let mut wizard = accounts::domains();
    wizard.keys("Down Enter Down Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Dkim));
    wizard
}

/// The page while new keys wait for their records.
pub fn dkim() -> Wizard {
    let mut wizard = opened();
    wizard.send(looked(publishing()));
    wizard
}

#[test]
fn new_keys_are_made_where_none_wait() {
    let mut wizard = opened();
    assert!(matches!(wizard.effects.last(), Some(Effect::LookAtDkim(name)) if *name == domain()));
    assert!(wizard.screen().contains("asking every name server"), "{}", wizard.screen());
    wizard.send(looked(signing()));
    snapshot("32_dkim_rests", &mut wizard);
    wizard.keys("Enter");
    assert!(matches!(wizard.effects.last(), Some(Effect::MakeDkimKeys(name)) if *name == domain()));
    let asked = wizard.effects.len();
    wizard.keys("Enter r");
    assert_eq!(wizard.effects.len(), asked, "one thing at a time");
}

#[test]
fn the_records_come_before_the_switch() {
    let mut wizard = dkim();
    snapshot("33_dkim_publishing", &mut wizard);
    assert!(!wizard.screen().contains("Sign with"), "{}", wizard.screen());
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Step("dns"));
    wizard.keys("Esc");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Dkim));
    wizard.send(looked(publishing())).keys("Down Enter");
    let dropped = ["r2026b", "e2026b"].map(|name| Selector::parse(name).unwrap());
    assert!(matches!(wizard.effects.last(), Some(Effect::DropDkimKeys(_, selectors)) if *selectors == dropped));
}

#[test]
fn signing_switches_by_a_change_that_is_reviewed() {
    let mut wizard = opened();
    let next = ["r2026b", "e2026b"].map(|name| key(name, KeyState::Next, RecordState::Ok));
    wizard.send(looked(signing().into_iter().chain(next).collect()));
    assert!(wizard.screen().contains("> Sign with r2026b and e2026b from now on"), "{}", wizard.screen());
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    let selectors: Vec<&str> = wizard.model.draft().domains[0].dkim_selectors.iter().map(Selector::as_str).collect();
    assert_eq!(selectors, ["r2026b", "e2026b"]);
}

#[test]
fn old_keys_can_sign_again_until_their_records_may_go() {
    let stopped = |when: &str, record| {
        let old = ["r2026a", "e2026a"].map(|name| key(name, KeyState::Stopped(at(when)), record));
        let new = ["r2026b", "e2026b"].map(|name| key(name, KeyState::Signs, RecordState::Ok));
        looked(old.into_iter().chain(new).collect())
    };
    let mut wizard = opened();
    wizard.send(stopped("2026-11-25T08:00:00Z", RecordState::Ok));
    snapshot("34_dkim_keeping", &mut wizard);
    wizard.keys("End Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    let mut wizard = opened();
    wizard.send(stopped("2026-11-01T08:00:00Z", RecordState::Disagree));
    let screen = wizard.screen();
    assert!(screen.contains("records down") && !screen.contains("sign with"), "{screen}");
}

#[test]
fn what_cannot_be_found_out_is_said_and_tried_again() {
    let mut wizard = opened();
    wizard.send(Msg::Dkim { domain: domain(), seen: Err("no resolver".into()) });
    assert!(wizard.screen().contains("no resolver"), "{}", wizard.screen());
    wizard.keys("Enter r");
    assert!(matches!(wizard.effects.last(), Some(Effect::LookAtDkim(_))));
    let other = Domain::parse("example.net").unwrap();
    wizard.send(Msg::Dkim { domain: other, seen: Err("of another".into()) });
    assert!(!wizard.screen().contains("of another"), "{}", wizard.screen());
}

#[test]
fn home_leads_to_the_keys_that_wait() {
    let mut wizard = accounts::domains();
    wizard.keys("Esc");
    let waits = Rotation { domain: domain(), next: RotationStep::Switch };
    wizard.send(Msg::Found(Box::new(Found::Rotations(Part::Known(vec![waits]))))).keys("Home Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Dkim));
}
