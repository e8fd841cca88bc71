//! One file a subcommand: an `Args` struct whose comments are its `--help`, and
//! `run(args, &Options) -> Result<Exit, Failure>`. A new one is a file here, a line below, a variant in `cli.rs` and an
//! arm in `main.rs`.

mod accept;
pub mod account;
pub mod adopt;
pub mod alias;
pub mod apply;
pub mod backup;
pub mod cert;
pub mod check;
mod check_names;
pub mod client;
pub mod completions;
pub mod dkim;
pub mod domain;
pub mod history;
pub mod leave;
pub mod man;
mod message_file;
mod nightly;
pub mod plan;
pub mod probe;
pub mod records;
pub mod restore;
pub mod setup;
pub mod status;
pub mod trace;
pub mod troubleshoot;
pub mod undo;
