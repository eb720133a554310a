//! The arguments as they are written, and their help. One file a subcommand
//! that has many, one for what `scan` and `check` have in common.
//!
//! These structures only parse: a size is still text here. What the text
//! means, and which options make no sense together, is decided in
//! [`super::resolve`], so that nothing past it knows of clap.

mod check;
mod config;
mod executors;
mod scan;
mod shared;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::help;
use super::value_enums::SchemaChoice;

pub use check::CheckArgs;
pub use config::ConfigArgs;
pub use executors::ExecutorsArgs;
pub use scan::{CountArgs, ReportArgs, ScanArgs};
pub use shared::{CompareArgs, GroupArgs, InputArgs, ProjectArgs, RunArgs, SelectionArgs};

/// Finds files with identical content
#[derive(Debug, Parser)]
#[command(
    name = "nodupe",
    version,
    about = help::ABOUT,
    long_about = help::LONG_ABOUT,
    after_help = help::EXAMPLES,
    after_long_help = help::LONG_END,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands. Only the one that is asked for is built in full.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Command {
    /// Find files with identical content and report them
    #[command(
        long_about = help::SCAN_ABOUT,
        after_help = help::SCAN_EXAMPLES,
        after_long_help = help::SCAN_LONG_END
    )]
    Scan(Box<ScanArgs>),
    /// Fail if there are duplicates that the project does not accept
    #[command(
        long_about = help::CHECK_ABOUT,
        after_help = help::CHECK_EXAMPLES,
        after_long_help = help::CHECK_LONG_END
    )]
    Check(Box<CheckArgs>),
    /// Print what is in force for scan and check, and where it was set
    #[command(
        long_about = help::CONFIG_ABOUT,
        after_help = help::CONFIG_EXAMPLES,
        after_long_help = help::CONFIG_LONG_END
    )]
    Config(ConfigArgs),
    /// Show what this machine can run workers with, and measure it
    #[command(
        long_about = help::EXECUTORS_ABOUT,
        after_help = help::EXECUTORS_EXAMPLES,
        after_long_help = help::EXECUTORS_LONG_END
    )]
    Executors(ExecutorsArgs),
    /// Print the JSON Schema of a json report
    #[command(long_about = help::SCHEMA_ABOUT)]
    Schema {
        /// The report to describe
        #[arg(value_name = "REPORT", value_enum, default_value = "scan")]
        report: SchemaChoice,
    },
    /// Print a completion script for a shell
    #[command(long_about = help::COMPLETIONS_ABOUT, after_help = help::COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell to complete for
        shell: Shell,
    },
}
