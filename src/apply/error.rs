//! Why an apply could not be done or went wrong.

use crate::host::HostError;
use crate::keys::{KeyError, ObtainError};
use crate::plan::{HandEdit, Merged};
use crate::spec::Obstacle;
use crate::stacks::RenderError;
use crate::store::StoreError;

/// Why there is no plan, or why carrying it out ended.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// An ordinary user called.
    #[error("Only root can look at and change a mail server: start it again with sudo.")]
    NotRoot,
    /// There is no systemd.
    #[error(
        "systemd does not run on this machine: the daemons of this stack are started by it. Use a VPS that boots with systemd."
    )]
    NoSystemd,
    /// Neither a pending nor an applied wish.
    #[error("Nothing is set up yet: run 'mailwizard setup', or give an answers file with --answers.")]
    NoSpec,
    /// Another run is at work.
    #[error("Another run is at work: {0}. Wait until it ends.")]
    Locked(String),
    /// Files that the operator edited would be overwritten.
    #[error(
        "You changed {} since it was written here. 'mailwizard plan' shows what. Choose with --edited keep, replace{}, or for one file with --edited FILE=keep: keep leaves it as it is, replace writes ours (yours is kept in the history){}.",
        list(.0), or_merge(.0).0, or_merge(.0).1
    )]
    HandEdited(Vec<HandEdit>),
    /// There is nothing to undo.
    #[error("{0}")]
    NothingToUndo(String),
    /// Something stands in the way of taking one apply out from among others, or of doing it again.
    #[error("{0}")]
    Depends(String),
    /// A step failed; the sentences say why and what was done about it.
    #[error("{0}")]
    Step(String),
    /// An event could not be put into words.
    #[error("the journal could not be written: {0}")]
    Journal(String),
    /// The stack could not be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The machine refused.
    #[error(transparent)]
    Host(#[from] HostError),
    /// Something with keys went wrong.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Something with the certificate went wrong.
    #[error(transparent)]
    Certificate(#[from] ObtainError),
    /// Two wishes could not be compared.
    #[error(transparent)]
    Compared(#[from] Obstacle),
    /// Our own state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(edits: &[HandEdit]) -> String {
    let paths: Vec<String> =
        edits.iter().map(|edit| crate::printable::printable(&edit.path.display().to_string())).collect();
    paths.join(", ")
}

/// Merging is offered where it can be done; where both changed the same lines, that is said.
fn or_merge(edits: &[HandEdit]) -> (&'static str, &'static str) {
    if edits.iter().all(|edit| matches!(edit.merged, Merged::Clean(_))) {
        (" or merge", ", merge takes both changes")
    } else {
        ("", "; merging is not possible where both changed the same lines")
    }
}
