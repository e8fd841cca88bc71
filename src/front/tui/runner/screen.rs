//! The terminal: frames, the plain page, the clipboard, suspension.

use std::io::{self, Stdout, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crossterm::{cursor, execute, terminal};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Rect, Size};

use crate::front::tui::guard::Guard;
use crate::front::tui::model::Model;
use crate::front::tui::view::view;

/// The terminal while it is ours. It is given back when this is dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    guard: Guard,
    plain: bool,
}

impl Screen {
    /// Takes the terminal over.
    pub fn open() -> io::Result<Self> {
        let guard = Guard::enter()?;
        Ok(Self { terminal: Terminal::new(CrosstermBackend::new(io::stdout()))?, guard, plain: false })
    }

    /// Its size.
    pub fn size(&self) -> io::Result<Size> {
        self.terminal.size()
    }

    /// Draws what differs from the last frame.
    pub fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.terminal.draw(|frame| view(model, frame)).map(|_| ())
    }

    /// Forgets what is on the screen, so that the next frame is drawn whole.
    pub fn forget(&mut self) -> io::Result<()> {
        // Not `clear()`: that asks the terminal where its cursor is, and the answer goes to whoever reads the keys.
        let size = self.size()?;
        self.terminal.resize(Rect::from(size))
    }

    /// Shows text outside the alternate screen, where a selection by mouse finds it unwrapped and without frame.
    pub fn show_plain(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        execute!(out, terminal::LeaveAlternateScreen, cursor::Show)?;
        // Raw mode is still on: a line break alone would not return to the first column.
        for line in text.lines() {
            write!(out, "{line}\r\n")?;
        }
        write!(out, "\r\n(Enter returns to mailwizard.)\r\n")?;
        self.plain = true;
        out.flush()
    }

    /// Returns from the plain text.
    pub fn leave_plain(&mut self) -> io::Result<()> {
        execute!(io::stdout(), terminal::EnterAlternateScreen)?;
        self.plain = false;
        self.forget()
    }

    /// Sends text to the terminal's clipboard (OSC 52). Whether it arrives nobody can know: tmux and screen drop it
    /// unless they are told otherwise.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        write!(out, "\x1b]52;c;{}\x1b\\", STANDARD.encode(text))?;
        out.flush()
    }

    /// Gives the terminal to the shell until the shell continues us.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.guard.leave_for_now();
        signal_hook::low_level::raise(signal_hook::consts::SIGSTOP)?;
        self.guard.return_to()?;
        if self.plain {
            return execute!(io::stdout(), terminal::LeaveAlternateScreen);
        }
        self.forget()
    }
}
