//! The operator's own lines for files that have no include: `/etc/mailwizard/local/main.cf` and `master.cf`.

use crate::stacks::RenderError;

/// One logical line: a first line and its continuations, as Postfix reads them (lines that begin with white space).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LogicalLine {
    /// A comment or an empty line.
    Other(String),
    /// Anything else, with its continuation lines.
    Value(String),
}

impl LogicalLine {
    /// The text with its line breaks, without the last.
    pub fn text(&self) -> &str {
        match self {
            Self::Other(text) | Self::Value(text) => text,
        }
    }
}

/// Splits a Postfix configuration file into logical lines (postconf(5), "file format").
pub(super) fn logical_lines(text: &str) -> Vec<LogicalLine> {
    let mut lines: Vec<LogicalLine> = Vec::new();
    // Comments and empty lines between continuation lines do not end them.
    let mut between: Vec<&str> = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            between.push(line);
            continue;
        }
        let continues = line.starts_with([' ', '\t']) && matches!(lines.last(), Some(LogicalLine::Value(_)));
        if continues && let Some(LogicalLine::Value(value)) = lines.last_mut() {
            for part in between.drain(..).chain([line]) {
                value.push('\n');
                value.push_str(part);
            }
        } else {
            lines.extend(between.drain(..).map(|l| LogicalLine::Other(l.to_owned())));
            lines.push(LogicalLine::Value(line.to_owned()));
        }
    }
    lines.extend(between.into_iter().map(|l| LogicalLine::Other(l.to_owned())));
    lines
}

/// Puts the operator's parameters into `ours`: a parameter of both has his value in our place, his others follow.
pub(super) fn merge_parameters(ours: &str, own: &str) -> Result<String, RenderError> {
    let mut wanted: Vec<(String, String)> = Vec::new();
    for line in logical_lines(own) {
        if let LogicalLine::Value(text) = line {
            let name = parameter_name(&text).ok_or_else(|| RenderError::File {
                file: "main.cf".into(),
                reason: format!("'{}' is not 'name = value'.", crate::printable::excerpt(&text, 60)),
            })?;
            wanted.retain(|(other, _)| *other != name);
            wanted.push((name, text));
        }
    }
    let mut merged = String::new();
    for line in logical_lines(ours) {
        let own = parameter_name(line.text()).and_then(|name| wanted.iter().position(|(other, _)| *other == name));
        match (line, own) {
            (LogicalLine::Value(_), Some(at)) => merged.push_str(&wanted.remove(at).1),
            (line, _) => merged.push_str(line.text()),
        }
        merged.push('\n');
    }
    if !wanted.is_empty() {
        merged.push_str("\n# From /etc/mailwizard/local/main.cf.\n");
    }
    for (_, text) in wanted {
        merged.push_str(&text);
        merged.push('\n');
    }
    Ok(merged)
}

fn parameter_name(text: &str) -> Option<String> {
    let name = text.split_once('=')?.0.trim();
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    (is_name && !text.starts_with([' ', '\t'])).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_value_stands_in_the_place_of_ours() {
        let ours = "# size\nmessage_size_limit = 1\nsmtpd_milters = a,\n  b\nbiff = no\n";
        let own = "# mine\nsmtpd_milters =\n    c\ndelay_warning_time = 1h\nmessage_size_limit=2\n";
        assert_eq!(
            merge_parameters(ours, own).unwrap(),
            "# size\nmessage_size_limit=2\nsmtpd_milters =\n    c\nbiff = no\n\n# From /etc/mailwizard/local/main.cf.\ndelay_warning_time = 1h\n"
        );
    }

    #[test]
    fn the_last_of_two_equal_names_wins_as_in_postfix() {
        assert_eq!(merge_parameters("a = 1\n", "a = 2\na = 3\n").unwrap(), "a = 3\n");
    }

    #[test]
    fn what_is_no_parameter_is_named() {
        assert_eq!(
            merge_parameters("a = 1\n", "soft bounce\n").unwrap_err().to_string(),
            "'main.cf' cannot be used: 'soft bounce' is not 'name = value'."
        );
    }
}
