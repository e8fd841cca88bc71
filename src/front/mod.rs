//! The front ends: the TUI, the prompts, the plain lines, the answers file, the reports. They do not import one
//! another; all of them ask the declarations in [`steps`](crate::steps).

pub mod answers;
pub mod asking;
pub mod carrying_out;
pub mod certificate;
pub mod changing;
pub mod check_progress;
pub mod commands;
pub mod confirmation;
pub mod diagnosis;
pub mod domain_records;
pub mod edited_files;
pub mod exit;
pub mod key_words;
pub mod options;
pub mod output;
pub mod overview;
pub mod paragraph;
pub mod passphrase;
pub mod plain;
pub mod progress;
pub mod record_lines;
pub mod report;
pub mod result_lines;
pub mod size;
pub mod teller;
pub mod tui;
pub mod typed_name;
pub mod unattended;
pub mod wish;
pub mod wizard;

#[cfg(test)]
mod three_front_ends;
