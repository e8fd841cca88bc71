//! What was applied and undone.

/// The list of applies.
#[derive(Debug, Default)]
pub struct HistoryPage {
    /// The applies, newest first, or why they are not known; `None` until they were read.
    pub past: Option<Result<Vec<PastApply>, String>>,
    /// Index of the selected one.
    pub selected: usize,
    /// The one whose undo was asked for; it is asked again.
    pub asked: Option<String>,
}

/// One apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastApply {
    /// Its id.
    pub id: String,
    /// When it began, on the operator's clock.
    pub when: String,
    /// How it ended, a word.
    pub state: &'static str,
    /// What it changed, a few words each.
    pub changed: Vec<String>,
    /// The steps that it did, and its last words.
    pub did: Vec<String>,
    /// Whether it is in effect.
    pub is_in_effect: bool,
}

impl HistoryPage {
    /// The selected one.
    pub fn row(&self) -> Option<&PastApply> {
        self.past.as_ref()?.as_ref().ok()?.get(self.selected)
    }
}
