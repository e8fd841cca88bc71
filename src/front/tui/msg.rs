//! What goes into [`update`](super::update::update) and what comes out of it.

use crossterm::event::KeyEvent;

use crate::finding::CheckResult;
use crate::steps::{Draft, Engine};

/// Everything that happens, in one order.
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted in one piece.
    Paste(String),
    /// The terminal has another size now: columns, rows.
    Resize(u16, u16),
    /// The machine was looked at: the walk with what was found, where an earlier run stopped.
    Began(Box<Engine>),
    /// Nothing was typed for a while since this generation of live checks was asked for.
    TypingPaused(u64),
    /// A live check ended.
    LiveResult {
        /// The generation it was started for; an old one is dropped.
        generation: u64,
        /// What it found.
        result: Box<CheckResult>,
    },
    /// All live checks of this generation ended.
    LiveDone(u64),
    /// Something outside was done, or was not.
    Told(Notice),
}

/// A sentence for the operator that stays until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The sentence.
    pub text: String,
    /// Whether it says that something did not work.
    pub is_error: bool,
}

impl Notice {
    /// Something worth knowing.
    pub fn info(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: false }
    }

    /// Something that did not work.
    pub fn error(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_error: true }
    }
}

/// Everything the runner does for [`update`](super::update::update).
pub enum Effect {
    /// Leave.
    Quit(Leaving),
    /// Give the terminal back to the shell until it calls us again.
    Suspend,
    /// Draw everything anew: something else wrote on the terminal.
    Redraw,
    /// Leave the alternate screen and print this, so that the terminal's own selection finds nothing but the text.
    PlainPage(String),
    /// Return from the plain page.
    LeavePlainPage,
    /// Send text to the terminal's clipboard (OSC 52).
    Copy(String),
    /// Keep the answers, so that the next run goes on here.
    Save(Box<Engine>),
    /// Say [`Msg::TypingPaused`] after a pause.
    AwaitPause(u64),
    /// Run these checks against the draft and report each as [`Msg::LiveResult`]; older ones are cancelled.
    LiveChecks {
        /// Goes into the results.
        generation: u64,
        /// Ids of the checks.
        ids: &'static [&'static str],
        /// What to check.
        draft: Box<Draft>,
    },
}

/// Why the screen is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// The operator left before the end.
    Left,
    /// Everything was done.
    Done,
}
