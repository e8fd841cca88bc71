//! Coming back: to a server that is set up, to work that goes on, to domains that were left at another server.

use mailwizard::front::tui::model::{HubPage, Place, Progress};
use mailwizard::front::tui::msg::{Beginning, Effect, LastApply, Leaving, Msg};
use mailwizard::spec::{DmarcPolicy, Domain};
use mailwizard::steps::{self, Engine, Password};

use crate::driver::Wizard;
use crate::fixture::{self, at_step, facts};

fn returned(beginning: Beginning) -> Wizard {
    let mut wizard = Wizard::new(Engine::new(Default::default()));
    wizard.send(Msg::Began(Box::new(beginning)));
    wizard
}

fn draft() -> steps::Draft {
    at_step("verify").model.engine.draft
}

/// Home on a server that is set up.
pub fn home(last_checks: Option<Vec<mailwizard::finding::CheckResult>>) -> Wizard {
    let draft = draft();
    let home = draft.spec().ok().map(Box::new);
    returned(Beginning { engine: Engine::new(draft), home, last_checks, apply: LastApply::None, fix: None })
}

#[test]
fn a_server_that_is_set_up_opens_on_its_state() {
    let mut wizard = home(Some(fixture::results()));
    let screen = wizard.screen();
    assert_eq!(wizard.model.place, Place::Hub);
    assert!(screen.contains("Needs you") && screen.contains("> Add a domain"), "{screen}");
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::Save(_))), "there is no walk to go on with");
    assert!(!screen.contains("next") && !screen.contains("/11"), "{screen}");
}

#[test]
fn checks_are_opened_from_home_and_left_again() {
    let mut wizard = home(Some(fixture::results()));
    wizard.keys("Down Down Down Enter");
    let screen = wizard.at(80, 40);
    assert!(screen.contains("When it was checked last: 1 failed, 1 warned, 1 unknown, 8 ok."), "{screen}");
    assert!(screen.contains("dns-ptr-v4") && !screen.contains("dns-host-a"), "only trouble is listed:\n{screen}");
    assert!(!wizard.effects.iter().any(|e| matches!(e, Effect::Check { .. })), "nothing runs by itself");

    wizard.keys("Up Space");
    assert!(wizard.at(80, 40).contains("dns-host-a"), "all of the area:\n{}", wizard.screen());
    wizard.keys("Space");
    assert!(!wizard.at(80, 40).contains("dns-ptr-v4"), "one line:\n{}", wizard.screen());

    wizard.keys("R");
    assert!(matches!(wizard.effects.last(), Some(Effect::Check { only: None, .. })));
    wizard.keys("Esc");
    assert_eq!(wizard.model.place, Place::Hub);
}

#[test]
fn a_domain_is_added_with_an_account_reviewed_applied_and_leads_to_its_records() {
    let mut wizard = home(None);
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Ask));
    wizard.keys("second.org Enter Space Enter bob Enter");
    let second = Domain::parse("second.org").unwrap();
    assert!(matches!(wizard.effects.last(), Some(Effect::LookUpMail(domain)) if *domain == second));
    wizard.send(Msg::MailHosts { domain: second.clone(), elsewhere: None });
    assert!(wizard.screen().contains("could not be found out"), "{}", wizard.screen());
    wizard.keys("Enter Enter Enter").send(Msg::MailHosts { domain: second.clone(), elsewhere: Some(Vec::new()) });
    assert_eq!(wizard.model.place, Place::Step("review"));
    let draft = wizard.model.draft();
    assert_eq!(draft.domains.last().map(|d| d.dmarc), Some(DmarcPolicy::Quarantine));
    let aliases: Vec<String> = draft.aliases.iter().map(|a| a.address.to_string()).collect();
    assert!(aliases.contains(&"postmaster@second.org".to_owned()), "{aliases:?}");
    wizard.send(Msg::Planned(Ok(Box::new(fixture::planned())))).keys("a");
    assert_eq!(wizard.model.place, Place::Step("apply"));
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::KeepChanges { applying: true, .. })));
    wizard.send(Msg::Progress(fixture::finished()));
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::TakeUp)));
    let draft = wizard.model.draft().clone();
    let home = draft.spec().ok().map(Box::new);
    let beginning =
        Beginning { engine: Engine::new(draft), home, last_checks: None, apply: LastApply::None, fix: None };
    wizard.send(Msg::Began(Box::new(beginning)));
    assert_eq!(wizard.model.place, Place::Step("apply"), "its end is read before it is left");
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Step("dns"));
    assert!(matches!(wizard.effects.last(), Some(Effect::WatchRecords(_, Some(only))) if *only == second));
    assert!(wizard.screen().contains("DNS for second.org"), "{}", wizard.screen());
    wizard.keys("Esc");
    assert_eq!(wizard.model.place, Place::Hub);
    assert!(!wizard.screen().contains("did not apply them"), "{}", wizard.screen());
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::ForgetDraft)));
}

#[test]
fn changes_that_are_not_applied_are_kept_reviewed_or_dropped() {
    let mut wizard = home(None);
    wizard.keys("Down Enter Enter Down Down Down Enter Esc Esc");
    assert_eq!(wizard.model.place, Place::Hub);
    assert!(wizard.screen().contains("did not apply them"), "{}", wizard.screen());
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::KeepChanges { applying: false, .. })));
    wizard.keys("Home Enter");
    assert_eq!(wizard.model.place, Place::Step("review"));
    wizard.keys("Esc x");
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::DropChanges)));
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::TakeUp)));
}

