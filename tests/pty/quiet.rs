//! Little is written, and nothing while nothing happens: the line may be slow and the machine small.

use crate::session::{COLUMNS, ROWS, Session};

/// Where bracketed paste was switched on: the first frame follows.
const OPENED: &[u8] = b"\x1b[?2004h";

#[test]
fn an_idle_screen_writes_nothing_and_sleeps() {
    let Some(session) = Session::opened(&[]) else { return };
    session.falls_asleep();
}

#[test]
fn all_of_the_first_page_is_small() {
    let Some(session) = Session::opened(&[]) else { return };
    let bytes = session.bytes();
    let start = bytes.windows(OPENED.len()).position(|w| w == OPENED).unwrap() + OPENED.len();
    // The first frame, and the one with what was found on the machine.
    let drawn = bytes.len() - start;
    assert!((200..=3500).contains(&drawn), "{drawn} bytes");
}

/// A static program has its 15 MB of file besides; 40 MB is the budget for both.
#[test]
fn an_open_screen_holds_little_memory() {
    let Some(session) = Session::opened(&[]) else { return };
    assert!((500..=25_000).contains(&session.memory()), "{} kB", session.memory());
}

#[test]
fn the_focus_is_bold_without_colours() {
    let Some(mut session) = Session::opened(&[("NO_COLOR", "1")]) else { return };
    session.keys("\x1bOS");
    session.until("list of steps", |screen| screen.contents().contains("you are here"));
    session.until_quiet();
    let screen = session.screen();
    let marker = |row: u16| (0..COLUMNS).find(|c| screen.cell(row, *c).unwrap().contents() == ">").map(|c| (row, c));
    let (row, column) = (0..ROWS).find_map(marker).unwrap();
    assert!(screen.cell(row, column).unwrap().bold(), "{}", screen.contents());
    let coloured = |row, column| {
        let cell: &vt100::Cell = screen.cell(row, column).unwrap();
        cell.fgcolor() != vt100::Color::Default || cell.bgcolor() != vt100::Color::Default
    };
    assert!(!(0..ROWS).any(|row| (0..COLUMNS).any(|column| coloured(row, column))), "{}", screen.contents());
}

#[test]
fn a_long_paste_is_drawn_once_and_not_letter_by_letter() {
    let Some(mut session) = Session::opened(&[]) else { return };
    session.keys("\r");
    session.until("a field", |screen| screen.contents().contains("Host name"));
    session.until_quiet();
    let before = session.bytes().len();
    session.paste(&"key-".repeat(95));
    session.until("pasted text", |screen| screen.contents().contains("key-key-"));
    // Without the page's own look at the name, which comes after a pause.
    let drawn = session.bytes().len() - before;
    assert!(drawn <= 600, "{drawn} bytes for 380 pasted characters");
    session.keys("\x03");
    session.ended();
}
