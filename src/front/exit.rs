//! How the program ends: the exit codes that scripts rely on, and the error that carries one.

use std::error::Error;
use std::process::ExitCode;

use super::wizard::WizardError;
use crate::apply::ApplyError;

/// The exit codes. `anything | head` ends with the code the whole output would have ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or all is good.
    Done = 0,
    /// Something failed, or a check did.
    Failed = 1,
    /// Wrong usage, a wrong answers file, or neither a terminal nor answers.
    Usage = 2,
    /// Done as far as it can be; the operator must act first, for example publish a record.
    OperatorMustAct = 3,
    /// Another run holds the lock.
    Locked = 4,
    /// The operator left.
    Left = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ended early: an error and the exit code that belongs to it.
///
/// It is no `std::error::Error` itself, so that `?` turns every error into one that ends with [`Exit::Failed`].
#[derive(Debug)]
pub struct Failure {
    /// The code to end with.
    pub exit: Exit,
    /// What went wrong, a sentence.
    pub error: Box<dyn Error + Send + Sync>,
}

impl Failure {
    /// An error that ends with another code than [`Exit::Failed`].
    pub fn new(exit: Exit, error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { exit, error: error.into() }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: Box<dyn Error + Send + Sync> = error.into();
        Self { exit: exit_of(&*error), error }
    }
}

/// A held lock has an exit code of its own, and so has what the operator must settle first, wherever it was noticed.
fn exit_of(error: &(dyn Error + 'static)) -> Exit {
    let refusal = match error.downcast_ref() {
        Some(WizardError::Apply(refusal)) => Some(refusal),
        _ => error.downcast_ref::<ApplyError>(),
    };
    match refusal {
        Some(ApplyError::Locked(_)) => Exit::Locked,
        Some(ApplyError::HandEdited(_)) => Exit::OperatorMustAct,
        _ => Exit::Failed,
    }
}
