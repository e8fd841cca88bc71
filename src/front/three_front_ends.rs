//! The TUI, the plain lines and an answers file ask the same declarations, so they give an equal `Spec`.

use std::io::Cursor;
use std::path::Path;

use super::answers;
use super::exit::Failure;
use super::plain::Asker;
use super::plain::lines::Lines;
use super::plain::walk::{Onward, Pages, walk};
use crate::facts::{Addresses, Distribution, Facts};
use crate::host::FakeHost;
use crate::keys::csv_import::{self, ImportedAccount};
use crate::spec::{Secret, Spec};
use crate::steps::{Draft, Engine, Page, Value, assume};

fn facts() -> Facts {
    Facts {
        distribution: Distribution { id: "debian".into(), version: "13".into(), ..Distribution::default() },
        is_root: true,
        has_systemd: true,
        addresses: Addresses { egress_ipv4: "198.51.100.10".parse().ok(), ..Addresses::default() },
        ..Facts::default()
    }
}

fn fresh() -> Engine {
    Engine::new(Draft { facts: facts(), ..Draft::default() })
}

/// Nothing is there but the questions.
struct OnlyQuestions;

impl Pages for OnlyQuestions {
    fn look(&mut self, _: &mut dyn Asker, _: &mut Engine) -> Result<bool, Failure> {
        Ok(false)
    }
    fn page(&mut self, _: &mut dyn Asker, engine: &mut Engine) -> Result<Onward, Failure> {
        Ok(if engine.step().page == Page::Review { Onward::Leave } else { Onward::GoOn })
    }
    fn prepare(&mut self, _: &mut Engine) {}
    fn accounts_in(&self, _: &Path) -> Result<Vec<ImportedAccount>, String> {
        csv_import::parse(b"bob@example.net,,correct horse\n").map_err(|lines| lines[0].to_string())
    }
    fn keep(&mut self, _: &Engine) -> Result<(), Failure> {
        Ok(())
    }
}

/// What a full screen does: sets values field by field, takes suggestions, goes on.
fn by_values() -> Spec {
    let mut engine = fresh();
    let answers = [
        ("hostname", Value::Text("mail.example.org".into())),
        ("domains", Value::List(vec!["example.org".into(), "example.net".into()])),
        ("protection.greylisting", Value::YesNo(true)),
        ("domains.dmarc", Value::Choice("quarantine".into())),
        ("certificate.agree_to_terms", Value::YesNo(true)),
        ("accounts", Value::List(vec!["alice@example.org Alice Example".into(), "bob@example.net".into()])),
        (
            "accounts.password_file",
            Value::Passwords(vec![
                ("alice@example.org".into(), Some(Secret::new("correct horse battery".into()))),
                ("bob@example.net".into(), None),
            ]),
        ),
    ];
    loop {
        // An answer may open the question after it.
        for field in engine.step().fields {
            if !(field.shown)(&engine.draft) {
                continue;
            }
            let given = answers.iter().find(|(id, _)| *id == field.id).map(|(_, value)| value.clone());
            let value = given.unwrap_or_else(|| field.answer_or_suggestion(&engine.draft).0);
            if value != Value::Missing {
                engine.answer(field, value).unwrap();
            }
        }
        if engine.step().page == Page::Review {
            return engine.draft.spec().unwrap();
        }
        engine.go_on().unwrap();
    }
}

fn by_lines() -> (Spec, Draft) {
    let input = [
        "mail.example.org", // host name
        "example.net",      // one more domain beside the suggested one
        "",                 // end of the domains
        "3",                // change greylisting
        "yes",
        "4", // change the DMARC policy
        "2",
        "",    // go on
        "yes", // the terms
        "",    // go on
        "alice@example.org Alice Example",
        "bob@example.net",
        "",
        "correct horse battery",
        "correct horse battery",
        "", // bob's is made
        "", // reports go to the first account
        "", // the suggested aliases
        "", // end of the aliases
    ];
    let shown = tempfile::NamedTempFile::new().unwrap();
    let mut asker = Lines::new(Cursor::new(input.join("\n") + "\n"), shown.reopen().unwrap(), true);
    let mut engine = fresh();
    let done = walk(&mut asker, &mut engine, &mut OnlyQuestions).unwrap();
    let shown = std::io::read_to_string(shown.reopen().unwrap()).unwrap();
    assert!(!done);
    assert_eq!(engine.step().id, "review", "{shown}");
    assert!(!shown.contains('\x1b') && !shown.contains("battery"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 79), "{shown}");
    (engine.draft.spec().unwrap(), engine.draft)
}

fn by_file() -> (Spec, Draft) {
    let host = FakeHost::default();
    for (path, text) in [
        (
            "/root/answers.toml",
            r#"
            version = 1
            hostname = "mail.example.org"
            [protection]
            greylisting = true
            [certificate]
            agree_to_terms = true
            [[domains]]
            name = "example.org"
            dmarc = "quarantine"
            [[domains]]
            name = "example.net"
            dmarc = "quarantine"
            [[accounts]]
            address = "alice@example.org"
            name = "Alice Example"
            password_file = "alice.pw"
            [[accounts]]
            address = "bob@example.net"
            "#,
        ),
        ("/root/alice.pw", "correct horse battery\n"),
    ] {
        let content = text.as_bytes().to_vec();
        let file = crate::plan::ObservedFile { content, mode: 0o600, owner: "root".into(), group: "root".into() };
        host.machine().files.insert(path.into(), file);
    }
    let mut loaded = answers::load(&host, "/root/answers.toml".as_ref(), &mut Cursor::new("")).unwrap();
    assert_eq!(loaded.notes, Vec::<String>::new());
    assume(&mut loaded.draft, &loaded.given);
    let mut spec = loaded.draft.spec().unwrap();
    // Where the password is comes from the file only; accepting the wish drops it.
    spec.accounts.iter_mut().for_each(|a| a.password_file = None);
    (spec, loaded.draft)
}

#[test]
fn three_front_ends_give_an_equal_spec() {
    let values = by_values();
    let (lines, lines_draft) = by_lines();
    let (file, file_draft) = by_file();
    assert_eq!(lines, values);
    assert_eq!(file, values);
    assert_eq!(lines_draft.passwords, file_draft.passwords);
    assert_eq!(values.aliases.len(), 8);
}
