//! The options that every subcommand takes.

use clap::{Args, ValueEnum};

/// Options that stand before or after any subcommand.
#[derive(Debug, Clone, Default, Args)]
pub struct Options {
    /// Ask and answer in plain lines, one after the other: for screen readers, pipes and dumb terminals
    #[arg(long, global = true, conflicts_with = "prompts")]
    pub plain: bool,
    /// Ask by prompts on the terminal instead of a full screen
    #[arg(long, global = true)]
    pub prompts: bool,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: Color,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
