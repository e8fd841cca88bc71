//! Bytes that go over the line, as crossterm would write them.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use mailwizard::front::tui::view::view;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::driver::Wizard;
use crate::fixture::{at_step, begun};
use crate::home;

/// What was written, for the test to count.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<Vec<u8>>>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Remote {
    line: Line,
    terminal: Terminal<CrosstermBackend<Line>>,
}

impl Remote {
    fn new() -> Self {
        let line = Line::default();
        let viewport = Viewport::Fixed(Rect::new(0, 0, 80, 24));
        let terminal =
            Terminal::with_options(CrosstermBackend::new(line.clone()), TerminalOptions { viewport }).unwrap();
        Self { line, terminal }
    }

    /// Bytes of the next frame.
    fn draw(&mut self, wizard: &Wizard) -> usize {
        self.line.0.lock().unwrap().clear();
        self.terminal.draw(|frame| view(&wizard.model, frame)).unwrap();
        self.line.0.lock().unwrap().len()
    }
}

#[test]
fn the_first_frame_takes_at_most_3500_bytes() {
    for step in ["welcome", "hostname", "protections", "certificate", "accounts", "review"] {
        let wizard = if step == "welcome" { begun() } else { at_step(step) };
        let bytes = Remote::new().draw(&wizard);
        assert!(bytes <= 3500, "{step}: {bytes} bytes");
    }
}

#[test]
fn home_is_cheap_to_draw_and_to_move_in() {
    let mut wizard = home::troubled();
    let mut remote = Remote::new();
    let first = remote.draw(&wizard);
    assert!(first <= 3500, "{first} bytes");
    for key in ["Down"; 6].iter().chain(&["Up"; 10]) {
        let before = wizard.model.hub.choice;
        wizard.keys(key);
        let bytes = remote.draw(&wizard);
        assert!(bytes <= 160 || before == wizard.model.hub.choice, "{bytes} bytes at\n{}", wizard.screen());
    }
}

#[test]
fn a_move_of_the_focus_takes_at_most_120_bytes() {
    for (step, moves) in [("protections", 8), ("certificate", 2)] {
        let mut wizard = at_step(step);
        let mut remote = Remote::new();
        remote.draw(&wizard);
        for _ in 0..moves {
            wizard.keys("Tab");
            let bytes = remote.draw(&wizard);
            assert!((1..=120).contains(&bytes), "{step}: {bytes} bytes at\n{}", wizard.screen());
        }
    }
}

#[test]
fn a_typed_character_takes_at_most_60_bytes() {
    let mut wizard = at_step("hostname");
    wizard.keys("C-u mail.exampl");
    let mut remote = Remote::new();
    remote.draw(&wizard);
    wizard.keys("e");
    let bytes = remote.draw(&wizard);
    assert!(bytes <= 60, "{bytes} bytes");
}
