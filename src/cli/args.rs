//! The arguments as they are written, and their help.
//!
//! These structures only parse: a size is still text here. What the text
//! means, and which options make no sense together, is decided in
//! [`super::resolve`], so that nothing past it knows of clap.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;

use super::choices::{
    CheckFormatChoice, ColorChoice, CommandChoice, ExecutorChoice, FormatChoice, HashChoice,
    ProfileChoice, SchemaChoice, SortChoice, TaskChoice, TextChoice, WalkerChoice,
};
use super::help;

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
    /// old file is found; what was there before is not held against it.
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
    /// need not exist.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub baseline: Option<PathBuf>,

    /// Accept what is there now: write it to the baseline
    ///
    /// Entries for files outside the scanned PATHs are kept, and so are those
    /// of files that were left out or could not be read this time.
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

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Project file")]
pub struct ProjectArgs {
    /// Read defaults from FILE
    ///
    /// Otherwise from the nodupe.toml of the working directory, or of the
    /// nearest directory above it that has one. See nodupe config --help.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Read no project file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Directories and files to scan [default: the current directory]
    ///
    /// Symbolic links named here are followed. Roots may overlap: a file is
    /// never a duplicate of itself, however often it is reached.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = None::<&str>)]
    pub paths: Vec<PathBuf>,

    /// Also scan the paths listed in FILE, one a line; - reads standard input
    ///
    /// Paths are taken byte for byte; empty lines are ignored. Where no PATH is
    /// given, only the list is scanned: an empty list is an empty scan. A
    /// listed path that is gone is reported and the scan goes on.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files_from: Option<PathBuf>,

    /// The paths of --files-from end with NUL, as find -print0 writes them
    #[arg(short = '0', long, requires = "files_from")]
    pub null: bool,

    /// Take the files under DIR as originals (repeatable)
    ///
    /// They are scanned with the rest, marked and listed first in their group,
    /// and never counted as waste. A group of originals alone is not reported.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub reference: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
pub struct SelectionArgs {
    /// Leave out files smaller than SIZE [default: 1, so empty files]
    ///
    /// A size is a number of bytes or has a unit: k, M, G, T, P count in 1024s
    /// (as do KiB, MiB, ...), kB, MB, GB, ... in 1000s. 1.5G will do.
    #[arg(long, value_name = "SIZE")]
    pub min_size: Option<String>,

    /// Leave out files larger than SIZE
    #[arg(long, value_name = "SIZE")]
    pub max_size: Option<String>,

    /// Only files that match GLOB (repeatable: any of them)
    ///
    /// A glob without a slash is held against the name, one that starts with a
    /// slash against the absolute path, any other against the path below the
    /// nearest PATH above the file. Quote it, or the shell expands it first.
    #[arg(long, value_name = "GLOB")]
    pub include: Vec<String>,

    /// No file or directory that matches GLOB (repeatable)
    ///
    /// Matches as for --include. Excluding a directory excludes all that is in
    /// it. Excluding wins over including.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Only files whose path matches the regular expression RE (repeatable)
    #[arg(long, value_name = "RE")]
    pub include_regex: Vec<String>,

    /// No file or directory whose path matches RE (repeatable)
    #[arg(long, value_name = "RE")]
    pub exclude_regex: Vec<String>,

    /// Only files with the extension EXT (repeatable, or a,b,c)
    ///
    /// Case does not matter, and neither does a leading dot.
    #[arg(short, long, value_name = "EXT", value_delimiter = ',')]
    pub extension: Vec<String>,

    /// Look at most N levels deep: 1 is the files of PATH itself
    #[arg(short = 'd', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_depth: Option<u32>,

    /// Leave out names that start with a dot
    ///
    /// A PATH that is named is scanned whatever its name.
    #[arg(long)]
    pub no_hidden: bool,

    /// Leave out what git would ignore
    ///
    /// By the rules of gitignore(5), in work trees only; .git itself is left
    /// out too. A PATH that is named is scanned even if it is ignored.
    #[arg(long, overrides_with = "no_gitignore")]
    pub gitignore: bool,

    /// Also what git would ignore
    #[arg(long, overrides_with = "gitignore")]
    pub no_gitignore: bool,

    /// Follow symbolic links; loops are detected
    #[arg(short = 'L', long)]
    pub follow_links: bool,

    /// Stay on the file system of each PATH
    #[arg(short = 'x', long)]
    pub one_file_system: bool,

    /// Only files modified at or after WHEN
    ///
    /// WHEN is a date (2026-01-31: its first moment), a date and time, both in
    /// the local time zone, an RFC 3339 time, or how long ago: 90s, 15m, 2d,
    /// "3 weeks", 6mo (m is minutes, mo is months).
    #[arg(long, value_name = "WHEN")]
    pub newer_than: Option<String>,

