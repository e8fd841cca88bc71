//! Ports 465 and 587, where users hand mail in.

mod dialogue;
mod login;
mod milter;

pub(super) use dialogue::{
    SUBMISSION_465_IMPLICIT, SUBMISSION_587_STARTTLS, SUBMISSION_AUTH_BEFORE_TLS, SUBMISSION_REQUIRED,
};
pub(super) use login::{SUBMISSION_AUTH_BAD, SUBMISSION_AUTH_OK, SUBMISSION_SPOOF};
pub(super) use milter::SUBMISSION_DKIM_MILTER;
