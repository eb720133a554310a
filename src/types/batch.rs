//! Batches of work, sent from the coordinator to a worker, and their outcomes.
//!
//! Everything is owned and shares nothing, so that the same batch can be passed
//! to a thread, copied to an isolated worker or written into a pipe.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    Digest, FileId, FileStat, SHARE_LIMIT, Segment, Timestamp, WHOLE_LIMIT, partial_bytes,
};
use crate::error::FailureKind;

/// Maximum number of files that one comparison opens at once, the pivot
/// included.
pub(crate) const MAX_COMPARED: usize = 16;

/// The operation on each file of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Job {
    /// Read both ends, or the whole file if it is small.
    Partial,
    /// Read the whole file.
    Full,
    /// Read this segment of the file.
    Segment(Segment),
    /// Read all files in lockstep and find those that equal the first one.
    Compare,
    /// Read nothing, and find the files that are stored in the same blocks as
    /// the first one.
    Extents,
}

impl Job {
    /// Returns true if all other files of a batch are compared with the first
    /// one, so that nothing can be done without it.
    #[must_use]
    pub(crate) fn has_pivot(self) -> bool {
        matches!(self, Self::Compare | Self::Extents)
    }
}

/// A directory and a name in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLocation<'a> {
    /// The directory's path; empty for the working directory.
    pub dir: &'a [u8],
    /// The identity of the directory that the walk found there, where known.
    pub dir_id: Option<FileId>,
    /// The name in that directory.
    pub name: &'a [u8],
    /// True if the name is a symbolic link that the walk followed.
    pub follow: bool,
}

/// Consecutive tasks whose files are in one directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DirectoryTasks<'a> {
    /// The directory's path; empty for the working directory.
    pub dir: &'a [u8],
    /// The identity of the directory that the walk found there, where known.
    pub id: Option<FileId>,
    /// The tasks.
    pub tasks: &'a [Task],
}

/// A directory that contains files of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Dir {
    path: Range<u32>,
    id: Option<FileId>,
}

/// One file to work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// The coordinator's key for the file.
    pub token: u32,
    /// The metadata that the walk found; the worker refuses to hash anything
    /// else.
    pub expected: FileStat,
    dir: u32,
    name: Range<u32>,
    /// See [`FileLocation::follow`].
    pub follow: bool,
}

/// Some tens of files to work on, with their paths.
///
/// A deserialized batch is sound: see [`Batch::is_sound`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Batch {
    /// The operation.
    pub job: Job,
    /// On local disks, a file whose inode last changed before this time is
    /// settled: any later write moves its change time. By default the earliest
    /// time, so that no file is settled.
    pub settled_before: Timestamp,
    /// True if the generations of the inodes are wanted.
    pub wants_generations: bool,
    /// The files, grouped by directory.
    pub tasks: Vec<Task>,
    dirs: Vec<Dir>,
    #[serde(with = "super::bytes")]
    text: Vec<u8>,
}

/// A [`Batch`], field by field, that is not validated yet.
#[derive(Deserialize)]
struct Unchecked {
    job: Job,
    settled_before: Timestamp,
    wants_generations: bool,
    tasks: Vec<Task>,
    dirs: Vec<Dir>,
    #[serde(with = "super::bytes")]
    text: Vec<u8>,
}

impl TryFrom<Unchecked> for Batch {
    type Error = UnsoundBatch;

    fn try_from(unchecked: Unchecked) -> Result<Self, UnsoundBatch> {
        let Unchecked {
            job,
            settled_before,
            wants_generations,
            tasks,
            dirs,
            text,
        } = unchecked;
        let batch = Self {
            job,
            settled_before,
            wants_generations,
            tasks,
            dirs,
            text,
        };
        if batch.is_sound() {
            Ok(batch)
        } else {
            Err(UnsoundBatch)
        }
    }
}

/// A received batch refers to names that it does not contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a batch refers to names that it does not contain")]
pub(crate) struct UnsoundBatch;

