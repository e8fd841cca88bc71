//! Where the operator is: in the walk of a set-up, at home on a server that is set up, or on a page opened from there.

use super::HubPage;

/// A place. Everything but the walk has a way back home.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// In the walk of a set-up: each step leads to the next one.
    #[default]
    Walk,
    /// At home: the state of the server, and what can be done.
    Hub,
    /// At a step of the walk that was opened by itself, by its id: it leads home, through the review when something
    /// changed.
    Step(&'static str),
    /// On a page that only the hub opens.
    Page(HubPage),
}
