//! What `nodupe executors` takes.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::value_enums::{ColorChoice, ProfileChoice, TextChoice};

// `nodupe executors`.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to show")]
pub struct ExecutorsArgs {
    /// The directory whose storage and files are looked at
    #[arg(
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        default_value = ".",
        help_heading = None::<&str>
    )]
    pub dir: PathBuf,

    /// Scan DIR with every executor, and with more and more workers
    ///
    /// Each run is a process of its own, and they take turns. There are 3 to 9
    /// runs of each, as many as fit in 45 seconds; on a large tree 3 take what
    /// they take. Nothing is dropped from the cache: after the first run, files
    /// that fit in memory come from there.
    #[arg(long)]
    pub bench: bool,

    /// Whose rules to show
    ///
    /// nodupe goes by native. The others show how the rules come out for
    /// runtimes with other kinds of threads.
    #[arg(
        long,
        value_name = "PROFILE",
        value_enum,
        default_value = "native",
        conflicts_with = "bench"
    )]
    pub profile: ProfileChoice,

    /// How the result is written
    #[arg(
        help_heading = "Report",
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "text"
    )]
    pub format: TextChoice,

    /// When to use colors
    #[arg(
        help_heading = "Report",
        long,
        value_name = "WHEN",
        value_enum,
        default_value = "auto"
    )]
    pub color: ColorChoice,

    /// No progress
    #[arg(help_heading = "Report", short, long)]
    pub quiet: bool,
}
