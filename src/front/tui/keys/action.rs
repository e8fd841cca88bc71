//! What a key means.

use crate::plan::Edited;

/// What a key means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Take the answer and go on: to the next field, after the last one to the next step.
    Next,
    /// Take all answers as they stand and go on to the next step.
    NextStep,
    /// Go to the step before.
    Back,
    /// Move the focus or the selection by so many places.
    Move(isize),
    /// Move the focus back, from the first field to the step before: inside tmux Esc takes half a second.
    FieldOrStepBefore,
    /// Move the selection or the text by so many pages.
    Page(isize),
    /// To the first or last line.
    Edge(Edge),
    /// Choose the next or the previous of a few, turn yes into no.
    Change(isize),
    /// Remove the entry that has the focus.
    Remove,
    /// Show or hide passwords.
    Reveal,
    /// Show what the keys and the fields are.
    Help,
    /// Show what was asked and answered.
    Transcript,
    /// Show the list of steps.
    Steps,
    /// Close what lies over the page.
    Close,
    /// Begin a search.
    Search,
    /// Search again.
    SearchAgain,
    /// Show the text outside the alternate screen.
    Plain,
    /// Copy to the terminal's clipboard.
    Copy,
    /// Look again now, or do it again.
    Refresh,
    /// Do all of it again.
    RefreshAll,
    /// Show all of the selected one.
    Show,
    /// Fold or unfold.
    Fold,
    /// Have the selected finding brought in order.
    Fix,
    /// Write to files.
    Write,
    /// Carry the plan out.
    Apply,
    /// Stop carrying it out after the present step.
    StopApply,
    /// Take the last apply back.
    Undo,
    /// Add an account, or a domain.
    Add,
    /// Add an alias.
    AddAlias,
    /// Keep what narrows a list down, and select in it.
    Found,
    /// Drop the changes that are not applied.
    Drop,
    /// Look for the cause of the selected result.
    Why,
    /// Look at DNS until the records are there, or no more.
    Wait,
    /// Choose what becomes of the selected file that was changed by hand.
    Edited(Edited),
    /// Give the terminal back for a while.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Leave,
}

/// Either end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The first line.
    First,
    /// The last line.
    Last,
}