impl Batch {
    /// Creates an empty batch.
    #[must_use]
    pub fn new(job: Job) -> Self {
        Self {
            job,
            settled_before: Timestamp::MIN,
            wants_generations: false,
            tasks: Vec::new(),
            dirs: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Starts a directory: files pushed from now on are in it.
    pub fn enter(&mut self, dir: &[u8]) {
        let path = self.push_text(dir);
        self.dirs.push(Dir { path, id: None });
    }

    /// Like [`Batch::enter`], for a directory of known identity.
    pub(crate) fn enter_with_id(&mut self, dir: &[u8], id: FileId) {
        let path = self.push_text(dir);
        self.dirs.push(Dir { path, id: Some(id) });
    }

    /// All tasks, grouped by directory.
    ///
    /// # Panics
    ///
    /// Like [`Batch::location`].
    pub(crate) fn by_directory(&self) -> impl Iterator<Item = DirectoryTasks<'_>> {
        self.tasks
            .chunk_by(|a, b| a.dir == b.dir)
            .map(|tasks| DirectoryTasks {
                dir: self.location(&tasks[0]).dir,
                id: self.dirs[tasks[0].dir as usize].id,
                tasks,
            })
    }

    /// Adds a file of the directory entered last. `follow` is true if the name
    /// is a symbolic link to it.
    pub fn push(&mut self, token: u32, name: &[u8], follow: bool, expected: FileStat) {
        let name = self.push_text(name);
        self.tasks.push(Task {
            token,
            expected,
            dir: self.dirs.len().saturating_sub(1) as u32,
            name,
            follow,
        });
    }

    /// Returns true if every task has a directory and a name in this batch, as
    /// [`Batch::location`] requires, and a file that contains the segment to be
    /// read. A batch built with [`Batch::enter`] first and [`Batch::push`]
    /// after that is sound.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_in_text = |range: &Range<u32>| {
            range.start <= range.end
                && usize::try_from(range.end).is_ok_and(|end| end <= self.text.len())
        };
        let has_segment = |task: &Task| match self.job {
            Job::Segment(segment) => segment.is_of(task.expected.size),
            Job::Partial | Job::Full | Job::Compare | Job::Extents => true,
        };
        self.dirs.iter().all(|dir| is_in_text(&dir.path))
            && self.tasks.iter().all(|task| {
                is_in_text(&task.name)
                    && has_segment(task)
                    && usize::try_from(task.dir).is_ok_and(|dir| dir < self.dirs.len())
            })
    }

    /// The path of a task's file.
    ///
    /// # Panics
    ///
    /// If the task belongs to another batch, or this one is not
    /// [sound](Batch::is_sound).
    #[must_use]
    pub fn location(&self, task: &Task) -> FileLocation<'_> {
        let slice = |range: &Range<u32>| &self.text[range.start as usize..range.end as usize];
        let dir = &self.dirs[task.dir as usize];
        FileLocation {
            dir: slice(&dir.path),
            dir_id: dir.id,
            name: slice(&task.name),
            follow: task.follow,
        }
    }

    /// Copies the tasks at these indexes into a batch of their own.
    #[must_use]
    pub fn select(&self, indexes: &[usize]) -> Self {
        let mut batch = Self::new(self.job);
        batch.settled_before = self.settled_before;
        batch.wants_generations = self.wants_generations;
        let mut entered = None;
        for task in indexes.iter().filter_map(|&at| self.tasks.get(at)) {
            let place = self.location(task);
            if entered != Some(task.dir) {
                entered = Some(task.dir);
                match self.dirs[task.dir as usize].id {
                    Some(id) => batch.enter_with_id(place.dir, id),
                    None => batch.enter(place.dir),
                }
            }
            batch.push(task.token, place.name, place.follow, task.expected);
        }
        batch
    }

    /// Upper bound of the bytes that a worker reads for this batch.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let sizes = self.tasks.iter().map(|task| max_bytes(self.job, task));
        sizes.fold(0, u64::saturating_add)
    }

    fn push_text(&mut self, bytes: &[u8]) -> Range<u32> {
        // A batch holds some tens of names: far from 4 GiB.
        let start = self.text.len() as u32;
        self.text.extend_from_slice(bytes);
        start..self.text.len() as u32
    }
}

/// A worker's proof about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// Both ends of a larger file were read.
    Ends(Ends),
    /// The digest of every byte.
    Whole(Digest),
    /// The value of one segment. It can prove files different, and is a part
    /// of the digest of the file.
    Segment(Digest),
    /// Every byte equals that of the first file of the batch: they were
    /// compared, or they share the same blocks on the disk.
    EqualsFirst,
    /// At least one byte differs from the first file of the batch.
    DiffersFromFirst,
    /// Its blocks are not those of the first file of the batch, or were moved
    /// during the check. Proves nothing.
    StoredElsewhere,
}

