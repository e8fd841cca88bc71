//! A terminal that does not show what is typed.

use std::io::stdin;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Turns echo off until dropped; does nothing where standard input is no terminal.
pub(in crate::front) struct WithoutEcho(Option<Termios>);

impl WithoutEcho {
    pub(in crate::front) fn new() -> Self {
        let Ok(before) = tcgetattr(stdin()) else { return Self(None) };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        match tcsetattr(stdin(), OptionalActions::Now, &silent) {
            Ok(()) => Self(Some(before)),
            Err(_) => Self(None),
        }
    }
}

impl Drop for WithoutEcho {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // A terminal that is gone needs no echo.
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
