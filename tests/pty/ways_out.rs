//! However the program ends or pauses, the terminal is a shell's again.

use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use mailwizard::front::tui::guard::{Guard, end_on_panic, say_on_panic};

use crate::session::Session;

#[test]
fn leaving_gives_the_terminal_back_and_says_where_the_answers_are() {
    let Some(mut session) = Session::opened(&[]) else { return };
    assert!(session.screen().alternate_screen() && session.screen().bracketed_paste() && !session.is_cooked());
    session.keys("\x03");
    assert_eq!(session.ended().exit_code(), 130);
    session.assert_given_back();
    let said = session.screen().contents();
    assert!(said.contains("/var/lib/mailwizard/draft.toml"), "{said}");
}

#[test]
fn signals_that_end_it_give_the_terminal_back_first() {
    for (signal, name) in [(Signal::TERM, "Terminated"), (Signal::INT, "Interrupt"), (Signal::HUP, "Hangup")] {
        let Some(mut session) = Session::opened(&[]) else { return };
        session.signal(signal);
        assert_eq!(session.ended().signal(), Some(name));
        session.assert_given_back();
    }
}

#[test]
fn a_stopped_program_lends_the_terminal_and_draws_anew_when_it_goes_on() {
    for by_key in [true, false] {
        let Some(mut session) = Session::opened(&[]) else { return };
        let before = session.screen().contents();
        if by_key {
            session.keys("\x1a")
        } else {
            session.signal(Signal::TSTP)
        }
        session.until("pause", |screen| !screen.alternate_screen());
        let deadline = Instant::now() + Duration::from_secs(5);
        while session.state() != 'T' {
            assert!(Instant::now() < deadline, "it is not stopped");
            thread::sleep(Duration::from_millis(10));
        }
        session.assert_given_back();

        session.signal(Signal::CONT);
        session.until("page as it was", |screen| screen.alternate_screen() && screen.contents() == before);
        assert!(!session.is_cooked());
        session.keys("\x03");
        session.ended();
        session.assert_given_back();
    }
}

#[test]
fn a_terminal_that_goes_away_takes_the_program_with_it() {
    let Some(session) = Session::opened(&[]) else { return };
    let mut child = session.close_terminal();
    let deadline = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "it is still there");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_defect_gives_the_terminal_back_before_it_is_reported() {
    let this = std::env::current_exe().unwrap();
    let program = [this.to_str().unwrap(), "--ignored", "--exact", "--nocapture", "ways_out::a_defect"];
    let Some(mut session) = Session::run(&program, &[]) else { return };
    assert_eq!(session.ended().exit_code(), 1);
    session.assert_given_back();
    let said = session.screen().contents();
    assert!(said.contains("nobody thought of this"), "{said}");
    assert!(said.contains("mailwizard has a defect and stopped. Answers are kept."), "{said}");
    assert!(session.bytes().windows(8).any(|w| w == b"\x1b[?1049h"), "the screen was taken over before");
}

#[test]
#[ignore = "takes the terminal and dies; a_defect_gives_the_terminal_back_before_it_is_reported runs it on one of its own"]
fn a_defect() {
    end_on_panic();
    say_on_panic("Answers are kept.".into());
    let _guard = Guard::enter().unwrap();
    panic!("nobody thought of this");
}
