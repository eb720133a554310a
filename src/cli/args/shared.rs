//! What `nodupe scan` and `nodupe check` both take.

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::value_enums::{
    ExecutorChoice, HashChoice, ProfileChoice, TaskChoice, WalkerChoice,
};

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
    /// listed path that is gone is reported and the scan goes on. FILE may be a
    /// pipe, and has at most 4 GiB.
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
    ///
    /// It holds for what is named as well: a PATH or --reference directory is
    /// left out, with a warning, if a GLOB matches its own name, or its path or
    /// that of a directory above it. The working directory as "." never is.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,

    /// Only files whose path matches the regular expression RE (repeatable)
    #[arg(long, value_name = "RE")]
    pub include_regex: Vec<String>,

    /// No file or directory whose path matches RE (repeatable)
    ///
    /// A PATH or --reference directory that RE matches is left out, with a
    /// warning.
    #[arg(long, value_name = "RE")]
    pub exclude_regex: Vec<String>,

    /// Only files with the extension EXT (repeatable, or a,b,c)
    ///
    /// Case does not matter, and neither do a leading dot and spaces around it.
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
    /// out too. A PATH that is named is scanned even if it is ignored. Rules
    /// that cannot be read are reported, and the exit status is 3. scan goes by
    /// the rules alone; check always takes the files that git tracks.
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
    /// Reads the duplicates once more, whatever the hash. Programs that want to
    /// write to them wait for one step of the comparison, wherever the system can
    /// keep them out (Linux, on files of your own or as root).
    #[arg(long)]
    pub verify: bool,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Project file")]
pub struct ProjectArgs {
    /// Read defaults from FILE
    ///
    /// Otherwise from the nodupe.toml of the working directory, or of the
    /// nearest directory above it that has one, unless somebody else can have
    /// put it there. See nodupe config --help.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Read no project file
    #[arg(long, conflicts_with = "config")]
    pub no_config: bool,
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

    /// Use another executor if the one that was asked for cannot start
    ///
    /// For an --executor other than auto, and for --worker-memory, whose limit
    /// does not hold then. auto uses another one by itself.
    #[arg(long)]
    pub executor_fallback: bool,

    /// Choose the executor and the workers to start with by these rules
    ///
    /// native are those of nodupe itself. The others are those of Python
    /// runtimes with other kinds of threads; nodupe executors --profile PROFILE
    /// shows them. They decide only what --executor and --workers leave open.
    #[arg(long, value_name = "PROFILE", value_enum, default_value = "native")]
    pub profile: ProfileChoice,

    /// Give up a file when the system has not answered for this long
    ///
    /// A duration such as 30s or 1m 30s, at least 100ms. The file is tried once
    /// more by another process, then reported, and the scan goes on. Threads
    /// leave the hung read behind and do not try again. Listing directories is
    /// not covered.
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,

    /// Trust the change time of files that changed at least this long ago
    /// [default: 5min]
    ///
    /// A file that somebody is writing to through a memory mapping keeps its
    /// change time until the system has written its pages to the disk, which it
    /// does within a minute or so. Files on local disks that changed earlier
    /// than this are checked by their times. Others are read while a lease keeps
    /// writers out, where that is possible. A disk that is far behind with its
    /// writes may need more.
    #[arg(long, value_name = "DURATION")]
    pub settle_time: Option<String>,

    /// What the work is taken to wait for; auto measures it
    ///
    /// It decides how many workers there are at the start: where a machine has
    /// more than 16 processors, fewer for io.
    #[arg(long, value_name = "TYPE", value_enum, default_value = "auto")]
    pub task_type: TaskChoice,

    /// The most memory that one worker process may address
    ///
    /// A size as for --min-size, at least 64M. A process that needs more ends
    /// and is replaced. It asks for --executor process.
    #[arg(long, value_name = "SIZE")]
    pub worker_memory: Option<String>,

    /// How directories are listed (advanced)
    ///
    /// Each way finds the same files; the choice is there to rule the walker
    /// out when something looks wrong.
    #[arg(long, value_name = "WALKER", value_enum, default_value = "auto")]
    pub walker: WalkerChoice,
}
