//! Arguments of `nodupe executors`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::value_enums::{ColorChoice, ProfileChoice, TextChoice};

// `nodupe executors`.
#[derive(Debug, Args)]
#[command(next_help_heading = "What to show")]
pub(crate) struct ExecutorsArgs {
    /// Directory whose storage and files are measured
    #[arg(
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        default_value = ".",
        help_heading = None::<&str>
    )]
    pub dir: PathBuf,

    /// Benchmark: scan DIR with every executor, and with 1 to 32 threads
    ///
    /// Each run is a separate process, and the configurations take turns. Each
    /// is run 3 to 9 times, as often as fits in 45 seconds; on a large tree the
    /// 3 runs may take longer. The cache is not dropped: after the first run,
    /// files that fit in memory are read from there.
    #[arg(long)]
    pub bench: bool,

    /// Runtime whose rules are shown
    ///
    /// nodupe itself uses native. The others show what the rules would choose
    /// for runtimes with other kinds of threads.
    #[arg(long, value_name = "PROFILE", value_enum, default_value = "native")]
    pub profile: ProfileChoice,

    /// Output format
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

    /// Show no progress
    #[arg(help_heading = "Report", short, long)]
    pub quiet: bool,
}
