//! Logs: how a line is read, what is looked for in it, and what was found.

mod batch;
mod line;
mod own_checks;
mod patterns;
#[cfg(test)]
mod real_lines;
mod required;
mod scan;
mod stamp;

pub use batch::{Batch, Look, Looked};
pub use line::{Line, read};
pub use patterns::{Pattern, Patterns, patterns};
pub use scan::{Hit, MAX_LINE, Scan, Seen, lines};
pub use stamp::{Clock, Seconds};
