//! Two changes of one text put together, line by line.

use similar::{MergeResolution, TextMerge};

/// Lines that both changed, each in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The number of its first line in the operator's text, from 1.
    pub line: usize,
    /// As they were; empty where both added something at the same place.
    pub before: String,
    /// As the operator has them.
    pub yours: String,
    /// As we would write them.
    pub ours: String,
}

impl Conflict {
    /// The conflict as it is shown.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("@@ line {} @@", self.line)];
        for (head, text) in [("before", &self.before), ("yours", &self.yours), ("ours", &self.ours)] {
            if text.is_empty() {
                lines.push(format!("{head:<6}  (nothing)"));
            }
            lines.extend(text.lines().enumerate().map(|(at, line)| {
                let head = if at == 0 { head } else { "" };
                format!("{head:<6}  {line}")
            }));
        }
        lines
    }
}

/// `base` with the changes of both; the conflicts where they changed the same lines in different ways.
pub(super) fn merge(base: &str, yours: &str, ours: &str) -> Result<String, Vec<Conflict>> {
    let merge = TextMerge::from_lines(base, yours, ours);
    let lines = |range: std::ops::Range<usize>, line: &dyn Fn(usize) -> Option<String>| -> String {
        range.filter_map(line).collect()
    };
    let mut text = String::new();
    let mut conflicts = Vec::new();
    for region in merge.regions() {
        let yours = lines(region.ours_range(), &|at| merge.ours_line(at).map(str::to_owned));
        let ours = lines(region.theirs_range(), &|at| merge.theirs_line(at).map(str::to_owned));
        match region.resolution() {
            MergeResolution::Unchanged | MergeResolution::Ours | MergeResolution::Both => text.push_str(&yours),
            MergeResolution::Theirs => text.push_str(&ours),
            // Everything else, also what a later version of the library may call otherwise, is for the operator to settle.
            _ => conflicts.push(Conflict {
                line: region.ours_range().start + 1,
                before: lines(region.base_range(), &|at| merge.base_line(at).map(str::to_owned)),
                yours,
                ours,
            }),
        }
    }
    if conflicts.is_empty() { Ok(text) } else { Err(conflicts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "a = 1\nb = 1\nc = 1\nd = 1\ne = 1\n";

    #[test]
    fn changes_at_different_places_are_put_together() {
        let merged =
            merge(BASE, "a = mine\nb = 1\nc = 1\nd = 1\ne = 1\n", "a = 1\nb = 1\nc = 1\nd = 1\ne = 2\nf = 2\n");
        assert_eq!(merged.unwrap(), "a = mine\nb = 1\nc = 1\nd = 1\ne = 2\nf = 2\n");
    }

    #[test]
    fn the_same_change_twice_is_one() {
        assert_eq!(merge("a\nb\n", "a\nc\n", "a\nc\n").unwrap(), "a\nc\n");
    }

    #[test]
    fn a_last_line_without_its_end_survives() {
        assert_eq!(merge("a\nb", "x\na\nb", "a\nb").unwrap(), "x\na\nb");
    }

    #[test]
    fn the_same_line_changed_in_two_ways_is_shown_and_not_merged() {
        let conflicts =
            merge(BASE, "a = 1\nb = 1\nc = mine\nd = 1\ne = 1\n", "a = 1\nb = 1\nc = 2\nd = 1\ne = 1\n").unwrap_err();
        assert_eq!(conflicts[0].lines(), ["@@ line 3 @@", "before  c = 1", "yours   c = mine", "ours    c = 2"]);
        assert_eq!(conflicts.len(), 1);
    }

    #[test]
    fn what_one_took_away_and_the_other_changed_is_a_conflict() {
        let conflicts = merge("a\nb\nc\n", "a\nc\n", "a\nB\nc\n").unwrap_err();
        assert_eq!(conflicts[0].lines(), ["@@ line 2 @@", "before  b", "yours   (nothing)", "ours    B"]);
    }
}
