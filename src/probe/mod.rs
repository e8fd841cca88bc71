//! Line clients for one protocol each that keep every byte as a transcript.
//!
//! What a server sends is hostile: lines, replies, literals and the whole dialogue are bounded in size and time, and
//! text is made printable before it is kept. Secrets go only over connections whose certificate is trusted or our own,
//! and never into a transcript.

pub mod chain;
pub mod dkim;
pub mod dmarc;
pub mod dns;
mod error;
pub mod hello;
pub mod http;
pub mod imap;
pub mod pop3;
pub mod relay;
pub mod sieve;
pub mod signatures;
pub mod smtp;
pub mod spf;
pub mod tls;
mod transcript;
pub mod upgrade;
pub mod versions;
mod wire;

#[cfg(test)]
mod hostile;
#[cfg(test)]
pub(crate) mod test_server;
#[cfg(test)]
mod tests;

pub use error::ProbeError;
pub use transcript::{Direction, Line, Transcript};
pub use wire::{Target, Wire};
