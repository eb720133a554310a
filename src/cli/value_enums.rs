//! The enumerated values of options, their help texts and their conversion to
//! the library's types, which do not depend on clap.

use clap::ValueEnum;

use crate::config::{ExecutorKind, HashAlgorithm, Profile, SortKey, TaskType, WalkerKind};
use crate::report::Format;
use crate::report::check::CheckFormat;

/// `--hash`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HashChoice {
    /// 256 bits, collision-resistant: no way is known to make different files
    /// match
    Blake3,
    /// 128 bits, fastest, NOT collision-resistant: add --verify if files may
    /// come from somebody else
    Xxh3,
    /// 128 bits, NOT collision-resistant (broken): for comparing with old lists
    Md5,
}

impl From<HashChoice> for HashAlgorithm {
    fn from(choice: HashChoice) -> Self {
        match choice {
            HashChoice::Blake3 => Self::Blake3,
            HashChoice::Xxh3 => Self::Xxh3,
            HashChoice::Md5 => Self::Md5,
        }
    }
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatChoice {
    /// For people: the groups, then one line of totals
    Table,
    /// One JSON document; `nodupe schema` describes it
    Json,
    /// One JSON record per line; each group is written as soon as it is final
    Jsonl,
    /// One row per name, with a header
    Csv,
    /// One path per line, an empty line between groups
    Fdupes,
    /// Each path ends with NUL, for xargs -0; the groups are not separated
    Paths0,
    /// Only the totals
    Summary,
}

impl From<FormatChoice> for Format {
    fn from(choice: FormatChoice) -> Self {
        match choice {
            FormatChoice::Table => Self::Table,
            FormatChoice::Json => Self::Json,
            FormatChoice::Jsonl => Self::Jsonl,
            FormatChoice::Csv => Self::Csv,
            FormatChoice::Fdupes => Self::Fdupes,
            FormatChoice::Paths0 => Self::Paths0,
            FormatChoice::Summary => Self::Summary,
        }
    }
}

/// `nodupe check --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormatChoice {
    /// For people: new duplicates, and what to do about them
    Table,
    /// One JSON document; `nodupe schema check` describes it
    Json,
    /// GitHub Actions annotations
    Github,
    /// GitLab code quality report
    Gitlab,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML
    Junit,
    /// Markdown tables, for a job summary
    Markdown,
}

impl From<CheckFormatChoice> for CheckFormat {
    fn from(choice: CheckFormatChoice) -> Self {
        match choice {
            CheckFormatChoice::Table => Self::Table,
            CheckFormatChoice::Json => Self::Json,
            CheckFormatChoice::Github => Self::Github,
            CheckFormatChoice::Gitlab => Self::Gitlab,
            CheckFormatChoice::Sarif => Self::Sarif,
            CheckFormatChoice::Junit => Self::Junit,
            CheckFormatChoice::Markdown => Self::Markdown,
        }
    }
}

/// `nodupe schema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaChoice {
    /// The report of nodupe scan
    Scan,
    /// The report of nodupe check
    Check,
}

/// `--sort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SortChoice {
    /// Most reclaimable bytes first
    Reclaimable,
    /// Largest files first
    Size,
    /// Most copies first
    Copies,
    /// By the path of the first file
    Path,
    /// Groups with the newest file first
    Modified,
}

impl From<SortChoice> for SortKey {
    fn from(choice: SortChoice) -> Self {
        match choice {
            SortChoice::Reclaimable => Self::Reclaimable,
            SortChoice::Size => Self::Size,
            SortChoice::Copies => Self::Copies,
            SortChoice::Path => Self::Path,
            SortChoice::Modified => Self::Modified,
        }
    }
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal unless NO_COLOR is set; everywhere if CLICOLOR_FORCE is
    Auto,
    /// Always, also in files and pipes
    Always,
    /// Never
    Never,
}

/// `--walker`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WalkerChoice {
    /// The fastest one on this platform
    Auto,
    /// Raw directory reads on several threads (Linux only)
    Native,
    /// The standard library, on any platform
    Portable,
}

impl From<WalkerChoice> for WalkerKind {
    fn from(choice: WalkerChoice) -> Self {
        match choice {
            WalkerChoice::Auto => Self::Auto,
            WalkerChoice::Native => Self::Native,
            WalkerChoice::Portable => Self::Portable,
        }
    }
}

/// `--executor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExecutorChoice {
    /// The best one for this machine and this scan
    Auto,
    /// Threads that share memory: the fastest
    Thread,
    /// Threads that share nothing: each has its own descriptors and working
    /// directory and cannot write any file (Linux)
    Isolated,
    /// Child processes: one that crashes or hangs is replaced
    Process,
    /// One file after another, for comparison
    #[value(hide = true)]
    Sequential,
}

impl From<ExecutorChoice> for Option<ExecutorKind> {
    fn from(choice: ExecutorChoice) -> Self {
        match choice {
            ExecutorChoice::Auto => None,
            ExecutorChoice::Thread => Some(ExecutorKind::Thread),
            ExecutorChoice::Isolated => Some(ExecutorKind::Isolated),
            ExecutorChoice::Process => Some(ExecutorKind::Process),
            ExecutorChoice::Sequential => Some(ExecutorKind::Sequential),
        }
    }
}

/// `nodupe config COMMAND`: the subcommands that can be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CommandChoice {
    /// nodupe scan
    Scan,
    /// nodupe check
    Check,
}

impl CommandChoice {
    /// The name of the subcommand and of its section in the project file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Check => "check",
        }
    }
}

/// `nodupe executors --format` and `nodupe config --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum TextChoice {
    /// For people
    Text,
    /// One JSON document; --help describes it
    Json,
}

/// `--profile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProfileChoice {
    /// nodupe itself
    Native,
    /// Threads that share one lock, as in Python 3.12 and 3.13
    Gil,
    /// The same, and isolated interpreters, as in Python 3.14
    GilInterpreters,
    /// Real threads, no isolated interpreters, as in Python 3.13t
    FreeThreaded,
    /// Real threads and isolated interpreters, as in Python 3.14t
    FreeThreadedInterpreters,
}

impl From<ProfileChoice> for Profile {
    fn from(choice: ProfileChoice) -> Self {
        match choice {
            ProfileChoice::Native => Self::Native,
            ProfileChoice::Gil => Self::Gil,
            ProfileChoice::GilInterpreters => Self::GilInterpreters,
            ProfileChoice::FreeThreaded => Self::FreeThreaded,
            ProfileChoice::FreeThreadedInterpreters => Self::FreeThreadedInterpreters,
        }
    }
}

/// `--task-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TaskChoice {
    /// Measure it while the scan runs
    Auto,
    /// CPU-bound: limited by the processor
    Cpu,
    /// I/O-bound: limited by the disk or the network
    Io,
}

impl From<TaskChoice> for Option<TaskType> {
    fn from(choice: TaskChoice) -> Self {
        match choice {
            TaskChoice::Auto => None,
            TaskChoice::Cpu => Some(TaskType::Cpu),
            TaskChoice::Io => Some(TaskType::Io),
        }
    }
}
