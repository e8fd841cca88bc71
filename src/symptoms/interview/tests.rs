//! Which questions are asked given which facts, and that they lead where they should.

use jiff::tz::TimeZone;

use super::*;
use crate::symptoms::Look;
use crate::symptoms::bounce::Bounce;
use crate::symptoms::log::{Clock, Scan};

fn given(question: &Question, value: &str) -> Answer {
    assert!(question.answers.is_empty() || question.answers.iter().any(|c| c.value == value), "{question:?}: {value}");
    Answer::Given(value.to_owned())
}

/// What somebody answers who suffers from this symptom and has no error text.
fn truthful(question: &Question, id: &str) -> Answer {
    if question.answers.is_empty() {
        return Answer::Skipped;
    }
    let names = |choice: &&Choice| named(question, choice.value).contains(&id);
    question.answers.iter().find(names).map_or(Answer::Skipped, |choice| Answer::Given(choice.value.to_owned()))
}

/// The ids of the questions that are asked of somebody with this symptom, and the interview after them.
fn asked(mut interview: Interview, evidence: &Evidence, id: &str) -> (Vec<&'static str>, Interview) {
    let mut ids = Vec::new();
    while let Some(question) = interview.next(evidence) {
        ids.push(question.id);
        let answer = truthful(&question, id);
        interview.answer(question, answer).unwrap();
    }
    (ids, interview)
}

fn log(lines: &str) -> Evidence {
    let clock = Clock::new("2026-01-05T12:00:00Z".parse().unwrap(), &TimeZone::UTC);
    let mut scan = Scan::new(clock, None);
    lines.lines().for_each(|line| scan.line(line));
    Evidence { log: Some(scan), ..Evidence::default() }
}

const TWO_PEOPLE: &str = "Jan  5 11:50:12 m dovecot: auth: passwd-file(alice@example.lab,192.0.2.1): Password mismatch\n\
                          Jan  5 11:51:12 m dovecot: auth: passwd-file(bob@example.lab,192.0.2.1): Password mismatch\n";

