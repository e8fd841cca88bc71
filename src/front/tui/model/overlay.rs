//! What can lie over a page.

use tui_input::Input;

/// A layer over the page.
#[derive(Debug)]
pub enum Overlay {
    /// The keys that work on this page, and what its fields are about.
    Help {
        /// First line shown.
        scroll: usize,
    },
    /// The list of steps, to go to one of them.
    Steps {
        /// Index of the selected one among the steps that are shown.
        selected: usize,
    },
    /// Text to read: a transcript, a diff, a log.
    Viewer(Viewer),
    /// The passwords that were made for accounts.
    Passwords {
        /// First line shown.
        scroll: usize,
    },
}

impl Overlay {
    /// Whether a plain letter is text now.
    pub fn takes_text(&self) -> bool {
        matches!(self, Self::Viewer(viewer) if viewer.search.is_some())
    }
}

/// Text to read.
#[derive(Debug)]
pub struct Viewer {
    /// What it is.
    pub title: String,
    /// Its lines, printable.
    pub lines: Vec<String>,
    /// Whether lines that begin with '+' and '-' are changes.
    pub is_diff: bool,
    /// First line shown.
    pub scroll: usize,
    /// What is being searched for, while it is typed.
    pub search: Option<Input>,
    /// What was searched for last.
    pub found: Option<String>,
}

impl Viewer {
    /// Lines from the network, a daemon or a file: made printable here, one screen line each.
    pub fn new<S: AsRef<str>>(title: impl Into<String>, lines: impl IntoIterator<Item = S>) -> Self {
        Self {
            title: title.into(),
            lines: lines.into_iter().map(|l| crate::printable::printable(l.as_ref())).collect(),
            is_diff: false,
            scroll: 0,
            search: None,
            found: None,
        }
    }

    /// The same with changes in colour.
    pub fn diff(mut self) -> Self {
        self.is_diff = true;
        self
    }

    /// Scrolls to the next line after the first shown one that holds `text`, beginning again at the top; `false` when no
    /// line does.
    pub fn find(&mut self, text: &str) -> bool {
        let holds = |line: &String| line.to_lowercase().contains(&text.to_lowercase());
        let after = (self.scroll + 1).min(self.lines.len());
        let found = self.lines[after..].iter().position(holds).map(|i| i + after);
        let found = found.or_else(|| self.lines.iter().position(holds));
        if let Some(line) = found {
            self.scroll = line;
        }
        self.found = Some(text.to_owned());
        found.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_goes_round_and_ignores_case() {
        let mut viewer = Viewer::new("log", ["Alpha", "beta", "ALPHA", "\x1b[2Jgamma"]);
        assert!(viewer.find("alpha"));
        assert_eq!(viewer.scroll, 2);
        assert!(viewer.find("alpha"));
        assert_eq!(viewer.scroll, 0);
        assert!(!viewer.find("delta"));
        assert_eq!(viewer.lines[3], "\\u{1b}[2Jgamma");
    }
}
