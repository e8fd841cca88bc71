//! What narrows a long list down while it is typed.

use std::fmt::Display;

use tui_input::Input;

/// A part of a name.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What is typed so far.
    pub input: Input,
    /// Whether it is being typed: letters are text then.
    pub is_typed: bool,
}

impl Filter {
    /// Whether everything is listed.
    pub fn is_empty(&self) -> bool {
        self.input.value().trim().is_empty()
    }

    /// Lists everything again.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether a line of this name is listed.
    pub fn lists(&self, name: &dyn Display) -> bool {
        self.is_empty() || name.to_string().to_lowercase().contains(&self.input.value().trim().to_lowercase())
    }
}
