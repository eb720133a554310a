//! What `nodupe scan` alone takes.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::{CompareArgs, GroupArgs, InputArgs, ProjectArgs, RunArgs, SelectionArgs};
use crate::cli::value_enums::{ColorChoice, FormatChoice, SortChoice};

// `nodupe scan`. (A doc comment would take the place of what it is about.)
#[derive(Debug, Args)]
pub struct ScanArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub groups: GroupArgs,
    #[command(flatten)]
    pub counts: CountArgs,
    #[command(flatten)]
    pub compare: CompareArgs,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub running: RunArgs,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Groups")]
pub struct CountArgs {
    /// Only files without a duplicate; the same as --rf-under 2
    ///
    /// Where some paths could not be read (status 3), a file listed here may
    /// have its duplicate among them.
    #[arg(long)]
    pub unique: bool,

    /// Only content with fewer than N copies, single files included
    #[arg(long, value_name = "N")]
    pub rf_under: Option<NonZeroU64>,

    /// Only content with more than N copies
    #[arg(long, value_name = "N")]
    pub rf_over: Option<NonZeroU64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct ReportArgs {
    /// How the report is written
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "table"
    )]
    pub format: FormatChoice,

    /// Write the report to FILE instead of standard output
    ///
    /// It is written beside FILE and renamed when it is whole, so FILE never
    /// holds half a report. A device or FIFO is written to directly.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// The order of the groups [default: reclaimable]
    ///
    /// jsonl without --sort is written while the scan runs, largest files
    /// first; with --sort it waits for the end.
    #[arg(long, value_name = "KEY", value_enum, hide_default_value = true)]
    pub sort: Option<SortChoice>,

    /// Report the first N groups only; the totals still count all of them
    #[arg(long, value_name = "N")]
    pub limit: Option<NonZeroU64>,

    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: ColorChoice,
}
