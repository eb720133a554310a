//! The figures of a whole scan.

use std::time::Duration;

/// What a scan amounts to, without its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Whether the walk and every stage ran to their end and nothing that was
    /// selected stayed unread.
    pub complete: bool,
    /// Whether the scan was cancelled before its end.
    pub interrupted: bool,
    /// The figures over all groups that are reported.
    pub totals: Totals,
    /// What went through each stage, in the order of the pipeline.
    pub stages: Vec<StageStats>,
    /// How many small files the walk read while it looked at them, so that no
    /// worker had to. That depends on timing.
    pub read_by_walk: u64,
    /// What ran the work.
    pub executor: ExecutorSummary,
    /// How long the scan took.
    pub elapsed: Duration,
}

/// Sums over a scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
    /// Bytes of content actually read.
    pub bytes_read: u64,
    /// Paths that could not be dealt with.
    pub errors: u64,
}

/// What went through one stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageStats {
    /// `size`, `partial`, `full` or `verify`.
    pub name: &'static str,
    /// Files that entered it.
    pub files_in: u64,
    /// Files that left it with company: still possible or proved duplicates.
    pub files_out: u64,
    /// Bytes of content it read.
    pub bytes_read: u64,
}

/// Which executor ran, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutorSummary {
    /// `thread`, `isolated`, `process` or `sequential`.
    pub kind: &'static str,
    /// How many workers it had.
    pub workers: usize,
    /// What the work was taken for: `auto`, `cpu` or `io`.
    pub task_type: &'static str,
    /// Why it was so, in a sentence.
    pub reason: String,
    /// How many workers were lost and replaced.
    pub replaced: u32,
    /// How long it took until the executor could take work.
    pub startup: Duration,
    /// Bytes of memory that the process had at its peak, and each of its
    /// worker processes at theirs, all together; where the system tells.
    pub peak_memory: Option<u64>,
}