#[test]
fn who_says_nothing_is_led_to_every_symptom_by_three_questions() {
    let mut wrong = Vec::new();
    for symptom in symptoms() {
        let (ids, interview) = asked(Interview::new(Opening::Words(String::new())), &Evidence::default(), &symptom.id);
        let left = interview.symptoms(&Evidence::default());
        if ids.len() > MOST || ids.first() != Some(&"where") || !left.iter().any(|s| s.id == symptom.id) {
            let left: Vec<&str> = left.iter().map(|s| s.id.as_str()).collect();
            wrong.push(format!("{}: {ids:?} left {left:?}", symptom.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words, facts, and the questions that are asked of somebody who means the symptom.
#[test]
fn questions_by_facts() {
    let nothing = Evidence::default;
    let refused = || Evidence {
        bounce: Bounce::read(
            b"550-5.7.25 [192.0.2.1] The IP address sending this message does not have a\n550-5.7.25 PTR record setup",
        ),
        ..Evidence::default()
    };
    let headers = || Evidence {
        bounce: Bounce::read(b"Authentication-Results: mx.google.com; spf=softfail smtp.mailfrom=a@example.lab"),
        ..Evidence::default()
    };
    let banned = || Evidence {
        looks: vec![Look { id: "banned", line: "fail2ban shuts out 192.0.2.7, 192.0.2.8".into() }],
        ..Evidence::default()
    };
    let table: [(&str, Evidence, &str, &[&str]); 13] = [
        // Clear words: the checks say the rest.
        ("gmail says unauthenticated", nothing(), "unauthenticated", &[]),
        ("my phone can't connect", nothing(), "client-cannot-connect", &[]),
        ("certificate expired", nothing(), "certificate-expired", &[]),
        // No words, or words that say nothing: where, how, then what helps most.
        ("", nothing(), "unauthenticated", &["where", "how-out", "error-text"]),
        ("", nothing(), "outgoing-blocked", &["where", "how-out", "which"]),
        ("", nothing(), "lands-in-spam", &["where", "how-out"]),
        ("", nothing(), "password-refused", &["where", "how-client"]),
        // A bounce that says the reason leaves nothing to ask.
        ("gmail rejects my mail", refused(), "no-reverse-dns", &[]),
        ("", refused(), "no-reverse-dns", &[]),
        ("", headers(), "unauthenticated", &[]),
        // The log has such lines of two people: whose is meant only the operator knows.
        ("the password is right but login fails", log(TWO_PEOPLE), "password-refused", &["who"]),
        ("the password of alice@example.lab is right but login fails", log(TWO_PEOPLE), "password-refused", &[]),
        // Somebody is shut out, maybe somebody else.
        ("I can reach the server from work but not from home", banned(), "banned-from-home", &["from-where"]),
    ];
    for (said, evidence, id, expected) in table {
        let evidence = Evidence { said: said.into(), ..evidence };
        let (ids, interview) = asked(Interview::new(Opening::Words(said.into())), &evidence, id);
        assert_eq!(ids, expected, "'{said}'");
        let left = interview.symptoms(&evidence);
        assert!(left.iter().any(|s| s.id == id), "'{said}': {:?}", left.iter().map(|s| &s.id).collect::<Vec<_>>());
    }
}

#[test]
fn a_symptom_in_its_own_words_needs_no_question() {
    for symptom in symptoms() {
        let (ids, _) = asked(Interview::new(Opening::Words(symptom.title.clone())), &Evidence::default(), &symptom.id);
        assert_eq!(ids, [""; 0], "{}", symptom.title);
        let (ids, interview) = asked(Interview::new(Opening::Symptom(symptom)), &Evidence::default(), &symptom.id);
        assert!(ids.is_empty());
        assert_eq!(interview.symptoms(&Evidence::default()).len(), 1);
    }
}

#[test]
fn one_person_in_the_log_is_not_asked_for() {
    let one = TWO_PEOPLE.lines().next().unwrap();
    let interview = Interview::new(Opening::Words("the password is right but login fails".into()));
    assert_eq!(interview.next(&log(one)), None);
    assert_eq!(interview.next(&log(TWO_PEOPLE)).map(|q| q.id), Some("who"));
}

#[test]
fn back_loses_nothing() {
    let evidence = Evidence::default();
    let mut interview = Interview::new(Opening::Words(String::new()));
    let first = interview.next(&evidence).unwrap();
    interview.answer(first.clone(), given(&first, "out")).unwrap();
    let second = interview.next(&evidence).unwrap();
    interview.answer(second.clone(), given(&second, "stuck")).unwrap();
    let left = |interview: &Interview| interview.symptoms(&evidence).iter().map(|s| s.id.clone()).collect::<Vec<_>>();
    let before = left(&interview);
    assert_eq!(interview.back().map(|q| q.id), Some("how-out"));
    assert_eq!(interview.back().map(|q| q.id), Some("where"));
    assert_eq!(interview.back(), None);
    assert_eq!(interview.remembered(&first), Some(&Answer::Given("out".into())));
    for question in [first, second] {
        let again = interview.remembered(&question).unwrap().clone();
        assert_eq!(interview.next(&evidence).as_ref(), Some(&question));
        interview.answer(question, again).unwrap();
    }
    assert_eq!(left(&interview), before);
}

#[test]
fn answers_that_are_none_get_one_sentence() {
    let evidence = Evidence::default();
    let mut interview = Interview::new(Opening::Words(String::new()));
    let question = interview.next(&evidence).unwrap();
    let refused = interview.answer(question, Answer::Given("sideways".into())).unwrap_err();
    assert_eq!(refused, "'sideways' is no answer to 'Where does it hurt?'. It is one of out, in, client, setup.");
    let refused = interview.answer(question::from_where(), Answer::Given("home".into())).unwrap_err();
    assert!(refused.contains("'home' is not an IP address"), "{refused}");
    let refused = interview.answer(question::who(), Answer::Given("alice".into())).unwrap_err();
    assert!(refused.contains("'alice' is not an address"), "{refused}");
    assert!(interview.answers().is_empty());
}

#[test]
fn the_trail_says_what_was_said_asked_and_left() {
    let evidence = Evidence::default();
    let mut interview = Interview::new(Opening::Words(String::new()));
    for value in ["out", "spam-folder"] {
        let question = interview.next(&evidence).unwrap();
        let answer = given(&question, value);
        interview.answer(question, answer).unwrap();
    }
    let trail = interview.trail(&evidence);
    assert_eq!(trail[0], "Where does it hurt? Mail that we send does not get there");
    assert_eq!(trail[1], "What happens to the mail that you send? It arrives, but in the spam folder");
    assert!(trail[2].contains("symptoms are left: "), "{trail:?}");
    let words = Interview::new(Opening::Words("gmail says unauthenticated".into()));
    assert!(words.trail(&evidence)[0].contains("(\"gmail says unauthenticated\")"), "{:?}", words.trail(&evidence));
}

#[test]
fn every_symptom_is_named_by_an_answer_that_follows_its_direction() {
    let wrong: Vec<&String> = symptoms()
        .iter()
        .filter(|s| {
            let (ids, _) = asked(Interview::new(Opening::Words(String::new())), &Evidence::default(), &s.id);
            !ids.iter().any(|id| id.starts_with("how-"))
        })
        .map(|s| &s.id)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
