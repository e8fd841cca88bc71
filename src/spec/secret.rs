//! Secrets: text that no log, journal, screen or Debug output may show.

use std::fmt;

use zeroize::Zeroizing;

use super::Invalid;

/// A password or private key. `Debug` shows only its length; there is no `Display` and no `Serialize`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes text over as a secret, unchecked: for keys and for what a program made.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Parses a password: not empty, no control characters (a NUL or a line break would end it early in SASL, in a
    /// password file or at a prompt).
    pub fn parse_password(text: &str) -> Result<Self, Invalid> {
        let invalid = |reason: &str| Invalid::new("a password", "(hidden)", reason);
        if text.is_empty() {
            return Err(invalid("it is empty"));
        }
        if text.contains('\0') {
            return Err(invalid("it holds a NUL character"));
        }
        if text.contains(['\n', '\r']) {
            return Err(invalid("it holds a line break").fix("Give it on one line."));
        }
        if text.chars().any(char::is_control) {
            return Err(invalid("it holds a control character"));
        }
        if text.len() > 512 {
            return Err(invalid("it has more than 512 bytes"));
        }
        Ok(Self::new(text.to_owned()))
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), other.0.as_bytes()).is_ok()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_text() {
        assert_eq!(format!("{:?}", Secret::new("hunter2".into())), "Secret(7 bytes)");
    }

    #[test]
    fn passwords_that_protocols_would_cut_are_refused() {
        for bad in ["", "a\0b", "a\nb", "a\x1bb"] {
            let sentence = Secret::parse_password(bad).unwrap_err().to_string();
            assert!(sentence.starts_with("'(hidden)' is not a password: "), "{sentence}");
        }
        assert_eq!(Secret::parse_password("pä$$ wörd").unwrap().expose(), "pä$$ wörd");
    }
}
