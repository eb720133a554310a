//! The records of the journal.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::HashAlgorithm;
use crate::platform;
use crate::types::{Digest, FileMetadata, FileStat, Timestamp};

/// Number of a run, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct RunId(pub u64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// An entry of a run: one file that was acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct EntryId {
    /// The run.
    pub run: RunId,
    /// Its number in the run.
    pub number: u32,
}

/// One run of a command that changes files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    /// The words of the command.
    pub command: Vec<String>,
    /// Version of nodupe.
    pub version: String,
    /// Name of the machine.
    pub host: String,
    /// The time at which it started.
    pub started: Timestamp,
    /// The time at which it ended; `None` while it runs, and if it never
    /// came to its end.
    pub ended: Option<Timestamp>,
    /// The run that this one takes back.
    pub undoes: Option<RunId>,
    /// Bytes that became free on the file systems that the run acted on.
    pub freed: Option<u64>,
}

/// The operation on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Operation {
    /// It was removed.
    Remove,
    /// It was moved into the trash.
    Trash,
    /// It became a hard link to the kept file.
    HardLink,
    /// It became a symbolic link to the kept file.
    SymbolicLink,
    /// It shares its blocks with the kept file.
    Dedupe,
    /// It was moved.
    Move,
    /// An earlier entry was taken back.
    Undo(EntryId),
}

/// The evidence that nobody wrote to the file while it was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Proof {
    /// Leases on both files.
    Lease,
    /// Their times did not move.
    Times,
    /// The kernel compared them under its own locks.
    Kernel,
}

/// A path as bytes, exactly.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct PathBytes(#[serde(with = "serde_bytes_of_path")] PathBuf);

impl PathBytes {
    /// The path.
    #[must_use]
    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl<T: Into<PathBuf>> From<T> for PathBytes {
    fn from(path: T) -> Self {
        Self(path.into())
    }
}

impl fmt::Debug for PathBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Paths as their bytes: serde refuses those that are not UTF-8.
mod serde_bytes_of_path {
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::platform;

    pub(super) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        platform::bytes_of(path.as_os_str()).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        let bytes = Vec::<u8>::deserialize(from)?;
        Ok(PathBuf::from(platform::os_str(&bytes)))
    }
}

/// One name of a file that was acted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActedName {
    /// The absolute path.
    pub path: PathBytes,
    /// A name in the same directory under which the file, or what replaces it,
    /// is found if the machine stops in between.
    pub temporary: Option<PathBytes>,
    /// The path that the file was moved to.
    pub destination: Option<PathBytes>,
    /// The inode number of the directory: another one has its path if its file
    /// system is not mounted.
    pub directory: Option<u64>,
}

/// One file that was acted on, with all that is needed to take it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The operation.
    pub operation: Operation,
    /// Every name of it that was acted on.
    pub names: Vec<ActedName>,
    /// The file as it was.
    pub stat: FileStat,
    /// Its metadata as it was.
    pub metadata: FileMetadata,
    /// Digest of its bytes.
    pub digest: Digest,
    /// The algorithm of the digest.
    pub algorithm: HashAlgorithm,
    /// The absolute path of the kept file.
    pub keeper: PathBytes,
    /// The kept file as it was.
    pub keeper_stat: FileStat,
    /// The basis of the comparison.
    pub proof: Proof,
    /// The time of the intent.
    pub time: Timestamp,
}

/// The progress of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    /// It was about to be done. After a crash nobody knows if it was.
    Intent,
    /// It was done.
    Done,
    /// It was not done after all: the file is as it was.
    NotDone,
    /// It was done and was taken back.
    Undone,
}

impl State {
    pub(super) fn to_byte(self) -> u8 {
        match self {
            Self::Intent => 0,
            Self::Done => 1,
            Self::NotDone => 2,
            Self::Undone => 3,
        }
    }

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        let all = [Self::Intent, Self::Done, Self::NotDone, Self::Undone];
        all.into_iter().find(|state| state.to_byte() == byte)
    }
}

/// The process that has a journal open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    /// Its process number.
    pub pid: u32,
    /// The time at which it started, in nanoseconds since 1970.
    pub started: Timestamp,
    /// The words of its command.
    pub command: Vec<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, started, .. } = self;
        write!(
            f,
            "process {pid}, since {started}: {}",
            self.command.join(" ")
        )
    }
}
