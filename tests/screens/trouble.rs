//! "Something is wrong": words, questions, the verdict and the fix, by keys.

use mailwizard::finding::{Area, CheckResult, Finding, FixKind};
use mailwizard::front::diagnosis::{Found, Waited};
use mailwizard::front::tui::model::{Choice, HubPage, MENU, MendState, Place, Stage, listed};
use mailwizard::front::tui::msg::{Effect, Leaving, Msg};
use mailwizard::front::tui::theme::Theme;
use mailwizard::front::tui::trouble::{Ask, Told};
use mailwizard::symptoms::{Concluded, Diagnosis, Evidence, Opening, ProposedFix, Repair, RuledOut};

use crate::driver::Wizard;
use crate::fixture::{self, at_step};
use crate::returning::home;

/// The page, opened from home.
fn opened() -> Wizard {
    let mut wizard = home(None);
    wizard.model.hub.choice = menu_line(&wizard, "Something is wrong ...");
    wizard.keys("Enter");
    assert_eq!(wizard.model.place, Place::Page(HubPage::Trouble));
    wizard.effects.clear();
    wizard
}

fn menu_line(wizard: &Wizard, title: &str) -> Choice {
    Choice::Entry(listed(&MENU, wizard.model.draft()).position(|entry| entry.title == title).unwrap())
}

fn tell(wizard: &mut Wizard, told: Told) {
    let run = wizard.model.trouble.run;
    wizard.send(Msg::Trouble { run, told });
}

fn glanced(wizard: &mut Wizard) {
    let trail = vec!["4211 log lines read, 3 kinds of known lines".to_owned()];
    tell(wizard, Told::Glanced(Ok((Box::<Evidence>::default(), trail))));
}

fn asked(wizard: &Wizard) -> &Ask {
    match wizard.effects.last() {
        Some(Effect::Trouble { ask, .. }) => ask,
        _ => panic!("nothing was asked of the runner"),
    }
}

fn result(id: &str, area: Area, finding: Finding) -> CheckResult {
    let mut result = fixture::results().into_iter().next().unwrap();
    (result.id, result.area, result.subject, result.finding) = (id.into(), area, "example.org".into(), finding);
    result
}

fn results() -> Vec<CheckResult> {
    vec![
        result("dkim-record", Area::Dkim, Finding::pass("the published key is ours")),
        result("dns-ptr-v4", Area::Dns, Finding::pass("mail.example.org")),
        result("dns-ptr-v6", Area::Dns, Finding::pass("mail.example.org")),
        result("spf-our-ips", Area::Spf, Finding::fail("softfail for 2001:db8:100::10", "pass")),
    ]
}

fn spf() -> Concluded {
    Concluded {
        id: "spf-wrong".into(),
        title: "The SPF record does not allow this server to send.".into(),
        evidence: vec![
            "spf-our-ips, example.org: softfail for 2001:db8:100::10; wanted: pass".into(),
            "the other side said: 550-5.7.26 SPF [example.org] with ip: [2001:db8:100::10] = did not pass".into(),
        ],
        checks: vec!["spf-our-ips".into()],
        fix: ProposedFix {
            kind: FixKind::Instructions,
            text: "Change the TXT record of example.org to\n  v=spf1 mx ip4:198.51.100.10 ~all".into(),
            applied: false,
            proved: false,
        },
        ..Concluded::default()
    }
}

fn rspamd() -> Concluded {
    Concluded {
        id: "rspamd-down".into(),
        title: "Rspamd does not run.".into(),
        evidence: vec!["service-running, rspamd.service: inactive; wanted: active".into()],
        checks: vec!["service-running".into()],
        fix: ProposedFix {
            kind: FixKind::Automatic,
            text: "systemctl restart rspamd".into(),
            applied: false,
            proved: false,
        },
        repair: Some(Repair::Restart("rspamd".into())),
        ..Concluded::default()
    }
}

fn found(causes: Vec<Concluded>) -> Told {
    let ruled_out = ["dkim-record-missing", "no-reverse-dns"]
        .map(|id| RuledOut { id: id.into(), why: "its check passed".into() })
        .to_vec();
    let remaining = match causes.is_empty() {
        true => vec!["the records may be new: others keep the old answer for the TTL".to_owned()],
        false => Vec::new(),
    };
    let diagnosis = Diagnosis { causes, ruled_out, remaining };
    Told::Found(Ok(Box::new(Found { diagnosis, results: results(), ..Found::default() })))
}

/// The verdict on these words.
fn verdict(words: &str, causes: Vec<Concluded>) -> Wizard {
    let mut wizard = opened();
    wizard.keys(words).keys("Enter");
    glanced(&mut wizard);
    tell(&mut wizard, found(causes));
    let screen = wizard.screen();
    assert_eq!(wizard.model.trouble.stage, Stage::Verdict, "{screen}");
    wizard
}

