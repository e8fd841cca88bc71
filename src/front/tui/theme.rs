//! How things look: the terminal's own 16 colours on the operator's own background, never a background colour, and
//! every state as word, glyph and colour.
//!
//! Without colours every `Style` keeps the default colour: crossterm 0.29 writes `ESC[;m` for a colour under `NO_COLOR`,
//! which is a full reset and takes bold with it.

use ratatui::style::{Color, Modifier, Style};

use crate::finding::Outcome;

/// Colours and characters of one terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    colour: bool,
    ascii: bool,
}

impl Theme {
    /// A theme with or without colours, with box drawing or ASCII only.
    pub fn new(colour: bool, ascii: bool) -> Self {
        Self { colour, ascii }
    }

    /// The horizontal rule's character.
    pub fn rule(self) -> &'static str {
        if self.ascii { "-" } else { "\u{2500}" }
    }

    /// What hides a character of a password.
    pub fn mask(self) -> &'static str {
        "*"
    }

    /// The style of a state's word.
    pub fn outcome(self, outcome: Outcome) -> Style {
        match outcome {
            Outcome::Pass => self.foreground(Color::Green),
            Outcome::Warn => self.foreground(Color::Yellow).add_modifier(Modifier::BOLD),
            Outcome::Fail => self.foreground(Color::Red).add_modifier(Modifier::BOLD),
            Outcome::Info | Outcome::Unknown => self.foreground(Color::Cyan),
            Outcome::Skipped => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// What is going on right now.
    pub fn running(self) -> Style {
        self.foreground(Color::Cyan)
    }

    /// A sentence about a wrong answer.
    pub fn error(self) -> Style {
        self.foreground(Color::Red)
    }

    /// A line that a change adds.
    pub fn added(self) -> Style {
        self.foreground(Color::Green)
    }

    /// A line that a change takes away.
    pub fn removed(self) -> Style {
        self.foreground(Color::Red)
    }

    /// What has the focus.
    pub fn focus(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Headings.
    pub fn heading(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Explanations beside what matters.
    pub fn aside(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    fn foreground(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }
}
