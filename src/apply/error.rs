//! Why an apply could not be done or went wrong.

use std::path::PathBuf;

use crate::host::HostError;
use crate::keys::{KeyError, ObtainError};
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
        "You changed {} since it was written here. Choose: --edited keep leaves it as it is, --edited replace writes ours (yours is kept in the history).",
        list(.0)
    )]
    HandEdited(Vec<PathBuf>),
    /// There is nothing to undo.
    #[error("{0}")]
    NothingToUndo(String),
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
    /// Our own state cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}
