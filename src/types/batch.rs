//! Work as it travels from the coordinator to a worker and back.
//!
//! Everything is owned and refers to nothing shared, so that the same batch
//! can be handed to a thread, copied to an isolated worker or written into a
//! pipe.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Digest, FileId, FileStat, Segment, Timestamp};
use crate::error::FailureKind;

/// How many files one comparison opens at once, the pivot included.
pub const MAX_COMPARED: usize = 16;

/// Files up to this size are read whole by the partial stage, in one read:
/// opening a file costs more than its first four pages.
pub const WHOLE_LIMIT: u64 = 16 * 1024;

/// Of larger files the partial stage reads this many bytes at each end.
pub const END_BLOCK: usize = 4 * 1024;

/// From this size on the partial stage asks whether a file shares its blocks
/// with others.
pub const SHARE_LIMIT: u64 = 1 << 20;

/// How many bytes the partial stage reads of a file of this size.
#[must_use]
pub fn partial_bytes(size: u64) -> u64 {
    if size <= WHOLE_LIMIT {
        size
    } else {
        2 * END_BLOCK as u64
    }
}

/// What is to be done with each file of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Job {
    /// Read both ends, or the whole file if it is small.
    Partial,
    /// Read the whole file.
    Full,
    /// Read this segment of the file.
    Segment(Segment),
    /// Read all files in step and tell which equal the first one.
    Compare,
    /// Read nothing, and tell which files are stored in the same blocks as
    /// the first one.
    Extents,
}

impl Job {
    /// Whether the first file of a batch is what the others are compared
    /// with, so that nothing can be done without it.
    #[must_use]
    pub fn has_pivot(self) -> bool {
        matches!(self, Self::Compare | Self::Extents)
    }
}

/// A directory and a name in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Where<'a> {
    /// The directory's path; empty for the working directory.
    pub dir: &'a [u8],
    /// Which directory the walk found there, where that is known.
    pub dir_id: Option<FileId>,
    /// The name in that directory.
    pub name: &'a [u8],
    /// Whether the walk came by a symbolic link of that name and followed it.
    pub follow: bool,
}

/// Tasks in a row whose files lie in one directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run<'a> {
    /// The directory's path; empty for the working directory.
    pub dir: &'a [u8],
    /// Which directory the walk found there, where that is known.
    pub id: Option<FileId>,
    /// The tasks.
    pub tasks: &'a [Task],
}

/// A directory that files of a batch lie in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Dir {
    path: Range<u32>,
    id: Option<FileId>,
}

/// One file to work on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What the coordinator knows the file by.
    pub token: u32,
    /// What the walk saw; the worker refuses to hash anything else.
    pub expected: FileStat,
    dir: u32,
    name: Range<u32>,
    /// See [`Where::follow`].
    pub follow: bool,
}

/// Some tens of files to work on, and where they are.
///
/// One that comes out of serde is sound: see [`Batch::is_sound`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Batch {
    /// What is to be done.
    pub job: Job,
    /// On local disks, a file whose inode last changed before this is settled:
    /// whoever writes to it now moves that time. The first moment of all by
    /// default, before which there is none.
    pub settled_before: Timestamp,
    /// The files, those of one directory in a row.
    pub tasks: Vec<Task>,
    dirs: Vec<Dir>,
    #[serde(with = "super::bytes")]
    text: Vec<u8>,
}

/// A [`Batch`], field by field, of which nothing is known yet.
#[derive(Deserialize)]
struct Unchecked {
    job: Job,
    settled_before: Timestamp,
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
            tasks,
            dirs,
            text,
        } = unchecked;
        let batch = Self {
            job,
            settled_before,
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

/// A batch that was received refers to names it does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a batch of work refers to names that it does not hold")]
pub struct UnsoundBatch;

impl Batch {
    /// A batch with nothing in it.
    #[must_use]
    pub fn new(job: Job) -> Self {
        Self {
            job,
            settled_before: Timestamp::MIN,
            tasks: Vec::new(),
            dirs: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Starts a directory: files pushed from now on lie in it.
    pub fn enter(&mut self, dir: &[u8]) {
        let path = self.keep(dir);
        self.dirs.push(Dir { path, id: None });
    }

    /// The same for a directory of which it is known who it is.
    pub fn enter_known(&mut self, dir: &[u8], id: FileId) {
        let path = self.keep(dir);
        self.dirs.push(Dir { path, id: Some(id) });
    }

    /// All tasks, one directory after the other.
    ///
    /// # Panics
    ///
    /// As [`Batch::place`].
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        self.tasks.chunk_by(|a, b| a.dir == b.dir).map(|tasks| Run {
            dir: self.place(&tasks[0]).dir,
            id: self.dirs[tasks[0].dir as usize].id,
            tasks,
        })
    }

    /// Adds a file of the directory entered last. `follow` tells that the name
    /// is a symbolic link to it.
    pub fn push(&mut self, token: u32, name: &[u8], follow: bool, expected: FileStat) {
        let name = self.keep(name);
        self.tasks.push(Task {
            token,
            expected,
            dir: self.dirs.len().saturating_sub(1) as u32,
            name,
            follow,
        });
    }

    /// Whether every task has a directory and a name in this batch, so that
    /// [`Batch::place`] can tell them, and a file that has the segment which
    /// is to be read of it. A batch that was put together with
    /// [`Batch::enter`] first and [`Batch::push`] then is sound.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let lies_within = |range: &Range<u32>| {
            range.start <= range.end
                && usize::try_from(range.end).is_ok_and(|end| end <= self.text.len())
        };
        let has_stretch = |task: &Task| match self.job {
            Job::Segment(segment) => segment.is_of(task.expected.size),
            Job::Partial | Job::Full | Job::Compare | Job::Extents => true,
        };
        self.dirs.iter().all(|dir| lies_within(&dir.path))
            && self.tasks.iter().all(|task| {
                lies_within(&task.name)
                    && has_stretch(task)
                    && usize::try_from(task.dir).is_ok_and(|dir| dir < self.dirs.len())
            })
    }

    /// Where a task's file is.
    ///
    /// # Panics
    ///
    /// When the task is of another batch, or this one is not
    /// [sound](Batch::is_sound).
    #[must_use]
    pub fn place(&self, task: &Task) -> Where<'_> {
        let slice = |range: &Range<u32>| &self.text[range.start as usize..range.end as usize];
        let dir = &self.dirs[task.dir as usize];
        Where {
            dir: slice(&dir.path),
            dir_id: dir.id,
            name: slice(&task.name),
            follow: task.follow,
        }
    }

    /// A batch of some of its tasks, given by their indexes.
    #[must_use]
    pub fn select(&self, indexes: &[usize]) -> Self {
        let mut batch = Self::new(self.job);
        batch.settled_before = self.settled_before;
        let mut entered = None;
        for task in indexes.iter().filter_map(|&at| self.tasks.get(at)) {
            let place = self.place(task);
            if entered != Some(task.dir) {
                entered = Some(task.dir);
                match self.dirs[task.dir as usize].id {
                    Some(id) => batch.enter_known(place.dir, id),
                    None => batch.enter(place.dir),
                }
            }
            batch.push(task.token, place.name, place.follow, task.expected);
        }
        batch
    }

    /// How many bytes it asks to be read at most.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let sizes = self.tasks.iter().map(|task| most_read(self.job, task));
        sizes.fold(0, u64::saturating_add)
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<u32> {
        // A batch holds some tens of names: far from 4 GiB.
        let start = self.text.len() as u32;
        self.text.extend_from_slice(bytes);
        start..self.text.len() as u32
    }
}

