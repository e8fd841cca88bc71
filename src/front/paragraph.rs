//! Text broken into lines for 80 columns.

/// The width: 80 columns, less one for terminals that wrap early.
pub const WIDTH: usize = 79;

/// A text's lines, those that are too long broken between words and indented alike; below a mark like "[warn]" the
/// text hangs.
pub fn wrapped(text: &str) -> Vec<String> {
    text.lines()
        .flat_map(|line| {
            let indent: String = line.chars().take_while(|c| *c == ' ').collect();
            // What follows a mark stands below the text, not below the mark.
            let hanging = if line.trim_start().starts_with('[') { format!("{indent}       ") } else { indent.clone() };
            let options = textwrap::Options::new(WIDTH)
                .initial_indent(&indent)
                .subsequent_indent(&hanging)
                // A record or path that is longer than a line stays whole, so that it can be copied.
                .break_words(false)
                .word_splitter(textwrap::WordSplitter::NoHyphenation);
            let lines = textwrap::wrap(line.trim_start(), options);
            lines.into_iter().map(std::borrow::Cow::into_owned).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indent_is_kept_and_long_words_stay_whole() {
        let lines = wrapped(&format!("  {} {}", "word ".repeat(20), "x".repeat(90)));
        assert!(lines.iter().all(|line| line.starts_with("  ")));
        assert_eq!(lines.last().map(String::len), Some(92));
    }
}
