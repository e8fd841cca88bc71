//! mailwizard: from an empty VPS to a mail server that other mail servers trust, and what is wrong when it is not.
//!
//! One way through the house:
//!
//! ```text
//! facts + answers -> Spec -> render -> Desired --diff with the host--> Plan -> apply (journal) -> verify -> report
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`printable`] | hostile text made safe for a terminal |
//! | [`spec`] | what the operator wants: `Spec` and its newtypes |
//! | [`finding`] | what a check found out |
//! | [`facts`] | what was found on the machine, as data |
//! | [`changes`] | later changes of an applied wish: a domain, an account, an alias more, other or gone |
//! | [`steps`] | the questions: one file a step, asked alike by every front end |
//! | [`stacks`] | the software a server is made of: `(Spec, Facts) -> Desired` |
//! | [`records`] | the DNS records that a `Spec` and its keys want |
//! | [`clients`] | what people type into their mail programs |
//! | [`symptoms`] | from words, log lines, check results and bounces to the cause; patterns and symptoms as data |
//! | [`plan`] | `Desired x Observed -> Plan` with diffs |
//! | [`host`] | the machine behind one trait |
//! | [`probe`] | line clients that keep every byte as a transcript |
//! | [`keys`] | certificates, DKIM keys, password hashes |
//! | [`store`] | `/etc/mailwizard` and `/var/lib/mailwizard` |
//! | [`adopt`] | a server that somebody else set up: read, understood, taken over |
//! | [`apply`] | carries a plan out: lock, backup, journal, resume, undo |
//! | [`backup`] | the server in one encrypted file, and back from it |
//! | [`checks`] | one file a check, and the runner |
//! | [`front`] | TUI, prompts, plain lines, answers file, reports |
//! | [`cli`] | the command line as types |
//!
//! Imports go one way: `printable, spec, facts` <- `steps, changes, stacks, records, clients, symptoms, plan` (pure) <- `host, probe, keys, store`
//! <- `checks, apply, backup, adopt` <- `front`; `tests/layers.rs` holds this.

// See clippy.toml; tests may use files of their own.
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod adopt;
pub mod apply;
pub mod backup;
pub mod changes;
pub mod checks;
pub mod cli;
pub mod clients;
pub mod facts;
pub mod finding;
pub mod front;
pub mod host;
pub mod keys;
pub mod plan;
pub mod printable;
pub mod probe;
pub mod records;
pub mod spec;
pub mod stacks;
pub mod steps;
pub mod store;
pub mod symptoms;
