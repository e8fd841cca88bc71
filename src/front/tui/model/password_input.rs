//! A line of text that is typed but not shown.

use std::fmt;

use zeroize::Zeroizing;

use crate::spec::Secret;

/// The longest password there is ([`Secret::parse_password`]), and one more so that a longer one is noticed.
const CAPACITY: usize = 513;

/// A password while it is typed: grows and shrinks at its end only, is wiped from memory, and `Debug` shows its length.
#[derive(Clone)]
pub struct PasswordInput(Zeroizing<String>);

impl Default for PasswordInput {
    fn default() -> Self {
        // All of it at once: a string that grows leaves copies behind.
        Self(Zeroizing::new(String::with_capacity(CAPACITY)))
    }
}

impl PasswordInput {
    /// Adds a character; what would be too long for any password is dropped.
    pub fn push(&mut self, c: char) {
        if self.0.len() + c.len_utf8() <= CAPACITY {
            self.0.push(c);
        }
    }

    /// Takes the last character away.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// Takes everything away.
    pub fn clear(&mut self) {
        zeroize::Zeroize::zeroize(&mut *self.0);
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Characters typed.
    pub fn chars(&self) -> usize {
        self.0.chars().count()
    }

    /// The text, for showing it on demand.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What was typed as a secret.
    pub fn secret(&self) -> Secret {
        Secret::new(self.0.to_string())
    }
}

impl PartialEq for PasswordInput {
    fn eq(&self, other: &Self) -> bool {
        self.secret() == other.secret()
    }
}

impl fmt::Debug for PasswordInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PasswordInput({} characters)", self.chars())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_typed_at_its_end_and_never_shown_by_debug() {
        let mut input = PasswordInput::default();
        "hunter2x".chars().for_each(|c| input.push(c));
        input.pop();
        assert_eq!(input.expose(), "hunter2");
        assert_eq!(format!("{input:?}"), "PasswordInput(7 characters)");
        input.clear();
        assert!(input.is_empty());
    }

    #[test]
    fn it_never_grows_beyond_the_memory_that_is_wiped() {
        let mut input = PasswordInput::default();
        let capacity = input.0.capacity();
        (0..2000).for_each(|_| input.push('ä'));
        assert_eq!(input.0.capacity(), capacity);
    }
}
