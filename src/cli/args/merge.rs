//! Arguments of `nodupe merge`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::value_enums::{ColorChoice, FormatChoice};
use crate::cli::values;
use crate::config::KeepRule;

// `nodupe merge`.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Indexes of nodupe index, of any number of hosts and drives
    #[arg(
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        required = true,
        help_heading = None::<&str>
    )]
    pub files: Vec<PathBuf>,

    /// Only report groups with files on at least two hosts
    #[arg(long, help_heading = "Groups")]
    pub across_hosts: bool,

    /// Only report content that is on HOST alone
    ///
    /// A file without a digest that may equal one elsewhere is not among them, and is
    /// counted.
    #[arg(long, value_name = "HOST", value_parser = values::host, help_heading = "Groups")]
    pub unique_to: Option<String>,

    /// Report files of HOST that are equal, by their paths there, for nodupe remove
    /// --report on HOST
    ///
    /// Only groups that keep a file on HOST are in it: nothing is removed because
    /// another machine says that it has a copy. HOST looks at each file again and
    /// compares all bytes.
    #[arg(long, value_name = "HOST", value_parser = values::host, help_heading = "Groups")]
    pub plan_for: Option<String>,

    /// Take equal file systems of two hosts for clones, as those of virtual machines
    /// made from one image are
    ///
    /// Otherwise a file with the same file system, number and times on two hosts is
    /// one file that both reach, and no copy.
    #[arg(long, help_heading = "Groups")]
    pub cloned: bool,

    /// Write what is to be read next to FILE, for nodupe index --candidates
    ///
    /// It has the sizes that several files have, and the ends. Index each host again
    /// with it, and merge the new indexes; two rounds prove everything.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Groups")]
    pub candidates: Option<PathBuf>,

    /// Prefer the file that RULE chooses (repeatable, in order): see nodupe scan
    ///
    /// first-path is the host whose index was given first. What git tracks is unknown
    /// here.
    #[arg(
        long,
        value_name = "RULE",
        value_parser = values::keep_rule,
        help_heading = "Which file is kept"
    )]
    pub keep: Vec<KeepRule>,

    /// Report format
    #[arg(
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "table",
        help_heading = "Report"
    )]
    pub format: FormatChoice,

    /// Write the report to FILE instead of standard output
    #[arg(
        short,
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Report"
    )]
    pub output: Option<PathBuf>,

    /// Report only the first N groups, 0 for all; the totals count all of them
    #[arg(long, value_name = "N", value_parser = values::limit, help_heading = "Report")]
    pub limit: Option<u64>,

    /// List only the redundant files: all but the one to keep of each group
    #[arg(long, help_heading = "Report")]
    pub redundant: bool,

    /// When to use colors
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value = "auto",
        help_heading = "Report"
    )]
    pub color: ColorChoice,

    /// Directory for temporary files [default: that of the system]
    ///
    /// They take some 200 bytes for each row, and have no names.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Running")]
    pub temporary: Option<PathBuf>,

    /// Show no warnings, only the report and fatal errors
    #[arg(short, long, help_heading = "Running")]
    pub quiet: bool,
}
