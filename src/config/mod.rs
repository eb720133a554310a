//! Configuration of a scan, as plain values.
//!
//! This module is independent of the command line. A value that can be invalid,
//! such as a glob, is checked when the scan starts, and the error names it.

mod cache;
mod candidates;
mod containment;
mod execution;
mod keep;

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::types::{FileId, Timestamp};

#[cfg(test)]
pub(crate) use cache::CacheRule;
pub(crate) use cache::{CacheConfig, is_without};
pub(crate) use candidates::Candidates;
pub use containment::Containment;
pub use execution::{Execution, ExecutorKind, Profile, TaskType};
pub(crate) use execution::{MAX_WORKERS, MIN_TIMEOUT, MIN_WORKER_MEMORY};
pub use keep::KeepRule;

/// Configuration of a scan. `ScanConfig::new` gives the defaults of the command
/// line.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScanConfig {
    /// Directories and files to scan. Symbolic links given here are followed.
    pub roots: Vec<PathBuf>,
    /// More paths, as read from a list. All of them count as one root. A
    /// missing entry is an error of that path, not of the scan; symbolic links
    /// among them are followed only with [`Selection::follow_links`].
    pub listed: Vec<PathBuf>,
    /// Reference directories, whose files count as originals. They are scanned
    /// too.
    pub references: Vec<PathBuf>,
    /// Rules that choose which file of a group is kept, in order. They come
    /// after those for references and for files that git tracks, and before the
    /// usual ones.
    pub keep: Vec<KeepRule>,
    /// The goal: duplicates only, or the digests of all files.
    pub goal: Goal,
    /// Selection of files.
    pub selection: Selection,
    /// Minimum number of copies in a reported group: 2 by default, so that files
    /// have a duplicate.
    pub min_copies: u64,
    /// Maximum number of copies in a reported group: unlimited by default. With 1
    /// as the minimum too, only files without a duplicate are reported.
    pub max_copies: u64,
    /// Report only groups with files under at least two roots.
    pub across_roots: bool,
    /// The hash algorithm.
    pub hash: HashAlgorithm,
    /// Compare every group byte for byte after hashing.
    pub verify: bool,
    /// Report hard links to one file as duplicates of each other.
    pub hard_links: bool,
    /// Compare directories too, if set. The result is in
    /// [`ScanResult::directory_groups`](crate::ScanResult::directory_groups).
    ///
    /// Nothing is read beyond what the files need. Empty files take part unless
    /// [`Selection::min_size`] is above 1.
    pub directories: Option<DirectoryNames>,
    /// Also find directories of whose files at least this part is in another
    /// directory, if directories are compared. The result is in
    /// [`ScanResult::similar_directories`](crate::ScanResult::similar_directories).
    pub similar: Option<Containment>,
    /// Method of listing directories: each finds the same files, so it is for
    /// tests and measurements.
    #[doc(hidden)]
    pub walker: WalkerKind,
    /// Kind of executor, number of workers and their limits.
    pub execution: Execution,
    /// The cache of digests, if one is used.
    pub(crate) cache: Option<CacheConfig>,
    /// Read these files, and only these, whatever the goal. No other is compared
    /// with any.
    pub(crate) candidates: Option<Arc<Candidates>>,
    /// Files that are excluded under any name: the one the report is being
    /// written to, for instance.
    pub(crate) excluded_files: Vec<ExcludedFile>,
    /// Keep the names of what filters leave out, if directories are compared.
    pub(crate) names_left_out: bool,
}

/// The role of names in the comparison of directories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DirectoryNames {
    /// Identical directories have identical content under identical names.
    #[default]
    Compared,
    /// Names do not matter, only what lies on each level.
    Ignored,
}

/// A file that is excluded from a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExcludedFile {
    /// Its device and inode number.
    pub id: FileId,
    /// Its path, to examine it where other files can have the same number.
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
            keep: Vec::new(),
            goal: Goal::default(),
            selection: Selection::default(),
            min_copies: 2,
            max_copies: u64::MAX,
            across_roots: false,
            hash: HashAlgorithm::default(),
            verify: false,
            hard_links: false,
            directories: None,
            similar: None,
            names_left_out: false,
            walker: WalkerKind::default(),
            execution: Execution::default(),
            cache: None,
            candidates: None,
            excluded_files: Vec::new(),
        }
    }

    /// Selection of the groups to report.
    pub(crate) fn criteria(&self) -> Criteria {
        Criteria {
            min_copies: self.min_copies,
            max_copies: self.max_copies,
            across_roots: self.across_roots,
        }
    }
}

/// The goal of a scan: what is to be known of the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Goal {
    /// Which of them are identical. Nothing is read beyond that.
    #[default]
    Duplicates,
    /// The digest of each file, also of those that no other can equal.
    HashEverything,
}

/// Selection of the files that take part in a scan.
///
/// A glob without a slash is matched against the name; one that starts with a
/// slash against the absolute path; any other against the path below the root.
/// Excluding a directory excludes everything in it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Selection {
    /// Smallest size in bytes. 1 by default: all empty files are identical.
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
    /// Maximum depth below a root: 1 is the root's own files.
    pub max_depth: Option<u32>,
    /// Include names that start with a dot.
    pub hidden: bool,
    /// Exclude files that git ignores.
    pub gitignore: bool,
    /// Keep files that match ignore rules but are tracked, according to the
    /// indexes of the work trees.
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

/// Selection of the groups to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Criteria {
    /// Minimum number of copies in a reported group.
    pub min_copies: u64,
    /// Maximum number of copies in a reported group.
    pub max_copies: u64,
    /// Only groups with files under at least two roots.
    pub across_roots: bool,
}

impl Criteria {
    /// Files that have no duplicate.
    #[cfg(test)]
    pub(crate) const UNIQUE: Self = Self {
        min_copies: 1,
        max_copies: 1,
        across_roots: false,
    };

    /// Returns true if files without a duplicate can be reported.
    #[must_use]
    pub(crate) fn wants_single_files(&self) -> bool {
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

/// The hash algorithm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
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

    /// Length of its digests in bytes.
    pub(crate) fn digest_len(self) -> usize {
        match self {
            Self::Blake3 => 32,
            Self::Xxh3 | Self::Md5 => 16,
        }
    }

    /// Returns true if there is no known way to make two files with the same
    /// digest.
    #[must_use]
    pub fn is_collision_resistant(self) -> bool {
        matches!(self, Self::Blake3)
    }
}

/// Method of listing directories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WalkerKind {
    /// The fastest method of the platform.
    #[default]
    Auto,
    /// Raw directory reads on several threads (Linux only).
    Native,
    /// One directory after the other on one thread, on any platform.
    Portable,
}

/// Sort order of the groups in a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
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
