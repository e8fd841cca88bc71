//! Home on a server that is set up: it opens there, and is silent once all is known.

use crate::session::Session;

const WISH: &str = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n[certificate]\n\
                    method = \"self-signed\"\n[[accounts]]\naddress = \"alice@example.org\"\n";

#[test]
fn it_opens_at_home_and_q_leaves() {
    let Some(mut session) = Session::start(&[("WISH", WISH)]) else { return };
    session.until("home", |screen| screen.contents().contains("Needs you"));
    let first = session.screen().contents();
    assert!(!first.contains("Welcome"), "no question is on it:\n{first}");
    session.until("what is served", |screen| screen.contents().contains("mail.example.org"));
    session.keys("q");
    session.ended();
    session.assert_given_back();
}

#[test]
fn home_is_silent_once_all_is_known() {
    let Some(mut session) = Session::start(&[("WISH", WISH)]) else { return };
    session.until("a state without gaps", |screen| {
        let text = screen.contents().replace("Something is wrong ...", "");
        text.contains("mail.example.org") && !text.contains("...") && !text.contains("checking now")
    });
    session.until_quiet();
    session.falls_asleep();
}
