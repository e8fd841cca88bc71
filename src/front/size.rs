//! Sizes: the limit of a mailbox as it is typed ("2G", "500M", "none"), and bytes as they are said.

use std::fmt;
use std::str::FromStr;

use crate::printable::excerpt;

/// A limit as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(Option<u32>);

/// Why a limit could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a size: give a whole number with M or G, like 500M or 2G, or none.")]
pub struct NoSize(String);

impl Size {
    /// Of so many megabytes; `None` for no limit.
    pub fn of(megabytes: Option<u32>) -> Self {
        Self(megabytes)
    }

    /// In megabytes; `None` for no limit.
    pub fn megabytes(self) -> Option<u32> {
        self.0
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(megabytes) if megabytes % 1024 == 0 => write!(f, "{}G", megabytes / 1024),
            Some(megabytes) => write!(f, "{megabytes}M"),
        }
    }
}

impl FromStr for Size {
    type Err = NoSize;

    fn from_str(text: &str) -> Result<Self, NoSize> {
        let refused = || NoSize(excerpt(text, 20));
        let lower = text.trim().to_ascii_lowercase();
        if lower == "none" {
            return Ok(Self(None));
        }
        let bare = lower.trim_end_matches('b');
        let (digits, factor) = match bare.strip_suffix('g') {
            Some(digits) => (digits, 1024),
            None => (bare.strip_suffix('m').ok_or_else(refused)?, 1),
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(refused());
        }
        let number: u32 = digits.parse().map_err(|_| refused())?;
        let size = number.checked_mul(factor).filter(|size| *size > 0).ok_or_else(refused)?;
        Ok(Self(Some(size)))
    }
}

/// Bytes as people say them: "812 B", "3.1 MB", "1.2 GB"; of 1024, as the limits of mailboxes are.
pub fn bytes(bytes: u64) -> String {
    let mut value = bytes as f64;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 1000.0 || unit == "TB" {
            let whole = unit == "B" || value >= 100.0;
            return if whole { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") };
        }
        value /= 1024.0;
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_said_as_people_say_them() {
        let cases = [(0, "0 B"), (999, "999 B"), (1_240, "1.2 kB"), (41_000_000, "39.1 MB"), (2 << 30, "2.0 GB")];
        for (bytes, expected) in cases {
            assert_eq!(super::bytes(bytes), expected);
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, megabytes) in
            [("2G", Some(2048)), ("500m", Some(500)), (" 1GB ", Some(1024)), ("none", None), ("None", None)]
        {
            assert_eq!(text.parse::<Size>().map(Size::megabytes), Ok(megabytes), "{text}");
            assert_eq!(Size::of(megabytes).to_string().parse(), Ok(Size::of(megabytes)), "{text}");
        }
        for text in ["", "2", "G", "-1G", "1.5G", "0M", "5000000G", "2T", "gg"] {
            let refusal = text.parse::<Size>().unwrap_err().to_string();
            assert!(refusal.contains("is not a size: give a whole number with M or G"), "{refusal}");
        }
    }
}
