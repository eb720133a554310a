//! The enumerated values of options, their help texts and their conversion to
//! the library's types, which do not depend on clap.

use clap::ValueEnum;

use crate::config::{ExecutorKind, HashAlgorithm, Profile, SortKey, TaskType, WalkerKind};
use crate::report::Format;
use crate::report::act::ActFormat;
use crate::report::check::CheckFormat;
use crate::report::diff::DiffFormat;

/// Defines the choices of an option, each with its help text, and the values of
/// the library that they stand for.
macro_rules! choices {
    ($(#[$attr:meta])* $vis:vis enum $name:ident for $target:ty {
        $($(#[$doc:meta])* $variant:ident => $value:expr,)+
    }) => {
        $(#[$attr])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
        $vis enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl From<$name> for $target {
            fn from(choice: $name) -> Self {
                match choice {
                    $($name::$variant => $value,)+
                }
            }
        }
    };
}

choices! {
    /// `--hash`.
    pub(crate) enum HashChoice for HashAlgorithm {
        /// 256 bits, collision-resistant: no way is known to make different files
        /// match
        Blake3 => HashAlgorithm::Blake3,
        /// 128 bits, fastest, NOT collision-resistant: add --verify if files may
        /// come from untrusted sources
        Xxh3 => HashAlgorithm::Xxh3,
        /// 128 bits, NOT collision-resistant (broken): for comparing with old lists
        Md5 => HashAlgorithm::Md5,
    }
}

/// `--preset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PresetChoice {
    /// A home folder: no trash, caches, repositories and installed packages
    Home,
    /// Source code: no repositories, and nothing that git ignores
    Code,
}

impl PresetChoice {
    /// The globs that it excludes. The help text of the option lists them.
    pub(super) fn excluded(self) -> &'static [&'static str] {
        match self {
            Self::Home => &[
                ".Trash/",
                ".Trash-*/",
                "**/share/Trash/",
                "$RECYCLE.BIN/",
                ".git/",
                ".hg/",
                ".svn/",
                ".jj/",
                "node_modules/",
                "__pycache__/",
                ".cache/",
                "**/Library/Caches/",
            ],
            Self::Code => &[".git/", ".hg/", ".svn/", ".jj/"],
        }
    }
}

choices! {
    /// `--format`.
    pub(crate) enum FormatChoice for Format {
        /// For people: the groups, then one line of totals
        Table => Format::Table,
        /// One JSON document; `nodupe schema` describes it
        Json => Format::Json,
        /// One JSON record per line; each group is written as soon as it is final
        Jsonl => Format::Jsonl,
        /// One row per name, with a header
        Csv => Format::Csv,
        /// One path per line, an empty line between groups
        Fdupes => Format::Fdupes,
        /// Each path ends with NUL, for xargs -0; the groups are not separated
        Paths0 => Format::Paths0,
        /// Only the totals
        Summary => Format::Summary,
        /// Markdown tables, for an issue or a chat
        Markdown => Format::Markdown,
        /// One page to look at, search and mark in a browser
        Html => Format::Html,
    }
}

/// `nodupe digest --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DigestFormatChoice {
    /// One JSON object per line
    Jsonl,
    /// Four fields with tabs between them: digest, partial or error; the digest or
    /// the kind of error; the size; the path, in which \\t \\n \\r \\\\ are escapes
    Tsv,
}

choices! {
    /// `nodupe check --format`.
    pub(crate) enum CheckFormatChoice for CheckFormat {
        /// For people: new duplicates, and what to do about them
        Table => CheckFormat::Table,
        /// One JSON document; `nodupe schema check` describes it
        Json => CheckFormat::Json,
        /// GitHub Actions annotations
        Github => CheckFormat::Github,
        /// GitLab code quality report
        Gitlab => CheckFormat::Gitlab,
        /// SARIF 2.1.0, for code scanning
        Sarif => CheckFormat::Sarif,
        /// JUnit XML
        Junit => CheckFormat::Junit,
        /// Markdown tables, for a job summary
        Markdown => CheckFormat::Markdown,
    }
}