fn snapshot(name: &str, mut wizard: Wizard) {
    for (set, ascii) in [("unicode", false), ("ascii", true)] {
        wizard.model.theme = Theme::new(true, ascii);
        for (width, height) in [(80, 24), (60, 16), (120, 40)] {
            let screen = wizard.at(width, height);
            assert!(!ascii || screen.is_ascii(), "{name} at {width}x{height}:\n{screen}");
            insta::assert_snapshot!(format!("{name}_{width}x{height}_{set}"), screen);
        }
    }
}

#[test]
fn while_words_are_typed_three_symptoms_fit_and_it_says_why() {
    let mut wizard = opened();
    wizard.keys("gmail").keys("Space").keys("rejects").keys("Space").keys("my").keys("Space").keys("mail");
    let screen = wizard.screen();
    assert!(screen.contains("Gmail, Outlook or Yahoo say that mail is not authenticated"), "{screen}");
    assert!(screen.contains("\"gmail rejects my mail\""), "{screen}");
    assert!(wizard.effects.is_empty(), "typing looks at nothing");
    snapshot("17_trouble_words", wizard);
}

#[test]
fn words_are_looked_for_and_one_of_the_matches_can_be_chosen_instead() {
    let mut wizard = opened();
    wizard.keys("certificate").keys("Space").keys("expired").keys("Enter");
    let words = |ask: &Ask| match ask {
        Ask::Glance { interview, .. } => format!("{:?}", interview.opening()),
        _ => panic!("no look"),
    };
    assert_eq!(words(asked(&wizard)), "Words(\"certificate expired\")");
    wizard.keys("Esc");
    assert!(wizard.screen().contains("certificate expired"), "the words are not lost:\n{}", wizard.screen());
    wizard.keys("Down Enter");
    assert!(
        matches!(asked(&wizard), Ask::Glance { interview, .. } if matches!(interview.opening(), Opening::Symptom(_)))
    );
}

#[test]
fn a_pasted_bounce_of_many_lines_is_read_at_once() {
    let mut wizard = opened();
    let bounce =
        "550-5.7.25 [192.0.2.1] The IP address sending this message does not have a\r550-5.7.25 PTR record setup\r";
    wizard.send(Msg::Paste(bounce.into()));
    let screen = wizard.screen().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("Pasted") && screen.contains("does not have a"), "{screen}");
    assert!(screen.contains("Enter looks for what it says."), "{screen}");
    wizard.keys("Enter");
    assert!(matches!(asked(&wizard), Ask::Glance { pasted: Some(pasted), .. } if pasted.text.lines().count() == 2));
    wizard.keys("Esc Del");
    assert!(!wizard.screen().contains("Pasted"), "{}", wizard.screen());
}

#[test]
fn pasted_headers_say_what_the_receiver_found() {
    let mut wizard = opened();
    let headers = "Authentication-Results: mx.google.com;\n  dkim=pass header.i=@example.org;\n  spf=softfail smtp.mailfrom=a@example.org\nSubject: \u{1b}[2Jx\n";
    wizard.send(Msg::Paste(headers.into()));
    assert!(wizard.screen().contains("the receiver found dkim=pass, spf=softfail"), "{}", wizard.screen());
}

#[test]
fn who_says_nothing_is_asked_one_question_at_a_time_and_goes_back_without_loss() {
    let mut wizard = opened();
    wizard.keys("Enter");
    glanced(&mut wizard);
    assert!(wizard.screen().contains("Where does it hurt? (1 of at most 3)"), "{}", wizard.screen());
    wizard.keys("Down Enter");
    let screen = wizard.screen();
    assert!(screen.contains("What happens to mail to us? (2 of at most 3)"), "{screen}");
    assert!(screen.contains("Answered") && screen.contains("Mail to us does not arrive"), "{screen}");
    wizard.keys("Down Down Enter");
    let screen = wizard.screen();
    assert_eq!(wizard.model.trouble.stage, Stage::Checking, "{screen}");
    assert!(matches!(asked(&wizard), Ask::Conclude(_)));
    wizard.keys("Esc");
    let screen = wizard.screen();
    assert!(screen.contains("> Nobody gets an error, and nothing comes"), "the answer is offered again:\n{screen}");
    wizard.keys("Esc");
    assert!(wizard.screen().contains("> Mail to us does not arrive"), "{}", wizard.screen());
    wizard.keys("Esc");
    assert_eq!(wizard.model.trouble.stage, Stage::Words);
    wizard.keys("Esc");
    assert_eq!(wizard.model.place, Place::Hub);
}

