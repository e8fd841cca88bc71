//! Text that came from outside, made safe for a terminal.
//!
//! Everything received from a network, a log or an operator's paste is data: it may hold escape sequences, bidi
//! overrides or line breaks that would repaint the screen or forge a line of output. [`Printable`] shows such text on
//! one line with every such character spelled out.

use std::fmt;

/// Shows a string on one line: C0/C1 controls, DEL, bidi and zero-width characters appear as `\n`, `\t` or `\u{1b}`.
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for c in self.0.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if is_unsafe(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// [`Printable`] as an owned string.
pub fn printable(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { Printable(text).to_string() }
}

/// Bytes as printable text: what is not UTF-8 appears as the replacement character.
pub fn printable_bytes(bytes: &[u8]) -> String {
    printable(&String::from_utf8_lossy(bytes))
}

/// At most `limit` characters of `text`, made printable, with `..` where something was cut.
pub fn excerpt(text: &str, limit: usize) -> String {
    if text.len() <= limit && is_plain(text) {
        return text.to_owned();
    }
    let shown = printable(text);
    if shown.chars().count() <= limit {
        return shown;
    }
    let mut cut: String = shown.chars().take(limit.saturating_sub(2)).collect();
    cut.push_str("..");
    cut
}

/// Printable ASCII, which is shown as it is: nearly all of a log, of which there may be a million lines.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_bidi_overrides_are_spelled_out() {
        assert_eq!(printable("a\x1b[2Jb\u{202e}c\r\n"), "a\\u{1b}[2Jb\\u{202e}c\\r\\n");
        assert_eq!(printable("Käse ✓"), "Käse ✓");
    }

    #[test]
    fn an_excerpt_never_exceeds_its_limit() {
        assert_eq!(excerpt("abcdef", 6), "abcdef");
        assert_eq!(excerpt("abcdefg", 6), "abcd..");
    }
}
