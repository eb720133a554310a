//! What a scan is asked to do, in plain values.
//!
//! Nothing here knows of the command line. A value that can be wrong (a glob,
//! say) is checked when the scan starts, and the error names it.

mod execution;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::types::{FileId, Timestamp};

pub use execution::{
    Execution, ExecutorKind, MAX_WORKERS, MIN_TIMEOUT, MIN_WORKER_MEMORY, Profile, TaskType,
    WORKER_ARGUMENT,
};

/// Everything a scan needs to know. `ScanConfig::new` gives the defaults of
/// the command line.
#[derive(Debug, Clone)]
pub struct ScanConfig {
    /// Directories and files to scan. Symbolic links given here are followed.
    pub roots: Vec<PathBuf>,
    /// More paths, as read from a list. All of them count as one root. An
    /// entry that is gone is an error of that path, not of the scan; symbolic
    /// links among them are followed only with [`Selection::follow_links`].
    pub listed: Vec<PathBuf>,
    /// Directories whose files are originals. They are scanned too.
    pub references: Vec<PathBuf>,
    /// Which files take part.
    pub selection: Selection,
    /// Which groups are reported.
    pub criteria: Criteria,
    /// What content is compared by.
    pub hash: HashAlgorithm,
    /// Compare every group byte for byte after hashing.
    pub verify: bool,
    /// Report hard links to one file as duplicates of each other.
    pub hard_links: bool,
    /// How directories are listed.
    pub walker: WalkerKind,
    /// Where files are read and hashed, and by how many workers.
    pub execution: Execution,
    /// Files that take no part whatever their names: the one the report is
    /// being written to, for instance.
    pub excluded_files: Vec<ExcludedFile>,
}

/// A file that takes no part in a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExcludedFile {
    /// Its device and inode number.
    pub id: FileId,
    /// Where it is, to look at it where other files can have that number.
    pub path: PathBuf,
}

impl ScanConfig {
    /// A scan of these paths with everything else at its default.
    #[must_use]
    pub fn new(roots: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            roots: roots.into_iter().map(Into::into).collect(),
            listed: Vec::new(),
            references: Vec::new(),
            selection: Selection::default(),
            criteria: Criteria::default(),
            hash: HashAlgorithm::default(),
            verify: false,
            hard_links: false,
            walker: WalkerKind::default(),
            execution: Execution::default(),
            excluded_files: Vec::new(),
        }
    }
}

/// Which files take part in a scan.
///
/// A glob without a slash is held against the name; one that starts with a
/// slash against the absolute path; any other against the path below the
/// root. Excluding a directory excludes all that is in it.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Smallest size in bytes. 1 by default: empty files are all alike.
    pub min_size: u64,
    /// Largest size in bytes.
    pub max_size: u64,
    /// Only files that match one of these globs, if there are any.
    pub include: Vec<String>,
    /// No file or directory that matches one of these globs.
    pub exclude: Vec<String>,
    /// Only files whose path matches one of these expressions, if any.
    pub include_regex: Vec<String>,
    /// No file or directory whose path matches one of these expressions.
    pub exclude_regex: Vec<String>,
    /// Only files with one of these extensions (no dot, case does not
    /// matter), if there are any.
    pub extensions: Vec<String>,
    /// How far below a root to look: 1 is the root's own files.
    pub max_depth: Option<u32>,
    /// Whether names that start with a dot take part.
    pub hidden: bool,
    /// Leave out what git would ignore.
    pub gitignore: bool,
    /// Still take the files that git tracks although it would ignore them,
    /// as the indexes of the work trees tell.
    pub keeps_tracked: bool,
    /// Follow symbolic links to files and directories.
    pub follow_links: bool,
    /// Stay on the file system of each root.
    pub one_file_system: bool,
    /// Only files modified at or after this time.
    pub newer_than: Option<Timestamp>,
    /// Only files modified before this time.
    pub older_than: Option<Timestamp>,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            min_size: 1,
            max_size: u64::MAX,
            include: Vec::new(),
            exclude: Vec::new(),
            include_regex: Vec::new(),
            exclude_regex: Vec::new(),
            extensions: Vec::new(),
            max_depth: None,
            hidden: true,
            gitignore: false,
            keeps_tracked: false,
            follow_links: false,
            one_file_system: false,
            newer_than: None,
            older_than: None,
        }
    }
}

/// Which groups are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Criteria {
    /// The fewest copies a reported group has.
    pub min_copies: u64,
    /// The most copies a reported group has.
    pub max_copies: u64,
    /// Only groups with files under at least two roots.
    pub across_roots: bool,
}

impl Criteria {
    /// Files that have no duplicate.
    pub const UNIQUE: Self = Self {
        min_copies: 1,
        max_copies: 1,
        across_roots: false,
    };

    /// Whether files without a duplicate can be part of the report.
    #[must_use]
    pub fn wants_single_files(&self) -> bool {
        self.min_copies <= 1
    }
}

impl Default for Criteria {
    /// Files that have at least one duplicate.
    fn default() -> Self {
        Self {
            min_copies: 2,
            max_copies: u64::MAX,
            across_roots: false,
        }
    }
}

/// What content is compared by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HashAlgorithm {
    /// BLAKE3, 256 bits, collision-resistant.
    #[default]
    Blake3,
    /// XXH3, 128 bits: faster on large files, but files with the same digest
    /// can be made on purpose.
    Xxh3,
    /// MD5, 128 bits, broken: for comparing with old lists.
    Md5,
}

impl HashAlgorithm {
    /// Every algorithm, the default first.
    pub const ALL: [Self; 3] = [Self::Blake3, Self::Xxh3, Self::Md5];

    /// Its name in reports and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blake3 => "blake3",
            Self::Xxh3 => "xxh3",
            Self::Md5 => "md5",
        }
    }

    /// How many bytes its digests have.
    pub(crate) fn digest_len(self) -> usize {
        match self {
            Self::Blake3 => 32,
            Self::Xxh3 | Self::Md5 => 16,
        }
    }

    /// Whether nobody knows how to make two files with the same digest.
    #[must_use]
    pub fn is_collision_resistant(self) -> bool {
        matches!(self, Self::Blake3)
    }
}

/// How directories are listed. Each way finds the same files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WalkerKind {
    /// The fastest that the platform has.
    #[default]
    Auto,
    /// Raw directory reads on several threads (Linux only).
    Native,
    /// One directory after the other on one thread, on any platform.
    Portable,
}

/// What the groups of a report are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SortKey {
    /// Most reclaimable bytes first.
    #[default]
    Reclaimable,
    /// Largest files first.
    Size,
    /// Most files first.
    Copies,
    /// By the path of the first file.
    Path,
    /// Groups with the newest file first.
    Modified,
}
