//! Home on a server that is set up: there at once, and silent once all is known.

use std::thread;
use std::time::{Duration, Instant};

use crate::session::Session;

/// How soon the first frame is there after the terminal was taken over. What the tests are built with is several times
/// slower than what is shipped.
const FIRST_FRAME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 250 } else { 50 });

const WISH: &str = "version = 1\nhostname = \"mail.example.org\"\n[[domains]]\nname = \"example.org\"\n[certificate]\n\
                    method = \"self-signed\"\n[[accounts]]\naddress = \"alice@example.org\"\n";

#[test]
fn the_first_frame_is_home_before_anything_was_looked_at() {
    let Some(mut session) = Session::start(&[("WISH", WISH)]) else { return };
    session.until("alternate screen", |screen| screen.alternate_screen());
    let begun = Instant::now();
    session.until("home", |screen| screen.contents().contains("Needs you"));
    let took = begun.elapsed();
    assert!(took < FIRST_FRAME, "{took:?}");
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
        let text = screen.contents();
        text.contains("mail.example.org") && !text.contains("...") && !text.contains("checking now")
    });
    session.until_quiet();
    let (bytes, wakeups) = (session.bytes().len(), session.wakeups());
    thread::sleep(Duration::from_secs(2));
    assert_eq!(session.bytes().len() - bytes, 0, "bytes in two idle seconds:\n{}", session.screen().contents());
    assert!(session.wakeups() - wakeups <= 2, "{} wake-ups in two idle seconds", session.wakeups() - wakeups);
}
