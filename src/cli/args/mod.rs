//! The command-line arguments and their help texts. One file per subcommand
//! that has many, one for the arguments that `scan` and `check` share.
//!
//! These structures only parse: a size is still text here. [`super::resolve`]
//! interprets the text and rejects options that cannot be combined, so that no
//! code after it depends on clap.

mod check;
mod config;
mod executors;
mod scan;
mod shared;

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::help;
use super::value_enums::SchemaChoice;

pub(crate) use check::CheckArgs;
pub(crate) use config::ConfigArgs;
pub(crate) use executors::ExecutorsArgs;
pub(crate) use scan::{CountArgs, ReportArgs, ScanArgs};
pub(crate) use shared::{CompareArgs, GroupArgs, InputArgs, ProjectArgs, RunArgs, SelectionArgs};

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
pub(super) struct Cli {
    /// The subcommand to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands. Only the one that is invoked is built in full.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
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
    /// Print the settings in effect for scan and check, and where each was set
    #[command(
        long_about = help::CONFIG_ABOUT,
        after_help = help::CONFIG_EXAMPLES,
        after_long_help = help::CONFIG_LONG_END
    )]
    Config(ConfigArgs),
    /// Show which executors this machine supports, and benchmark them
    #[command(
        long_about = help::EXECUTORS_ABOUT,
        after_help = help::EXECUTORS_EXAMPLES,
        after_long_help = help::EXECUTORS_LONG_END
    )]
    Executors(ExecutorsArgs),
    /// Print the JSON Schema of a json report
    #[command(long_about = help::SCHEMA_ABOUT)]
    Schema {
        /// Report that the schema describes
        #[arg(value_name = "REPORT", value_enum, default_value = "scan")]
        report: SchemaChoice,
    },
    /// Print a completion script for a shell
    #[command(long_about = help::COMPLETIONS_ABOUT, after_help = help::COMPLETIONS_EXAMPLES)]
    Completions {
        /// Shell to generate the script for
        shell: Shell,
    },
}
