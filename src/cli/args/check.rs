//! What `nodupe check` takes beside the arguments of a scan.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::{CompareArgs, GroupArgs, InputArgs, ProjectArgs, RunArgs, SelectionArgs};
use crate::cli::value_enums::{CheckFormatChoice, ColorChoice};

// `nodupe check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub judging: JudgingArgs,
    #[command(flatten)]
    pub baseline: BaselineArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub groups: GroupArgs,
    #[command(flatten)]
    pub compare: CompareArgs,
    #[command(flatten)]
    pub report: CheckReportArgs,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub running: RunArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Judging")]
pub struct JudgingArgs {
    /// Put up with N groups that have new duplicates [default: 0]
    ///
    /// Accepted duplicates never count. Where any of the three --max options is
    /// given, only those that are given limit anything.
    #[arg(long, value_name = "N")]
    pub max_groups: Option<u64>,

    /// Put up with N new duplicate files
    ///
    /// One file of a group is its original, and not counted.
    #[arg(long, value_name = "N")]
    pub max_duplicates: Option<u64>,

    /// Put up with new duplicates that take SIZE together
    #[arg(long, value_name = "SIZE")]
    pub max_reclaimable: Option<String>,

    /// Judge only groups with files added or changed since the git revision REV
    ///
    /// Changes are counted from where HEAD and REV parted, and those that are
    /// not committed count too. The whole tree is scanned, so a new copy of an
    /// old file is found; what was there before is not held against it. Git's
    /// files are read; no git program, filter or hook is run and nothing is
    /// fetched. Where a filter or another conversion stands between a file and
    /// git, the times and size in the index decide whether it changed.
    #[arg(long, value_name = "REV", conflicts_with = "update_baseline")]
    pub changed_since: Option<String>,

    /// Stop at the first group that is over a budget
    #[arg(long, conflicts_with = "update_baseline")]
    pub fail_fast: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Baseline")]
pub struct BaselineArgs {
    /// The list of accepted duplicates [default: .nodupe-baseline.json]
    ///
    /// A file of JSON, to be kept with the project. It lists digests and paths
    /// relative to the project's root. The default is looked for there, and
    /// need not exist. One that is there and cannot be read is an error, and so
    /// is one of more than 256 MiB, and, unless it was named here, one that
    /// belongs to another user or that everybody may exchange.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,

    /// Accept what is there now: write it to the baseline
    ///
    /// Entries for files outside the scanned PATHs are kept, and so are those
    /// of files that were left out or could not be read this time. It is never
    /// written to a symbolic link, and outside of the project only where an
    /// argument, the environment or --config says so.
    #[arg(long)]
    pub update_baseline: bool,

    /// Fail if the baseline has entries that no longer hold
    #[arg(long, conflicts_with = "update_baseline")]
    pub deny_stale: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub struct CheckReportArgs {
    /// How the report is written
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "table"
    )]
    pub format: CheckFormatChoice,

    /// Write the report to FILE instead of standard output
    ///
    /// It is written beside FILE and renamed when it is whole.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Also write a report in FORMAT to FILE (repeatable)
    ///
    /// As in --report sarif=out.sarif --report junit=out.xml.
    #[arg(long, value_name = "FORMAT=FILE")]
    pub report: Vec<String>,

    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: ColorChoice,
}
