//! Certificates, DKIM keys and password hashes.

mod certificate;
pub mod check_account;
pub mod dkim;
mod error;
pub mod imported_hash;
pub mod password;
pub mod self_signed;

pub use certificate::{CertificateInfo, CertificatePair};
pub use error::KeyError;
