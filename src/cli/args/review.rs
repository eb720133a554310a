//! Arguments of `nodupe review`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::act::ActArgs;

const REPORT_HELP: &str =
    "Review the groups in FILE, a json or jsonl report; - reads standard input";

const REPORT_LONG_HELP: &str = "\
Review the groups in FILE, a json or jsonl report; - reads standard input

It may be a report of nodupe scan, one that its HTML page saved, or the marks that \
an earlier review saved: then the review goes on with them. Every file is checked \
and compared again before it is acted on.";

const OUTPUT_HELP: &str = "Save the marks in FILE when the review is left";

const OUTPUT_LONG_HELP: &str = "\
Save the marks in FILE when the review is left

Also at w, before marks are acted on, and if the terminal is closed. FILE is a json \
report with the marks: nodupe review --report FILE goes on with it, and nodupe remove \
--report FILE removes what is marked to be removed; so do link, dedupe and move with \
their marks.";

const FORMAT_HELP: &str = "Format of the report of what was done";

const YES_HELP: &str = "Act on the marks without asking; required if there is no terminal";

// `nodupe review`.
#[derive(Debug, Args)]
#[command(
    mut_arg("report", |arg| arg.help(REPORT_HELP).long_help(REPORT_LONG_HELP)),
    mut_arg("output", |arg| arg.help(OUTPUT_HELP).long_help(OUTPUT_LONG_HELP)),
    mut_arg("format", |arg| arg.help(FORMAT_HELP)),
    mut_arg("yes", |arg| arg.help(YES_HELP))
)]
pub(crate) struct ReviewArgs {
    #[command(flatten)]
    pub act: ActArgs,

    /// Use lines of text instead of a screen: for screen readers and slow lines
    ///
    /// Commands are read from standard input, one per line; h lists them.
    #[arg(long, help_heading = "Review")]
    pub plain: bool,

    /// Move files that are marked so below DIR, keeping their relative paths
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Acting")]
    pub to: Option<PathBuf>,

    /// Put files that are marked to be removed into the desktop's trash (Linux)
    #[arg(long, help_heading = "Acting")]
    pub trash: bool,

    /// Make symbolic links instead of hard links
    #[arg(long, help_heading = "Acting")]
    pub symbolic: bool,

    /// Also link files whose owner, permissions or attributes differ
    #[arg(long, help_heading = "Acting")]
    pub ignore_metadata: bool,

    /// Also remove directories that become empty
    #[arg(long, help_heading = "Acting")]
    pub prune_empty_dirs: bool,
}
