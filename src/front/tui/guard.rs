//! The terminal's state while the screen is ours, and giving it back on every way out.
//!
//! What was switched on is remembered in one place for `Drop`, the panic hook and suspension: ratatui's own restore
//! leaves bracketed paste on.

use std::io::{self, Write};
use std::panic;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::{cursor, event, execute, terminal};

static OURS: AtomicBool = AtomicBool::new(false);
static ANSWERS: OnceLock<String> = OnceLock::new();

/// The right to draw: raw mode, the alternate screen and bracketed paste are on while it lives.
pub struct Guard(());

impl Guard {
    /// Takes the terminal over.
    pub fn enter() -> io::Result<Self> {
        take()?;
        Ok(Self(()))
    }

    /// Gives the terminal back for a while: suspension.
    pub fn leave_for_now(&self) {
        give_back();
    }

    /// Takes the terminal again; all of the screen must be drawn anew.
    pub fn return_to(&self) -> io::Result<()> {
        take()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// From now on a panic, whatever thread it is in, gives the terminal back, is reported, and ends the program with 1: no
/// other thread draws on, and no memory with secrets in it is dumped.
pub fn end_on_panic() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        give_back();
        report(panic);
        let answers = ANSWERS.get().map(|answers| format!(" {answers}")).unwrap_or_default();
        // Nothing can be done about a closed standard error.
        let _ = writeln!(io::stderr(), "mailwizard has a defect and stopped.{answers}");
        std::process::exit(1);
    }));
}

/// What such an end says of the answers that were given.
pub fn say_on_panic(answers: String) {
    // Said once in the life of a program.
    let _ = ANSWERS.set(answers);
}

fn take() -> io::Result<()> {
    terminal::enable_raw_mode()?;
    OURS.store(true, Ordering::SeqCst);
    execute!(io::stdout(), terminal::EnterAlternateScreen, event::EnableBracketedPaste)
}

fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        // The terminal may be gone; there is nobody to tell then.
        let _ = execute!(io::stdout(), event::DisableBracketedPaste, cursor::Show, terminal::LeaveAlternateScreen);
        let _ = terminal::disable_raw_mode();
    }
}
