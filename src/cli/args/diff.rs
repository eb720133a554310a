//! Arguments of `nodupe diff`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::{CompareArgs, RunArgs, SelectionArgs};
use crate::cli::value_enums::{ColorChoice, DiffFormatChoice, SideChoice};
use crate::cli::values;

// `nodupe diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Directory that may be superfluous
    #[arg(value_name = "A", value_hint = ValueHint::DirPath)]
    pub a: PathBuf,

    /// Directory that may have everything that is in A; A may lie in it
    #[arg(value_name = "B", value_hint = ValueHint::DirPath)]
    pub b: PathBuf,

    #[command(flatten)]
    pub report: DiffReportArgs,

    #[command(flatten)]
    pub selection: SelectionArgs,

    #[command(flatten)]
    pub compare: CompareArgs,

    #[command(flatten)]
    pub running: RunArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct DiffReportArgs {
    /// Print only the paths of what is in SIDE and not in the other
    ///
    /// One path per line, or each followed by NUL with --format paths0. In the
    /// lines, a line break in a name is written as \n.
    #[arg(long, value_name = "SIDE", value_enum, ignore_case = true)]
    pub only_in: Option<SideChoice>,

    /// Report format
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "table"
    )]
    pub format: DiffFormatChoice,

    /// Write the report to FILE instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Show at most N entries of a kind in the table, 0 for all [default: 50]
    #[arg(long, value_name = "N", value_parser = values::limit)]
    pub limit: Option<u64>,

    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: ColorChoice,
}
