//! Arguments of `nodupe scan` alone.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::shared::{ProjectArgs, RunArgs, ScopeArgs};
use crate::cli::value_enums::{ColorChoice, FormatChoice, SortChoice};
use crate::cli::values;
use crate::config::Containment;

// `nodupe scan`. (A doc comment would replace the about text.)
#[derive(Debug, Args)]
pub(crate) struct ScanArgs {
    #[command(flatten)]
    pub scope: ScopeArgs,
    #[command(flatten)]
    pub counts: CountArgs,
    #[command(flatten)]
    pub directories: DirectoryArgs,
    #[command(flatten)]
    pub report: ReportArgs,
    #[command(flatten)]
    pub project: ProjectArgs,
    #[command(flatten)]
    pub running: RunArgs,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Groups")]
pub(crate) struct CountArgs {
    /// Only report files without a duplicate
    ///
    /// The same as --rf-under 2.
    ///
    /// If some paths could not be read (status 3), a file listed here may have
    /// its duplicate among them.
    #[arg(long)]
    pub unique: bool,

    /// Only report content with fewer than N copies, single files included
    #[arg(long, value_name = "N", value_parser = values::count)]
    pub rf_under: Option<NonZeroU64>,

    /// Only report content with more than N copies
    #[arg(long, value_name = "N", value_parser = values::count)]
    pub rf_over: Option<NonZeroU64>,
}

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Directories")]
pub(crate) struct DirectoryArgs {
    /// Also report directories with identical content
    ///
    /// Identical are names, files, directories and the targets of symbolic
    /// links. Empty files take part unless --min-size is above 1. A directory in
    /// which anything was skipped, could not be read or changed is not compared.
    ///
    /// Only the topmost directories are reported. The table does not list groups
    /// of files that lie within them, and --redundant with fdupes or paths0 does
    /// not list files in directories that it lists.
    ///
    /// A directory is redundant only if all files in it are: each one that holds
    /// a file to keep is kept, or else the one that --keep chooses.
    #[arg(long)]
    pub directories: bool,

    /// With --directories: ignore names, compare only content on each level
    #[arg(long)]
    pub ignore_names: bool,

    /// With --directories: also report directories of whose files PART is in
    /// another one
    ///
    /// PART is a percentage such as 90%. Only content counts, whatever the names;
    /// the files that only the first one has are listed. Directories with fewer than
    /// 3 files are left out, and of directories inside each other the inner ones.
    /// Content that is in more than 64 places counts, but does not lead to another
    /// directory by itself. In table, json and jsonl only.
    #[arg(long, value_name = "PART", value_parser = Containment::parse)]
    pub similar: Option<Containment>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct ReportArgs {
    /// Report format
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
    /// It is written to a temporary file beside FILE and renamed when complete,
    /// so FILE never holds half a report. A device or FIFO is written directly.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Order of the groups [default: reclaimable]
    ///
    /// jsonl without --sort or --limit is written while the scan runs, largest
    /// files first; otherwise it is written at the end.
    #[arg(long, value_name = "KEY", value_enum, hide_default_value = true)]
    pub sort: Option<SortChoice>,

    /// Report only the first N groups, 0 for all; the totals count all of them
    ///
    /// Without it all groups are reported, except that the table in a terminal
    /// shows as many as fit on the screen.
    #[arg(long, value_name = "N", value_parser = values::limit)]
    pub limit: Option<u64>,

    /// List only the redundant files: all but the one to keep of each group
    ///
    /// Removing everything listed leaves one file of each content, and all
    /// references. fdupes and paths0 list all names of a redundant file. See
    /// --keep for the file that is kept.
    #[arg(long)]
    pub redundant: bool,

    /// Begin csv with a byte order mark, by which Excel recognizes UTF-8
    #[arg(long)]
    pub csv_bom: bool,

    /// When to use colors
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub color: ColorChoice,
}