    /// Only files modified before WHEN
    #[arg(long, value_name = "WHEN")]
    pub older_than: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Groups")]
pub struct GroupArgs {
    /// Only groups with files under at least two roots
    ///
    /// Every PATH and every --reference DIR is a root; the list of
    /// --files-from is one root as a whole.
    #[arg(long)]
    pub across_roots: bool,

    /// Report hard links to one file as duplicates of each other
    ///
    /// Otherwise they are one file with several names: they share their bytes,
    /// so removing one frees nothing. They never count as reclaimable.
    #[arg(short = 'H', long)]
    pub hard_links: bool,

    /// Only groups of at least N copies [default: 2]
    #[arg(long, value_name = "N")]
    pub min_copies: Option<NonZeroU64>,
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
#[command(next_help_heading = "Comparison")]
pub struct CompareArgs {
    /// What content is compared by; only blake3 is collision-resistant
    ///
    /// Different files with the same digest can be made on purpose for the
    /// others, so use those with --verify or on files you trust.
    #[arg(long, value_name = "HASH", value_enum, default_value = "blake3")]
    pub hash: HashChoice,

    /// Compare every group byte for byte after hashing
    ///
    /// Reads the duplicates once more. With it, the result is certain whatever
    /// the hash.
    #[arg(long)]
    pub verify: bool,
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

#[derive(Debug, Args)]
#[command(next_help_heading = "Running")]
pub struct RunArgs {
    /// No progress and no warnings; the report and fatal errors remain
    #[arg(short, long)]
    pub quiet: bool,

    /// Tell on standard error what was decided and why, and every failed path
    #[arg(short, long, conflicts_with = "quiet")]
    pub verbose: bool,

    /// How many files are read at once: auto, or a number up to 1024
    ///
    /// auto starts with two for each processor, measures how much gets done,
    /// and moves to where most does: to more on storage that answers many
    /// requests at once, to fewer on a disk that would only seek.
    ///
    /// It stops at 64 threads or 32 processes, or at what it started with if
    /// that is more; on local storage already at four for each processor (or at
    /// 8), since every one has up to 64 reads under way.
    #[arg(short = 'j', long, value_name = "N", default_value = "auto")]
    pub workers: String,

    /// Where files are read and hashed
    ///
    /// auto takes threads, or processes where a read may have to be ended:
    /// with --timeout, and on network and FUSE file systems. Each way finds the
    /// same groups. If the one that auto chose cannot start, the next best is
    /// used, and the report says so.
    #[arg(long, value_name = "KIND", value_enum, default_value = "auto")]
    pub executor: ExecutorChoice,

    /// Use another executor if the one of --executor cannot start
    #[arg(long)]
    pub executor_fallback: bool,

    /// Give up a file when the system has not answered for this long
    ///
    /// A duration such as 30s or 1m 30s, at least 100ms. The file is tried once
    /// more by another process, then reported, and the scan goes on. Threads
    /// leave the hung read behind and do not try again. Listing directories is
    /// not covered.
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,

    /// What the work is taken to wait for; auto measures it
    ///
    /// It decides how many workers there are at the start: where a machine has
    /// more than 16 processors, fewer for io.
    #[arg(long, value_name = "TYPE", value_enum, default_value = "auto")]
    pub task_type: TaskChoice,

    /// The most memory that one worker process may address
    ///
    /// A size as for --min-size. One that needs more ends and is replaced.
    #[arg(long, value_name = "SIZE")]
    pub worker_memory: Option<String>,

    /// How directories are listed (advanced)
    ///
    /// Each way finds the same files; the choice is there to rule the walker
    /// out when something looks wrong. Only the native one goes where paths are
    /// longer than the system takes (4095 bytes); portable reports those.
    #[arg(long, value_name = "WALKER", value_enum, default_value = "auto")]
    pub walker: WalkerChoice,
}

// `nodupe config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The subcommand to print; both if none is named
    #[arg(value_name = "COMMAND", value_enum, help_heading = None::<&str>)]
    pub command: Option<CommandChoice>,

    /// Arguments as they would be given to COMMAND
    ///
    /// They count as given. What looks like an option of nodupe config itself
    /// comes behind --, as in nodupe config scan -- --format json.
    #[arg(
        value_name = "ARGUMENT",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        requires = "command",
        help_heading = None::<&str>
    )]
    pub arguments: Vec<OsString>,

    /// How it is written
    #[arg(
        help_heading = "Report",
        short,
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "text"
    )]
    pub format: TextChoice,

    #[command(flatten)]
    pub project: ProjectArgs,
}

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
