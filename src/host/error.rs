//! Why the machine could not be looked at or changed.

use std::path::PathBuf;

/// The machine refused.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// A file operation failed.
    #[error("'{}' could not be {verb}: {source}", path.display())]
    File {
        /// "read", "written", "removed".
        verb: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// A folder, a device or a pipe is where a file should be.
    #[error("'{}' is not a file, but a folder or a device: give the path of a file", .0.display())]
    NotAFile(PathBuf),
    /// A program is not there.
    #[error("'{0}' is not installed or not in PATH")]
    NoProgram(String),
    /// A program could not be started or read.
    #[error("'{command}' could not be run: {source}")]
    Command {
        /// The command line.
        command: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// A program took too long and was killed.
    #[error("'{command}' did not end within {seconds} s and was stopped")]
    TimedOut {
        /// The command line.
        command: String,
        /// The limit.
        seconds: u64,
    },
    /// A user or group is not there.
    #[error("there is no user or group '{0}' on this machine")]
    NoUser(String),
    /// Something that should be readable is not as expected.
    #[error("{what} is not as expected: {reason}")]
    Unexpected {
        /// What was looked at.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}
