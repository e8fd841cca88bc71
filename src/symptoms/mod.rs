//! From the operator's words to the cause: what logs, checks and bounces say together. Pure: it is given lines, results
//! and texts, and reads nothing itself.

pub mod log;
pub mod trace;
