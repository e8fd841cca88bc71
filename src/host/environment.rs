//! What the environment says about the terminal and the person in front of it. Nothing else is read from it.

/// The variables that change how we talk, read once at the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `ACCESSIBLE` is set to something: a screen reader is at work.
    pub accessible: bool,
    /// `TERM`.
    pub term: String,
    /// `NO_COLOR` is set to something (no-color.org).
    pub no_color: bool,
    /// The character set of `LC_ALL`, `LC_CTYPE` or `LANG`, the first that is set, is UTF-8.
    pub utf8: bool,
}

impl Environment {
    /// Reads the environment of this process.
    pub fn of(host: &dyn super::Host) -> Self {
        Self::from(|name| host.environment(name))
    }

    /// The same from any source of variables.
    pub fn from(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default().to_ascii_lowercase();
        Self {
            accessible: set("ACCESSIBLE").is_some_and(|value| value != "0"),
            term: set("TERM").unwrap_or_default(),
            no_color: set("NO_COLOR").is_some(),
            utf8: locale.contains("utf-8") || locale.contains("utf8"),
        }
    }

    /// Whether only plain lines can be shown.
    pub fn wants_plain_lines(&self) -> bool {
        self.accessible || self.term == "dumb"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Environment {
        Environment::from(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn dumb_terminals_and_screen_readers_get_plain_lines() {
        assert!(with(&[("TERM", "dumb")]).wants_plain_lines());
        assert!(with(&[("TERM", "xterm"), ("ACCESSIBLE", "1")]).wants_plain_lines());
        assert!(!with(&[("TERM", "xterm"), ("ACCESSIBLE", "0")]).wants_plain_lines());
        assert!(with(&[("LC_ALL", ""), ("LANG", "de_DE.UTF-8")]).utf8);
        assert!(!with(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]).utf8);
        assert!(!with(&[("NO_COLOR", "")]).no_color);
    }
}
