//! Work as it travels from the coordinator to a worker and back.
//!
//! Everything is owned and refers to nothing shared, so that the same batch
//! can be handed to a thread, copied to an isolated worker or written into a
//! pipe.

use std::ops::Range;

use super::{Digest, FileStat};
use crate::error::FailureKind;

/// How many files one comparison opens at once, the pivot included.
pub const MAX_COMPARED: usize = 16;

/// Files up to this size are read whole by the partial stage, in one read:
/// opening a file costs more than its first four pages.
pub const WHOLE_LIMIT: u64 = 16 * 1024;

/// Of larger files the partial stage reads this many bytes at each end.
pub const END_BLOCK: usize = 4 * 1024;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// Read both ends, or the whole file if it is small.
    Partial,
    /// Read the whole file.
    Full,
    /// Read all files in step and tell which equal the first one.
    Compare,
}

/// A directory and a name in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Where<'a> {
    /// The directory's path; empty for the working directory.
    pub dir: &'a [u8],
    /// The name in that directory.
    pub name: &'a [u8],
    /// Whether the walk came by a symbolic link of that name and followed it.
    pub follow: bool,
}

/// One file to work on.
#[derive(Debug, Clone)]
pub struct Task {
    /// What the coordinator knows the file by.
    pub token: u32,
    /// What the walk saw; the worker refuses to hash anything else.
    pub expected: FileStat,
    dir: u32,
    name: Range<u32>,
    follow: bool,
}

/// Some tens of files to work on, and where they are.
#[derive(Debug, Clone)]
pub struct Batch {
    /// What is to be done.
    pub job: Job,
    /// The files, those of one directory in a row.
    pub tasks: Vec<Task>,
    dirs: Vec<Range<u32>>,
    text: Vec<u8>,
}

impl Batch {
    /// A batch with nothing in it.
    #[must_use]
    pub fn new(job: Job) -> Self {
        Self {
            job,
            tasks: Vec::new(),
            dirs: Vec::new(),
            text: Vec::new(),
        }
    }

    /// Starts a directory: files pushed from now on lie in it.
    pub fn enter(&mut self, dir: &[u8]) {
        let range = self.keep(dir);
        self.dirs.push(range);
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

    /// Where a task's file is.
    #[must_use]
    pub fn place(&self, task: &Task) -> Where<'_> {
        let slice = |range: &Range<u32>| &self.text[range.start as usize..range.end as usize];
        Where {
            dir: slice(&self.dirs[task.dir as usize]),
            name: slice(&task.name),
            follow: task.follow,
        }
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<u32> {
        // A batch holds some tens of names: far from 4 GiB.
        let start = self.text.len() as u32;
        self.text.extend_from_slice(bytes);
        start..self.text.len() as u32
    }
}

/// What a worker proved about one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// The digest of the head and tail blocks: proof of difference only,
    /// never of a match.
    Ends(Digest),
    /// The digest of every byte.
    Whole(Digest),
    /// Every byte equals that of the first file of the batch.
    EqualsFirst,
    /// At least one byte differs from the first file of the batch.
    DiffersFromFirst,
}

/// What came of one task: proof, a failure, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Something was proved.
    Proved(Evidence),
    /// Nothing could be proved, for this reason.
    Failed(FailureKind, String),
    /// Nothing was tried: the scan was cancelled, or the first file of a
    /// comparison failed.
    Undone,
}

/// What came of one task, and which.
#[derive(Debug, Clone)]
pub struct FileOutcome {
    /// The task's token.
    pub token: u32,
    /// What came of it.
    pub finding: Finding,
}

/// What came of a batch: one outcome a task, in the order of the tasks.
#[derive(Debug, Clone)]
pub struct BatchOutcome {
    /// What was done.
    pub job: Job,
    /// What came of each file.
    pub files: Vec<FileOutcome>,
    /// Bytes of content read for it.
    pub bytes_read: u64,
}