/// What a worker proved about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// The digest of the head and tail blocks: proof of difference only,
    /// never of a match.
    Ends(Digest),
    /// The digest of every byte.
    Whole(Digest),
    /// The value of one segment: proof of difference, and a part of the
    /// digest of the file.
    Segment(Digest),
    /// Every byte equals that of the first file of the batch: they were
    /// compared, or they are the same bytes on the disk.
    EqualsFirst,
    /// At least one byte differs from the first file of the batch.
    DiffersFromFirst,
    /// It is not stored where the first file of the batch is, or one of the
    /// two was not for long enough: proof of nothing.
    StoredElsewhere,
    /// As [`Evidence::Ends`], of a file that shares all of its blocks, with a
    /// number that files stored in the same ones have in common. That number
    /// is a hint, and proof of nothing.
    SharedEnds(Digest, u64),
    /// As [`Evidence::Ends`], of a file that may be written to without a sign:
    /// it has to be read from end to end at one go.
    UnsettledEnds(Digest),
}

/// What came of one task: proof, a failure, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskResult {
    /// Something was proved.
    Proved(Evidence),
    /// Nothing could be proved, for this reason.
    Failed(FailureKind, String),
    /// Nothing was tried: the scan was cancelled, or the first file of a
    /// comparison failed.
    Undone,
}

/// What came of one task, and which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOutcome {
    /// The task's token.
    pub token: u32,
    /// What came of it.
    pub finding: TaskResult,
}

/// What came of a batch: one outcome a task, in the order of the tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchOutcome {
    /// What was done.
    pub job: Job,
    /// What came of each file.
    pub files: Vec<FileOutcome>,
    /// Bytes of content read for it.
    pub bytes_read: u64,
}

impl BatchOutcome {
    /// Whether this can be what came of `batch`: one outcome for each of its
    /// tasks, in their order, nothing that such a job on such a file cannot
    /// prove, and no more bytes than there were to read.
    ///
    /// What comes from another process is taken for an answer only then. It
    /// can still be wrong, since no one can see from outside what was read,
    /// but it cannot confuse files or pass the digest of two blocks off as
    /// that of a whole file.
    #[must_use]
    pub fn answers(&self, batch: &Batch) -> bool {
        let most: u128 = batch
            .tasks
            .iter()
            .map(|task| u128::from(most_read(batch.job, task)))
            .sum();
        // Nothing is proved by comparing with a file that did not hold still.
        let has_first = self.files.first().is_some_and(|first| {
            matches!(first.finding, TaskResult::Proved(evidence) if evidence == Evidence::EqualsFirst)
        });
        let fits = |task: &Task, file: &FileOutcome| {
            let possible = match file.finding {
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

/// Whether a job can come to this about a task's file. `has_first` tells that
/// the first file of a comparison held still.
fn can_prove(job: Job, task: &Task, evidence: Evidence, has_first: bool) -> bool {
    let whole = task.expected.size <= WHOLE_LIMIT;
    match (job, evidence) {
        (Job::Partial, Evidence::Whole(_)) => whole,
        (Job::Partial, Evidence::Ends(_) | Evidence::UnsettledEnds(_)) => !whole,
        (Job::Partial, Evidence::SharedEnds(..)) => task.expected.size >= SHARE_LIMIT,
        (Job::Full, Evidence::Whole(_)) => true,
        // Others cannot be parts of a digest.
        (Job::Segment(_), Evidence::Segment(value)) => value.as_bytes().len() == Digest::MAX_LEN,
        (Job::Compare, Evidence::EqualsFirst | Evidence::DiffersFromFirst)
        | (Job::Extents, Evidence::EqualsFirst) => has_first,
        (Job::Extents, Evidence::StoredElsewhere) => true,
        _ => false,
    }
}

/// How many bytes a job may read of a task's file.
fn most_read(job: Job, task: &Task) -> u64 {
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
