//! Arguments that `nodupe scan` and `nodupe check` share.

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use crate::cli::value_enums::{
    ExecutorChoice, HashChoice, PresetChoice, ProfileChoice, TaskChoice, WalkerChoice,
};
use crate::cli::values::{self, CacheChoice, Glob, When, Workers};
use crate::config::KeepRule;

// What is scanned and compared: flattened into every subcommand that scans. (A doc
// comment would replace the about text of the subcommand.)
#[derive(Debug, Args)]
pub(crate) struct ScopeArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub groups: GroupArgs,
    #[command(flatten)]
    pub keep: KeepArgs,
    #[command(flatten)]
    pub compare: CompareArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// Directories and files to scan [default: the current directory]
    ///
    /// Symbolic links given here are followed. PATHs may overlap: a file is never
    /// a duplicate of itself, however often it is reached.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = None::<&str>)]
    pub paths: Vec<PathBuf>,

    /// Also scan the paths listed in FILE, one per line; - reads standard input
    ///
    /// Paths are read byte for byte; empty lines are ignored. If no PATH is
    /// given, only the listed paths are scanned: with an empty list, nothing. A
    /// listed path that no longer exists is reported, and the scan continues.
    /// FILE may be a pipe, and may hold at most 4 GiB.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files_from: Option<PathBuf>,

    /// Paths in --files-from end with NUL, as find -print0 writes them
    #[arg(short = '0', long)]
    pub null: bool,

    /// Does nothing: directories are always scanned recursively
    #[arg(short, long, hide = true)]
    pub recursive: bool,

    /// Treat the files under DIR as originals (repeatable)
    ///
    /// nodupe scan PATH --reference DIR shows what of PATH is already under DIR.
    /// References are scanned like all other files, are all kept, and are listed
    /// first in their group. A group that consists only of references is not
    /// reported.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::AnyPath)]
    pub reference: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionArgs {
    /// Skip files smaller than SIZE [default: 1: empty files are skipped]
    ///
    /// A size is a number of bytes, or a number with a unit: k, M, G, T, P (and
    /// KiB, MiB, ...) are powers of 1024, kB, MB, GB, ... powers of 1000.
    /// Fractions such as 1.5G are allowed.
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = values::size,
        default_value = "1",
        hide_default_value = true
    )]
    pub min_size: u64,

    /// Skip files larger than SIZE
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub max_size: Option<u64>,

    /// Only scan files that match GLOB (repeatable: at least one must match)
    ///
    /// A glob without a slash is matched against the name, one that starts with a
    /// slash against the absolute path, any other against the path relative to
    /// the nearest PATH above the file. Quote it, or the shell expands it first.
    #[arg(long, value_name = "GLOB", value_parser = values::glob)]
    pub include: Vec<Glob>,

    /// Skip files and directories that match GLOB (repeatable)
    ///
    /// Globs match as for --include. Excluding a directory excludes everything
    /// in it. --exclude takes precedence over --include.
    ///
    /// It also applies to PATHs and --reference directories: one is skipped,
    /// with a warning, if a GLOB matches its own name, its path or the path of a
    /// directory above it. The working directory given as "." is never skipped.
    #[arg(long, value_name = "GLOB", value_parser = values::glob)]
    pub exclude: Vec<Glob>,

    /// Also skip files that are rarely of interest in a home folder or source code
    ///
    /// home is --exclude for each of: .Trash/ .Trash-*/ **/share/Trash/
    /// $RECYCLE.BIN/ .git/ .hg/ .svn/ .jj/ node_modules/ __pycache__/ .cache/
    /// **/Library/Caches/
    ///
    /// code is --gitignore, unless --no-gitignore is given, and --exclude for each
    /// of: .git/ .hg/ .svn/ .jj/
    #[arg(long, value_name = "PRESET", value_enum)]
    pub preset: Option<PresetChoice>,

    /// Only scan files whose path matches the regular expression RE (repeatable)
    #[arg(long, value_name = "RE", value_parser = values::expression)]
    pub include_regex: Vec<String>,

    /// Skip files and directories whose path matches RE (repeatable)
    ///
    /// A PATH or --reference directory that matches RE is skipped, with a
    /// warning.
    #[arg(long, value_name = "RE", value_parser = values::expression)]
    pub exclude_regex: Vec<String>,

    /// Only scan files with the extension EXT (repeatable, or a,b,c)
    ///
    /// Case, a leading dot and surrounding spaces are ignored.
    #[arg(
        short,
        long,
        value_name = "EXT",
        value_parser = values::extension,
        value_delimiter = ','
    )]
    pub extension: Vec<String>,

    /// Descend at most N levels: 1 scans only the files directly in PATH
    #[arg(short = 'd', long, value_name = "N", value_parser = values::depth)]
    pub max_depth: Option<u32>,

    /// Skip files and directories whose name starts with a dot
    ///
    /// A PATH is scanned whatever its name.
    #[arg(long)]
    pub no_hidden: bool,

    /// Skip files that git ignores
    ///
    /// The rules of gitignore(5) apply, in work trees only; .git itself is
    /// skipped too. A PATH is scanned even if it is ignored. Rules that cannot
    /// be read are reported, and the exit status is 3. scan uses only the
    /// rules; check always includes the files that git tracks.
    #[arg(long, overrides_with = "no_gitignore")]
    pub gitignore: bool,

    /// Include files that git ignores
    #[arg(long, overrides_with = "gitignore")]
    pub no_gitignore: bool,

    /// Follow symbolic links; loops are detected
    ///
    /// A link that leads to nothing is skipped; --verbose names it.
    #[arg(short = 'L', long)]
    pub follow_links: bool,

    /// Stay on the file system of each PATH
    #[arg(short = 'x', long)]
    pub one_file_system: bool,

    /// Only scan files modified at or after WHEN
    ///
    /// WHEN is a date (2026-01-31: the start of that day) or a date and time,
    /// both in the local time zone, an RFC 3339 time, or a time span before now:
    /// 90s, 15m, 2d, "3 weeks", 6mo (m is minutes, mo is months).
    #[arg(long, value_name = "WHEN", value_parser = values::when)]
    pub newer_than: Option<When>,

    /// Only scan files modified before WHEN
    #[arg(long, value_name = "WHEN", value_parser = values::when)]
    pub older_than: Option<When>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Groups")]
