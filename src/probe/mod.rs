//! Line clients for one protocol each that keep every byte as a transcript.

pub mod dns;