choices! {
    /// `--format` of the subcommands that act on files.
    pub(crate) enum ActFormatChoice for ActFormat {
        /// For people: each file and what was done to it
        Table => ActFormat::Table,
        /// One JSON document; `nodupe schema act` describes it
        Json => ActFormat::Json,
        /// One JSON record per line, as soon as a file was acted on
        Jsonl => ActFormat::Jsonl,
    }
}

choices! {
    /// `nodupe diff --format`.
    pub(crate) enum DiffFormatChoice for DiffFormat {
        /// For people
        Table => DiffFormat::Table,
        /// One JSON document; `nodupe schema diff` describes it
        Json => DiffFormat::Json,
        /// With --only-in: each path ends with NUL, for xargs -0
        Paths0 => DiffFormat::Paths0,
    }
}

/// `nodupe diff --only-in`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SideChoice {
    /// The first directory
    A,
    /// The second directory
    B,
}

/// `nodupe schema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaChoice {
    /// The report of nodupe scan
    Scan,
    /// The report of nodupe check
    Check,
    /// The report of nodupe remove, link, dedupe, move and undo
    Act,
    /// The report of nodupe diff
    Diff,
}

choices! {
    /// `--sort`.
    pub(crate) enum SortChoice for SortKey {
        /// Most reclaimable bytes first
        Reclaimable => SortKey::Reclaimable,
        /// Largest files first
        Size => SortKey::Size,
        /// Most copies first
        Copies => SortKey::Copies,
        /// By the path of the first file
        Path => SortKey::Path,
        /// Groups with the newest file first
        Modified => SortKey::Modified,
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

choices! {
    /// `--walker`.
    pub(crate) enum WalkerChoice for WalkerKind {
        /// The fastest one on this platform
        Auto => WalkerKind::Auto,
        /// Raw directory reads on several threads (Linux only)
        Native => WalkerKind::Native,
        /// The standard library, on any platform
        Portable => WalkerKind::Portable,
    }
}

choices! {
    /// `--executor`.
    pub(crate) enum ExecutorChoice for Option<ExecutorKind> {
        /// The best one for this machine and this scan
        Auto => None,
        /// Threads that share memory: the fastest
        Thread => Some(ExecutorKind::Thread),
        /// Threads that share nothing: each has its own descriptors and working
        /// directory and cannot write any file (Linux)
        Isolated => Some(ExecutorKind::Isolated),
        /// Child processes: one that crashes or hangs is replaced
        Process => Some(ExecutorKind::Process),
        /// One file after another, for comparison
        #[value(hide = true)]
        Sequential => Some(ExecutorKind::Sequential),
    }
}

/// `nodupe config COMMAND`: the subcommands that can be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CommandChoice {
    /// nodupe scan
    Scan,
    /// nodupe check
    Check,
    /// nodupe remove, link, dedupe and move
    Act,
}

impl CommandChoice {
    /// The name of the section in the project file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Check => "check",
            Self::Act => "act",
        }
    }

    /// A subcommand that takes its options.
    pub(super) fn subcommand(self) -> &'static str {
        match self {
            Self::Act => "remove",
            _ => self.name(),
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

choices! {
    /// `--profile`.
    pub(crate) enum ProfileChoice for Profile {
        /// nodupe itself: real threads, threads that share nothing where the
        /// platform has them, and processes
        Native => Profile::Native,
        /// Threads that share one lock, as in Python 3.12 and 3.13
        Gil => Profile::Gil,
        /// Threads that share one lock, and isolated interpreters that have one
        /// each, as in Python 3.14
        GilInterpreters => Profile::GilInterpreters,
        /// Real threads, no isolated interpreters, as in Python 3.13t
        FreeThreaded => Profile::FreeThreaded,
        /// Real threads and isolated interpreters, as in Python 3.14t
        FreeThreadedInterpreters => Profile::FreeThreadedInterpreters,
    }
}

choices! {
    /// `--task-type`.
    pub(crate) enum TaskChoice for Option<TaskType> {
        /// Measure it while the scan runs
        Auto => None,
        /// CPU-bound: limited by the processor
        Cpu => Some(TaskType::Cpu),
        /// I/O-bound: limited by the disk or the network
        Io => Some(TaskType::Io),
    }
}

/// An action on the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum CacheAction {
    /// Show where it is, its size and its entries
    Info,
    /// Remove it
    Clear,
    /// Read every file below PATH that has an entry, and compare the digests
    Verify,
}
