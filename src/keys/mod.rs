//! Certificates, DKIM keys and password hashes.

pub mod dkim;
mod error;
pub mod imported_hash;
pub mod password;

pub use error::KeyError;
