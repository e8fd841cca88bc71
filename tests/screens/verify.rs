//! The Verify page: what is well is folded, what is not comes first with all there is to say, and what can be mended is.

use mailwizard::finding::{Area, Finding, Outcome};
use mailwizard::front::tui::msg::{Effect, Msg};
use mailwizard::spec::ResolverMode;

use crate::driver::Wizard;
use crate::fixture::{self, at_step};

fn verified(change: impl Fn(&mut mailwizard::finding::CheckResult)) -> Wizard {
    let mut wizard = at_step("verify");
    for mut result in fixture::results() {
        change(&mut result);
        wizard.send(Msg::Checked(Box::new(result)));
    }
    wizard.send(Msg::ChecksDone(Ok("14:12:41".into())));
    wizard
}

/// The clock's check finds that a resolver must be changed: a fix that needs another answer.
fn with_automatic_fix() -> Wizard {
    verified(|result| {
        if result.id == "host-clock" {
            result.finding = Finding::warn("a public resolver", "our own").automatic_once("resolver.mode", "unbound");
        }
        if result.id.starts_with("dns") {
            result.finding = Finding::pass("as it should be");
        }
    })
}

#[test]
fn when_all_is_well_each_area_is_one_line() {
    let mut wizard = verified(|result| result.finding.outcome = Outcome::Pass);
    let screen = wizard.screen();
    assert!(screen.contains("All is well"), "{screen}");
    let areas = Area::ALL.iter().filter(|a| screen.contains(&format!("[ok]   {a} "))).count();
    assert_eq!(areas, 8, "{screen}");
    assert!(!screen.contains("host-clock"), "{screen}");
    wizard.keys("Space");
    assert!(wizard.screen().contains("host-clock"), "{}", wizard.screen());
}

#[test]
fn the_first_failure_is_selected_with_found_expected_why_and_fix() {
    let screen = verified(|_| {}).screen();
    assert!(screen.contains("> [FAIL] dns-ptr-v4"), "{screen}");
    for part in
        ["found     198-51", "expected  mail.example.org", "why       It matters. (RFC 5321)", "fix       Ask your"]
    {
        assert!(screen.contains(part), "{part}:\n{screen}");
    }
    assert!(!screen.contains("f fix it"), "the hoster must do it:\n{screen}");
}

#[test]
fn one_check_runs_again_and_keeps_what_it_said_until_it_says_something_else() {
    let mut wizard = verified(|_| {});
    wizard.keys("r");
    assert!(matches!(wizard.effects.last(), Some(Effect::Check { only: Some(id), .. }) if id == "dns-ptr-v4"));
    assert!(wizard.screen().contains("[....] dns-ptr-v4"), "{}", wizard.screen());
    let mut result = fixture::results().into_iter().find(|r| r.id == "dns-ptr-v4").unwrap();
    result.finding = Finding::pass("mail.example.org");
    wizard.send(Msg::Checked(Box::new(result))).send(Msg::ChecksDone(Ok("14:13:02".into())));
    let screen = wizard.screen();
    assert!(screen.contains("1 warned, 1 unknown, 9 ok") && !screen.contains("dns-ptr-v4"), "{screen}");
}

#[test]
fn an_automatic_fix_is_a_plan_that_is_reviewed_first() {
    let mut wizard = with_automatic_fix();
    wizard.model.engine.draft.resolver.mode = ResolverMode::Keep;
    assert!(wizard.screen().contains("f fix it"), "{}", wizard.screen());
    wizard.effects.clear();
    wizard.keys("f");
    assert_eq!(wizard.model.step().id, "review");
    assert_eq!(wizard.model.draft().resolver.mode, ResolverMode::Unbound);
    assert!(wizard.effects.iter().all(|e| !matches!(e, Effect::Apply(_))), "nothing is done before it was seen");
    wizard.send(Msg::Planned(Ok(Box::new(fixture::planned()))));
    let screen = wizard.at(80, 40);
    assert!(screen.contains("This mends host-clock; Verify tries everything again after it."), "{screen}");

    wizard.keys("Esc");
    assert_eq!(wizard.model.step().id, "verify");
    assert_eq!(wizard.model.draft().resolver.mode, ResolverMode::Keep, "a fix that is left changes nothing");
}
