//! What a person types into a mail program, and the files that type it for them. Pure.

mod files;
mod sheet;

pub use files::{FileError, autoconfig, mobileconfig};
pub use sheet::{ClientSettings, Security, ServerSettings};
