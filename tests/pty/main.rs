//! The program on a real pseudo-terminal: the ways out give the terminal back, nothing happens while nothing happens,
//! and little is written.
//!
//! It runs in name spaces of its own: without a network, so that no check dials out, and with an empty
//! `/var/lib/mailwizard`, so that no answers of this machine are read or written. No test goes beyond the first pages.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop where something is wrong")]

mod home;
mod probe;
mod quiet;
mod session;
mod ways_out;
