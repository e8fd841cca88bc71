//! Terminals of every size.

use mailwizard::front::tui::msg::Msg;

use crate::fixture::{self, at_step, begun};
use crate::{dkim, home};

#[test]
fn a_terminal_that_is_too_small_says_so_and_what_to_do() {
    let screen = begun().at(40, 10);
    insta::assert_snapshot!("15_too_small_40x10", screen);
}

#[test]
fn no_size_is_too_odd_to_draw() {
    let mut verify = at_step("verify");
    fixture::results().into_iter().for_each(|r| {
        verify.send(Msg::Checked(Box::new(r)));
    });
    let mut clients = at_step("clients");
    clients.send(Msg::Sheets(Ok(fixture::sheets())));
    let mut review = at_step("review");
    review.send(Msg::Planned(Ok(Box::new(fixture::planned()))));
    let pages = [
        begun(),
        at_step("hostname"),
        at_step("accounts"),
        fixture::dns_page(),
        home::troubled(),
        home::history(),
        home::timers(),
        dkim::dkim(),
        review,
        at_step("apply"),
        verify,
        clients,
    ];
    for mut wizard in pages {
        for (width, height) in [
            (1, 1),
            (2, 30),
            (300, 1),
            (59, 15),
            (60, 16),
            (61, 17),
            (79, 24),
            (80, 23),
            (200, 60),
            (500, 200),
            (60, 200),
        ] {
            let screen = wizard.at(width, height);
            assert_eq!(screen.lines().count(), usize::from(height));
            wizard.keys("PgDn Down F1");
            wizard.at(width, height);
            wizard.keys("Esc");
        }
    }
}

#[test]
fn the_focus_is_in_sight_on_every_line_of_a_long_page() {
    let mut wizard = at_step("accounts");
    for i in 0..12 {
        wizard.keys(&format!("user{i}@example.org Enter"));
    }
    for (width, height) in [(80, 24), (60, 16)] {
        for key in ["Up"; 40].iter().chain(&["Tab"; 40]) {
            let screen = wizard.at(width, height);
            assert_eq!(screen.matches(" > ").count(), 1, "{screen}");
            wizard.keys(key);
        }
    }
}