#[test]
fn work_that_goes_on_is_left_and_found_again() {
    let mut wizard = at_step("apply");
    wizard.send(Msg::Progress(fixture::half_way())).keys("C-c");
    assert!(matches!(wizard.effects.last(), Some(Effect::Quit(Leaving::WhileApplying))));

    let engine = wizard.model.engine.clone();
    let mut wizard =
        returned(Beginning { engine, home: None, last_checks: None, apply: LastApply::Running, fix: None });
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::Apply(_))), "it joins the process");
    wizard.send(Msg::Progress(fixture::half_way()));
    assert!(wizard.screen().contains("5 of 10 done"), "{}", wizard.screen());
    wizard.send(Msg::Progress(fixture::finished())).keys("C-c");
    assert!(matches!(wizard.effects.last(), Some(Effect::Quit(Leaving::Left))));
}

#[test]
fn a_cut_over_is_reviewed_and_applied() {
    let mut draft = draft();
    draft.domains[0].moving_from_another_server = true;
    let mut engine = Engine::new(draft);
    assert!(engine.go_to("cutover"));
    let mut wizard = returned(Beginning { engine, home: None, last_checks: None, apply: LastApply::None, fix: None });
    assert_eq!(wizard.model.step().id, "cutover", "{}", wizard.screen());
    wizard.keys("Space F4 Esc Esc n");
    assert!(wizard.model.draft().domains[0].moving_from_another_server, "nothing is done by looking around");
    wizard.keys("F4 Esc");
    assert_eq!(wizard.model.step().id, "cutover", "{}", wizard.screen());
    wizard.keys("Enter");
    assert_eq!(wizard.model.step().id, "review", "{}", wizard.screen());
    assert!(wizard.screen().contains("apply it next"), "{}", wizard.screen());
    let prepared =
        wizard.effects.iter().find_map(|e| if let Effect::Prepare(draft, _) = e { Some(draft) } else { None });
    assert!(!prepared.unwrap().domains[0].moving_from_another_server);
}

#[test]
fn a_cut_over_may_wait() {
    let mut draft = draft();
    draft.domains[0].moving_from_another_server = true;
    let mut engine = Engine::new(draft);
    assert!(engine.go_to("cutover"));
    let mut wizard = returned(Beginning { engine, home: None, last_checks: None, apply: LastApply::None, fix: None });
    wizard.keys("Enter");
    assert_eq!(wizard.model.step().id, "clients", "{}", wizard.screen());
}

#[test]
fn a_session_that_drops_after_apply_goes_on_there_and_asks_no_passwords() {
    let mut draft = draft();
    let alice = draft.accounts[0].address.clone();
    draft.passwords.insert(alice, Password::Generated(mailwizard::spec::Secret::new("canary".into())));
    for (left_at, goes_on_at) in [("verify", "verify"), ("review", "accounts")] {
        let kept = steps::save(&draft, left_at).unwrap();
        assert!(!kept.contains("canary"));
        let (draft, step) = steps::load(&kept, facts()).unwrap();
        assert_eq!(Engine::resume(draft, &step).step().id, goes_on_at);
    }
}

/// What an apply told that was killed at its sixth step.
fn unseen(mut progress: Vec<Progress>) -> Wizard {
    progress.retain(|p| !matches!(p, Progress::Finished { .. }));
    let engine = at_step("apply").model.engine;
    returned(Beginning { engine, home: None, last_checks: None, apply: LastApply::Unseen(progress), fix: None })
}

#[test]
fn an_apply_that_was_killed_can_be_continued_undone_and_looked_at() {
    let mut wizard = unseen(fixture::half_way());
    let screen = wizard.screen();
    assert!(screen.contains("Stopped at step 6 of 10"), "{screen}");
    assert!(screen.contains("r continue   u undo   t transcript"), "{screen}");
    assert!(wizard.effects.iter().all(|e| !matches!(e, Effect::Apply(_))), "nothing is done by itself");

    wizard.keys("u");
    assert!(wizard.effects.iter().all(|e| !matches!(e, Effect::Undo)), "it is asked first");
    wizard.keys("t Esc r");
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::Apply(_))));
    assert!(wizard.effects.iter().all(|e| !matches!(e, Effect::Undo)));

    let mut wizard = unseen(fixture::half_way());
    wizard.keys("u u");
    assert!(wizard.effects.iter().any(|e| matches!(e, Effect::Undo)));
    assert!(wizard.screen().contains("Bringing back what was there before."), "{}", wizard.screen());
    let undone =
        Progress::Finished { well: true, operator_must_act: false, elapsed: None, message: "It is undone.".into() };
    wizard.send(Msg::Progress(vec![undone])).keys("Enter");
    assert_eq!(wizard.model.step().id, "review");
}

#[test]
fn an_apply_that_ended_while_nobody_looked_shows_how() {
    let engine = at_step("apply").model.engine;
    let told = fixture::half_way().into_iter().chain(fixture::finished()).collect();
    let mut wizard =
        returned(Beginning { engine, home: None, last_checks: None, apply: LastApply::Unseen(told), fix: None });
    assert_eq!(wizard.model.step().id, "apply");
    assert!(wizard.screen().contains("[ok]   All is set up."), "{}", wizard.screen());
    wizard.keys("Enter");
    assert_eq!(wizard.model.step().id, "verify");
}

#[test]
fn a_stop_is_asked_for_once_and_said() {
    let mut wizard = at_step("apply");
    wizard.send(Msg::Progress(fixture::half_way())).keys("c c");
    assert_eq!(wizard.effects.iter().filter(|e| matches!(e, Effect::StopApply)).count(), 1);
    assert!(wizard.screen().contains("It stops after the step that runs now"), "{}", wizard.screen());
}
