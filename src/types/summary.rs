//! Statistics of a whole scan.

use std::path::PathBuf;
use std::time::Duration;

/// Summary of a scan, without its groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// True if the walk and all stages finished, and every selected file was
    /// examined.
    pub complete: bool,
    /// True if the scan was cancelled before its end.
    pub interrupted: bool,
    /// Totals over all reported groups.
    pub totals: Totals,
    /// Statistics of each stage, in the order of the pipeline.
    pub(crate) stages: Vec<StageStats>,
    /// Number of small files that the walk read itself instead of a worker. It
    /// depends on timing.
    pub read_by_walk: u64,
    /// Counts of the cache, if one was used.
    pub(crate) cache: Option<CacheSummary>,
    /// The executor.
    pub executor: ExecutorSummary,
    /// Duration of the scan.
    pub elapsed: Duration,
}

/// Counts of the cache in a scan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CacheSummary {
    /// Its file.
    pub file: PathBuf,
    /// Files whose digests it supplied in place of reads.
    pub files: u64,
    /// The bytes that were not read for that.
    pub bytes: u64,
    /// Files that it knew and that were read all the same, to check it.
    pub checked: u64,
    /// Those of them whose digest was another one.
    pub wrong: u64,
    /// Files whose digests were stored.
    pub stored: u64,
    /// Reasons why it was used in part, or not at all.
    pub notes: Vec<String>,
}

/// Sums over a scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Files that were selected; hard links to one file count once.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Groups reported.
    pub groups: u64,
    /// Redundant files in those groups (see [`super::Group::duplicates`]).
    pub duplicates: u64,
    /// Bytes those groups could free.
    pub reclaimable_bytes: u64,
    /// Bytes of redundant files that those groups could not free, because the
    /// files have hard links outside the scan.
    pub linked_outside_bytes: u64,
    /// Bytes of redundant files that those groups could not free, because clones
    /// or snapshots use the same blocks: see [`super::Group::shared_bytes`].
    pub shared_bytes: u64,
    /// Bytes of content actually read.
    pub bytes_read: u64,
    /// Paths that were skipped because of an error.
    pub errors: u64,
}

/// Statistics of one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StageStats {
    /// `size`, `partial`, `full` or `verify`.
    pub name: &'static str,
    /// Files that entered it.
    pub files_in: u64,
    /// Files that left it as possible or proved duplicates.
    pub files_out: u64,
    /// Bytes of content it read.
    pub bytes_read: u64,
}

/// The executor that ran, and the reason for its choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExecutorSummary {
    /// `thread`, `isolated`, `process` or `sequential`.
    pub kind: &'static str,
    /// Number of workers.
    pub workers: usize,
    /// Assumed task type: `auto`, `cpu` or `io`.
    pub task_type: &'static str,
    /// Reason for the choice, as a sentence.
    pub reason: String,
    /// Number of workers that were lost and replaced.
    pub replaced: u32,
    /// Time until the executor could accept work.
    pub startup: Duration,
    /// Sum of the peak memory of the process and of each of its worker
    /// processes, in bytes; where the system reports it.
    pub peak_memory: Option<u64>,
}
