//! Certificates, DKIM keys and password hashes.

pub mod acme;
pub mod caa;
mod certificate;
pub mod check_account;
pub mod csv_export;
pub mod csv_import;
pub mod dkim;
mod error;
mod existing;
pub mod imported_hash;
mod installed;
mod obtain;
mod obtain_error;
pub mod password;
mod precheck;
pub mod renewal;
pub mod self_signed;
mod served;

pub use certificate::{CertificateInfo, CertificatePair};
pub use error::KeyError;
pub use installed::{install, stand_in};
pub use obtain::{Obtained, ask_for_suggestion, current, due, obtain, stale, take_up, what_is_served};
pub use obtain_error::ObtainError;
pub use served::Served;