/// The findings on a file of which both ends were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    /// The digest of the head and tail blocks. It can prove files different,
    /// never equal.
    pub digest: Digest,
    /// False if writes to the file may go undetected: it has to be read from
    /// start to end in one pass.
    pub is_settled: bool,
    /// For a settled file that shares all of its blocks: a number that is equal
    /// for files stored in the same blocks. It is a hint, and proof of nothing.
    pub hint: Option<u64>,
    /// Bytes of the file in blocks that another file or a snapshot uses too, as
    /// far as known.
    pub shared_bytes: u64,
}

impl Ends {
    /// The digest of the ends of a settled file that shares nothing.
    #[must_use]
    pub fn of(digest: Digest) -> Self {
        Self {
            digest,
            is_settled: true,
            hint: None,
            shared_bytes: 0,
        }
    }

    /// Returns true if these can be the findings on a file of this size.
    fn fits(&self, size: u64) -> bool {
        let shares = self.hint.is_some() || self.shared_bytes > 0;
        size > WHOLE_LIMIT
            && (size >= SHARE_LIMIT || !shares)
            && self.shared_bytes <= size
            && (self.is_settled || self.hint.is_none())
    }
}

/// Result of one task: proof, a failure, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskResult {
    /// The task proved this.
    Proved(Evidence),
    /// The task failed, for this reason.
    Failed(FailureKind, String),
    /// The task was not attempted: the scan was cancelled, or the first file of
    /// a comparison failed.
    Undone,
}

/// Result of one task, with its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOutcome {
    /// The task's token.
    pub token: u32,
    /// The result.
    pub result: TaskResult,
    /// The generation of the inode that was read, if it was wanted and the file
    /// system has one.
    pub generation: Option<u32>,
}

/// Outcome of a batch: one result per task, in the order of the tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOutcome {
    /// The operation.
    pub job: Job,
    /// The result for each file.
    pub files: Vec<FileOutcome>,
    /// Bytes of content read for the batch.
    pub bytes_read: u64,
}

impl BatchOutcome {
    /// Returns true if this is a possible outcome of `batch`: one result for
    /// each of its tasks, in their order, no evidence that the job cannot
    /// produce for such a file, and no more bytes than there were to read.
    ///
    /// An outcome from another process is accepted only then. It can still be
    /// wrong, since the coordinator cannot verify the content that was read,
    /// but it cannot confuse files or present the digest of two blocks as that
    /// of a whole file.
    #[must_use]
    pub fn answers(&self, batch: &Batch) -> bool {
        let most: u128 = batch
            .tasks
            .iter()
            .map(|task| u128::from(max_bytes(batch.job, task)))
            .sum();
        // A comparison with a file that changed proves nothing.
        let has_first = self.files.first().is_some_and(|first| {
            matches!(first.result, TaskResult::Proved(evidence) if evidence == Evidence::EqualsFirst)
        });
        let fits = |task: &Task, file: &FileOutcome| {
            let possible = match file.result {
                TaskResult::Proved(evidence) => can_prove(batch.job, task, evidence, has_first),
                TaskResult::Failed(..) | TaskResult::Undone => true,
            };
            possible && file.token == task.token
        };
        self.job == batch.job
            && self.files.len() == batch.tasks.len()
            && u128::from(self.bytes_read) <= most
            && batch.tasks.iter().zip(&self.files).all(|(t, f)| fits(t, f))
    }
}

/// Returns true if a job can produce this evidence for a task's file.
/// `has_first` is true if the first file of a comparison did not change.
fn can_prove(job: Job, task: &Task, evidence: Evidence, has_first: bool) -> bool {
    let whole = task.expected.size <= WHOLE_LIMIT;
    match (job, evidence) {
        (Job::Partial, Evidence::Whole(_)) => whole,
        (Job::Partial, Evidence::Ends(ends)) => ends.fits(task.expected.size),
        (Job::Full, Evidence::Whole(_)) => true,
        // Shorter values cannot be parts of a digest.
        (Job::Segment(_), Evidence::Segment(value)) => value.as_bytes().len() == Digest::MAX_LEN,
        (Job::Compare, Evidence::EqualsFirst | Evidence::DiffersFromFirst)
        | (Job::Extents, Evidence::EqualsFirst) => has_first,
        (Job::Extents, Evidence::StoredElsewhere) => true,
        _ => false,
    }
}

/// Maximum number of bytes that a job may read of a task's file.
fn max_bytes(job: Job, task: &Task) -> u64 {
    match job {
        Job::Partial => partial_bytes(task.expected.size),
        Job::Segment(segment) => segment.length,
        Job::Full | Job::Compare => task.expected.size,
        Job::Extents => 0,
    }
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
