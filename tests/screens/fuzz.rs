//! Random keys and messages never panic, and never lose an answer that was accepted.

use mailwizard::front::tui::msg::Msg;
use proptest::prelude::*;

use crate::driver::{Wizard, named};
use crate::fixture::{self, at_step, begun};

/// Something that happens. `Msg` itself has no `Debug`: it may hold keys of a password.
#[derive(Debug, Clone)]
enum Happening {
    Key(&'static str),
    Text(String),
    Paste(String),
    Size(u16, u16),
    Pause,
    Records,
    Planned,
    Progress,
    Results,
    Draw,
}

fn happening() -> impl Strategy<Value = Happening> {
    const KEYS: [&str; 21] = [
        "Enter", "Esc", "Tab", "S-Tab", "Up", "Down", "Left", "Right", "PgDn", "PgUp", "Home", "End", "Del", "BS",
        "Space", "F1", "F2", "F3", "F4", "C-u", "C-l",
    ];
    prop_oneof![
        8 => prop::sample::select(KEYS.to_vec()).prop_map(Happening::Key),
        4 => "[a-zA-Z0-9@._ /ä日-]{1,12}".prop_map(Happening::Text),
        1 => "\\PC{0,40}".prop_map(Happening::Paste),
        1 => (1u16..130, 1u16..50).prop_map(|(w, h)| Happening::Size(w, h)),
        2 => Just(Happening::Pause),
        1 => Just(Happening::Records),
        1 => Just(Happening::Planned),
        1 => Just(Happening::Progress),
        1 => Just(Happening::Results),
        2 => Just(Happening::Draw),
    ]
}

fn happen(wizard: &mut Wizard, what: Happening) {
    match what {
        Happening::Key(name) => drop(named(name).map(|key| wizard.send(Msg::Key(key)).model.size)),
        Happening::Text(text) => drop(wizard.keys(&text).model.size),
        Happening::Paste(text) => drop(wizard.send(Msg::Paste(text)).model.size),
        Happening::Size(width, height) => drop(wizard.at(width, height)),
        Happening::Pause => {
            let generation = wizard.model.live.generation;
            wizard.send(Msg::TypingPaused(generation)).send(Msg::LiveDone(generation));
        }
        Happening::Records => {
            wizard.send(Msg::Records(Ok(fixture::records()))).send(Msg::Looked("14:03:20".into()));
        }
        Happening::Planned => drop(wizard.send(Msg::Planned(Ok(Box::new(fixture::planned())))).model.size),
        Happening::Progress => {
            wizard.send(Msg::Progress(fixture::half_way())).send(Msg::Progress(fixture::finished()));
        }
        Happening::Results => {
            for result in fixture::results() {
                wizard.send(Msg::Checked(Box::new(result)));
            }
            wizard.send(Msg::ChecksDone(Ok("14:12:41".into()))).send(Msg::Sheets(Ok(fixture::sheets())));
        }
        Happening::Draw => drop(wizard.screen()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(start in 0usize..5, all in prop::collection::vec(happening(), 1..120)) {
        let mut wizard = match start {
            0 => begun(),
            1 => at_step("hostname"),
            2 => at_step("accounts"),
            3 => fixture::dns_page(),
            _ => at_step("verify"),
        };
        for what in all {
            happen(&mut wizard, what);
        }
        wizard.screen();
    }

    #[test]
    fn walking_and_looking_never_lose_an_answer(
        keys in prop::collection::vec(
            prop::sample::select(vec!["Enter", "Esc", "Tab", "S-Tab", "F1", "F3", "F4", "PgDn", "PgUp", "C-l"]),
            1..80,
        ),
    ) {
        let mut wizard = at_step("accounts");
        wizard.keys("alice@example.org Alice Enter");
        let before = wizard.model.draft().clone();
        for key in keys {
            wizard.keys(key);
            let now = wizard.model.draft();
            prop_assert_eq!(&now.hostname, &before.hostname);
            prop_assert_eq!(&now.domains, &before.domains);
            prop_assert_eq!(&now.accounts, &before.accounts);
            prop_assert_eq!(&now.certificate, &before.certificate);
            prop_assert_eq!(&now.protection, &before.protection);
        }
    }
}