#[test]
fn a_question() {
    let mut wizard = opened();
    wizard.keys("Enter");
    glanced(&mut wizard);
    wizard.keys("Enter");
    snapshot("18_trouble_question", wizard);
}

#[test]
fn checks_appear_as_they_answer() {
    let mut wizard = opened();
    wizard.keys("gmail").keys("Space").keys("says").keys("Space").keys("unauthenticated").keys("Enter");
    glanced(&mut wizard);
    for result in results() {
        tell(&mut wizard, Told::Checked(Box::new(result)));
    }
    let screen = wizard.screen();
    assert!(screen.contains("[ok]   dns-ptr-v4") && screen.contains("[FAIL] spf-our-ips"), "{screen}");
    snapshot("19_trouble_checking", wizard);
}

#[test]
fn the_verdict() {
    let mut wizard = verdict("unauthenticated", vec![spf()]);
    let screen = wizard.screen();
    for part in ["Cause", "Evidence", "Ruled out", "Fix ", "v=spf1 mx ip4", "c copy", "w wait for DNS", "t transcripts"]
    {
        assert!(screen.contains(part), "{part}:\n{screen}");
    }
    assert!(!screen.contains("f fix"), "only the operator can do it:\n{screen}");
    wizard.keys("c");
    assert!(
        matches!(wizard.effects.last(), Some(Effect::Copy(text)) if text.contains("v=spf1 mx ip4:198.51.100.10 ~all"))
    );
    wizard.keys("t");
    assert!(wizard.at(80, 60).contains("ruled out no-reverse-dns"), "{}", wizard.at(80, 60));
    wizard.keys("Esc");
    snapshot("20_trouble_verdict", wizard);
}

#[test]
fn nothing_found_says_what_remains() {
    let mut wizard = verdict("unauthenticated", Vec::new());
    let screen = wizard.screen();
    assert!(screen.contains("Nothing wrong was found here. What remains:"), "{screen}");
    assert!(screen.contains("others keep the old answer"), "{screen}");
    assert!(!screen.contains("wait for DNS") && !screen.contains("copy"), "{screen}");
    snapshot("21_trouble_nothing", wizard);
}

#[test]
fn records_are_waited_for_until_they_are_there_then_it_looks_again() {
    let mut wizard = verdict("unauthenticated", vec![spf()]);
    wizard.keys("w");
    assert!(matches!(asked(&wizard), Ask::Wait(cause) if cause.id == "spf-wrong"));
    tell(&mut wizard, Told::Waited("14:03:20".into(), Waited::NotYet("example.org: softfail".into())));
    assert!(wizard.screen().contains("looked at 14:03:20: example.org: softfail"), "{}", wizard.screen());
    tell(&mut wizard, Told::Waited("14:03:25".into(), Waited::There));
    assert!(matches!(asked(&wizard), Ask::Glance { .. }));
    assert!(wizard.screen().contains("It is there."), "{}", wizard.screen());
    glanced(&mut wizard);
    tell(&mut wizard, found(Vec::new()));
    assert!(wizard.screen().contains("Nothing wrong was found here"), "{}", wizard.screen());
}

#[test]
fn waiting_ends_when_the_operator_goes_on() {
    let mut wizard = verdict("unauthenticated", vec![spf()]);
    wizard.keys("w w");
    assert!(matches!(asked(&wizard), Ask::Stop));
    assert_eq!(wizard.model.trouble.waiting, None);
    let run = wizard.model.trouble.run;
    wizard.send(Msg::Trouble { run: run - 1, told: Told::Waited("14:03:20".into(), Waited::There) });
    assert_eq!(wizard.model.trouble.stage, Stage::Verdict, "what was asked before is dropped");
}

#[test]
fn a_fix_is_shown_carried_out_and_proved() {
    let mut wizard = verdict("rspamd", vec![rspamd()]);
    assert!(wizard.screen().contains("f fix it"), "{}", wizard.screen());
    wizard.effects.clear();
    wizard.keys("f");
    assert!(wizard.effects.is_empty(), "nothing is done before it was seen");
    let screen = wizard.screen();
    assert!(screen.contains("systemctl restart rspamd") && screen.contains("a apply"), "{screen}");
    wizard.keys("a");
    assert!(matches!(asked(&wizard), Ask::Mend(cause) if cause.id == "rspamd-down"));
    tell(&mut wizard, Told::Line("[ok]   systemctl restart rspamd".into()));
    wizard.keys("Esc");
    assert_eq!(wizard.model.trouble.stage, Stage::Mending, "a fix that runs is not left");
    let mut mended = rspamd();
    (mended.fix.applied, mended.fix.proved) = (true, true);
    tell(&mut wizard, Told::Mended(Ok(Box::new(mended))));
    let screen = wizard.screen();
    assert!(screen.contains("Mended, and proved by the checks that failed."), "{screen}");
    snapshot("22_trouble_mended", wizard);
}