pub(crate) struct GroupArgs {
    /// Only report groups with files under at least two roots
    ///
    /// Every PATH and every --reference DIR is a root; the whole list of
    /// --files-from counts as one root.
    #[arg(long)]
    pub across_roots: bool,

    /// Report hard links to one file as duplicates of each other
    ///
    /// Otherwise they are reported as one file with several names. They share
    /// their bytes, so removing one frees nothing: they never count as
    /// reclaimable.
    #[arg(short = 'H', long)]
    pub hard_links: bool,

    /// Only report groups of at least N copies [default: 2]
    #[arg(long, value_name = "N", value_parser = values::count)]
    pub min_copies: Option<NonZeroU64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Which file is kept")]
pub(crate) struct KeepArgs {
    /// Prefer the file that RULE chooses (repeatable, in order)
    ///
    /// RULE is oldest, newest (by the time of modification), shortest-path,
    /// longest-path, shallowest, first-path (the PATH given first), most-links,
    /// or glob:GLOB (files that GLOB matches, or a directory they are in).
    ///
    /// One file of each group is kept: it is listed first, and the others are
    /// redundant. All files under --reference are kept. Otherwise these rules are
    /// applied in order until one file is left: a file that git tracks, and
    /// rather a committed one; what
    /// --keep says; a file outside the trash, temporary files, caches, .git and
    /// its like, and node_modules; one whose name is not that of a copy
    /// ("a (1).txt", "copy of a.txt"); one under the PATH given first; the
    /// oldest; the shortest path; the first path in byte order.
    #[arg(long, value_name = "RULE", value_parser = values::keep_rule)]
    pub keep: Vec<KeepRule>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Comparison")]
pub(crate) struct CompareArgs {
    /// Hash that content is compared by; only blake3 is collision-resistant
    ///
    /// With the others, different files can be made to have the same digest, so
    /// use them with --verify or on files you trust.
    #[arg(long, value_name = "HASH", value_enum, default_value = "blake3")]
    pub hash: HashChoice,

    /// Compare every group byte for byte after hashing
    ///
    /// Reads the duplicates once more, whatever the hash. Where
    /// leases are available (Linux, on your own files or as root), a program that
    /// opens one of them for writing waits for one step of the comparison.
    #[arg(long)]
    pub verify: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Cache")]
pub(crate) struct CacheArgs {
    /// Take digests of unchanged files from a cache, and store new ones (Linux)
    ///
    /// A file is unchanged if its file system, inode, generation, size, modification
    /// and change time are the same. One in 1,000 files is read all the same; if its
    /// content is another one, the entries of its file system are dropped and
    /// everything is read. Files on ext4, XFS and btrfs are stored if they
    /// changed --settle-time ago or earlier.
    ///
    /// The cache is in FILE, or in nodupe/digests in $XDG_CACHE_HOME or ~/.cache.
    /// --cache=false uses none. A project file can only say true or false. nodupe
    /// dedupe always reads.
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_parser = values::cache(),
        value_hint = ValueHint::FilePath
    )]
    pub cache: Option<CacheChoice>,