#[test]
fn a_fix_by_apply_shows_its_differences_and_can_be_taken_back() {
    let mut wizard = opened();
    wizard.keys("x").keys("Enter");
    glanced(&mut wizard);
    while matches!(wizard.model.trouble.stage, Stage::Asking(_)) {
        wizard.keys("Enter");
    }
    let cause = Concluded { repair: Some(Repair::Apply), ..rspamd() };
    let Told::Found(Ok(mut verdict)) = found(vec![cause.clone()]) else { panic!() };
    verdict.planned = vec!["write /etc/rspamd/actions.conf".into(), "  -reject = 1".into(), "  +reject = 15".into()];
    tell(&mut wizard, Told::Found(Ok(verdict)));
    wizard.keys("f");
    let screen = wizard.screen();
    assert!(screen.contains("+reject = 15") && screen.contains("/etc/rspamd/actions.conf"), "{screen}");
    wizard.keys("a");
    let mut mended = cause;
    mended.fix.applied = true;
    tell(&mut wizard, Told::Mended(Ok(Box::new(mended))));
    assert!(wizard.screen().contains("not all checks pass yet"), "{}", wizard.screen());
    wizard.keys("u");
    assert!(matches!(asked(&wizard), Ask::Undo));
    tell(&mut wizard, Told::Undone(Ok(())));
    assert_eq!(wizard.model.trouble.mending.state, MendState::Undone);
}

#[test]
fn everything_is_in_the_list_by_where_it_hurts() {
    let mut wizard = opened();
    wizard.keys("F2");
    let screen = wizard.screen();
    assert!(
        screen.contains("> Look for everything") && screen.contains("Mail that we send does not get there"),
        "{screen}"
    );
    wizard.keys("End Enter");
    assert!(
        matches!(asked(&wizard), Ask::Glance { interview, .. } if matches!(interview.opening(), Opening::Symptom(_)))
    );
    wizard.keys("Esc F2 Enter");
    assert!(
        matches!(asked(&wizard), Ask::Glance { interview, .. } if matches!(interview.opening(), Opening::Everything))
    );
}

#[test]
fn a_check_that_is_not_well_says_why_and_leads_back_to_it() {
    for from in ["walk", "home"] {
        let mut wizard = if from == "walk" { at_step("verify") } else { home(None) };
        if from == "home" {
            wizard.model.hub.choice = menu_line(&wizard, "Check everything again");
            wizard.keys("Enter");
        }
        for result in fixture::results() {
            wizard.send(Msg::Checked(Box::new(result)));
        }
        wizard.send(Msg::ChecksDone(Ok("14:12:41".into())));
        assert!(wizard.at(100, 24).contains("w why?"), "{}", wizard.at(100, 24));
        wizard.keys("w");
        assert!(
            matches!(asked(&wizard), Ask::Glance { interview, .. } if matches!(interview.opening(), Opening::Check(id) if id == "dns-ptr-v4"))
        );
        glanced(&mut wizard);
        tell(&mut wizard, found(vec![spf()]));
        wizard.keys("Esc");
        assert_eq!(wizard.model.step().id, "verify");
        assert_ne!(wizard.model.place, Place::Page(HubPage::Trouble), "{from}");
        wizard.keys("C-c");
        let kept = wizard.effects.iter().any(|e| matches!(e, Effect::Save(_)));
        assert_eq!(kept, from == "walk", "the answers of a walk are kept");
    }
}

#[test]
fn opened_by_itself_it_is_left_without_a_farewell() {
    let mut wizard = fixture::begun();
    wizard.model.place = Place::Page(HubPage::Trouble);
    wizard.keys("Esc");
    assert!(matches!(wizard.effects.last(), Some(Effect::Quit(Leaving::Done))));
}

#[test]
fn hostile_text_is_shown_as_text() {
    let mut wizard = opened();
    wizard.send(Msg::Paste("\u{1b}]0;owned\u{7}\nline \u{202e}two\n".into()));
    let mut cause = spf();
    cause.title = "a\u{1b}[2Jb".into();
    cause.fix.text = "x\u{7}y".into();
    wizard.keys("unauthenticated").keys("Enter");
    glanced(&mut wizard);
    tell(&mut wizard, found(vec![cause]));
    let screen = wizard.screen();
    assert!(!screen.chars().any(|c| c.is_control() && c != '\n') && !screen.contains('\u{202e}'), "{screen:?}");
}