    /// Limit the size of the cache file [default: 1G]
    ///
    /// An entry takes 69 bytes, that of a file larger than 16 KiB up to 138. Those
    /// that were not met for the longest time go first, and all that were not met
    /// for 90 days.
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub cache_size: Option<u64>,
}

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Project file")]
pub(crate) struct ProjectArgs {
    /// Read defaults from FILE
    ///
    /// By default they are read from nodupe.toml in the working directory or in
    /// the nearest directory above it that has one, unless another user could
    /// have put it there. See nodupe config --help.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,

    /// Read no project file
    #[arg(long)]
    pub no_config: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Running")]
pub(crate) struct RunArgs {
    /// Show no progress and no warnings, only the report and fatal errors
    #[arg(short, long)]
    pub quiet: bool,

    /// Print decisions and their reasons, and every failed path, to standard error
    #[arg(short, long)]
    pub verbose: bool,

    /// Number of workers that read files: auto, or 1 to 1024
    ///
    /// auto starts with two per processor, measures the throughput and moves to
    /// the number with the highest: more on storage that serves many requests
    /// at once, fewer on a disk that seeks between them.
    ///
    /// The maximum is 64 threads or 32 processes, or the initial number if that
    /// is higher; on local storage it is four per processor (or 8, if that is
    /// more), since each worker has up to 64 reads in flight.
    #[arg(
        short = 'j',
        long,
        value_name = "N",
        value_parser = values::workers,
        default_value = "auto"
    )]
    pub workers: Workers,

    /// Where files are read and hashed
    ///
    /// auto uses threads, or processes where a read may hang or needs a limit: with
    /// --timeout or --worker-memory, and on network and FUSE file systems. All
    /// executors find the same groups. If the one that auto chose cannot start,
    /// the next best is used, and the report says so.
    #[arg(long, value_name = "KIND", value_enum, default_value = "auto")]
    pub executor: ExecutorChoice,

    /// Use another executor if the requested one cannot start
    ///
    /// Applies to an --executor other than auto, and to --worker-memory, whose
    /// limit is then not enforced. auto uses another one in any case.
    #[arg(long)]
    pub executor_fallback: bool,

    /// Rules by which auto chooses the executor and the initial workers
    ///
    /// native is for nodupe itself. The others are for Python runtimes with
    /// other kinds of threads; nodupe executors --profile PROFILE shows them.
    /// --executor and --workers take precedence.
    #[arg(long, value_name = "PROFILE", value_enum, default_value = "native")]
    pub profile: ProfileChoice,

    /// Skip a file whose read makes no progress for this long
    ///
    /// A duration such as 30s or 1m 30s, at least 100ms. Another process tries
    /// the file once more; then it is reported, and the scan continues. Threads
    /// abandon the hung read and do not try again. Listing directories has no
    /// timeout.
    #[arg(long, value_name = "DURATION", value_parser = values::timeout)]
    pub timeout: Option<Duration>,

    /// Trust the change time of files that changed at least this long ago
    /// [default: 5min]
    ///
    /// When a program writes to a file through a memory mapping, the change time
    /// stays the same until the system writes the pages to the disk, usually
    /// within a minute. Files on local disks that changed longer ago than this
    /// are checked by their times. All others are read under a lease, which
    /// detects writers, where one is available. Use a longer time for a disk that
    /// writes back slowly.
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    pub settle_time: Option<Duration>,

    /// Assume CPU-bound or I/O-bound work; auto measures it
    ///
    /// It sets the initial number of workers: fewer for io on a machine with
    /// more than 16 processors.
    #[arg(long, value_name = "TYPE", value_enum, default_value = "auto")]
    pub task_type: TaskChoice,

    /// Limit the address space of each worker process
    ///
    /// A size as for --min-size, at least 64M. A process that needs more ends
    /// and is replaced. Implies --executor process.
    #[arg(long, value_name = "SIZE", value_parser = values::worker_memory)]
    pub worker_memory: Option<u64>,

    /// Method of listing directories (advanced)
    ///
    /// All of them find the same files. Use another one to rule out the walker
    /// as the cause of a problem.
    #[arg(long, value_name = "WALKER", value_enum, default_value = "auto")]
    pub walker: WalkerChoice,
}
