//! The result of a run for each file, and its reason.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::freed::Freed;
use super::journal::Proof;
use crate::error::describe;
use crate::types::FileRecord;

/// One file that was to be acted on.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The number of its group, from 0 on.
    pub(crate) group: usize,
    /// The file.
    pub(crate) file: FileRecord,
    /// The kept file that it was compared with.
    pub(crate) keeper: Option<PathBuf>,
    /// The path that it is moved to.
    pub(crate) destination: Option<PathBuf>,
    /// The result.
    pub(crate) result: FileResult,
}

/// The outcome for a file.
#[derive(Debug)]
pub(crate) enum FileResult {
    /// It was acted on; in a dry run it would have been.
    Done {
        /// The basis of the comparison; `None` if there was nothing to compare.
        proof: Option<Proof>,
        /// The space that the file system no longer needs for it.
        freed: Freed,
    },
    /// It was left as it is.
    Skipped(Skip),
    /// The system refused an operation.
    Failed(Failure),
}

/// The reason why a file was left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Skip {
    /// No file of its group is to be kept.
    NoKeeper,
    /// No file that is to be kept is as the scan found it.
    KeeperChanged,
    /// The kept file is on a file system in memory, and this one is not.
    KeeperInMemory,
    /// The kept file and this one are the same file.
    SameFile,
    /// It may be the kept file under another name: an overlay, a server or a
    /// program shows it.
    MayBeSameFile,
    /// It is gone.
    Gone,
    /// It is not as the scan found it.
    Changed,
    /// Its bytes differ from those of the kept file.
    Differs,
    /// A symbolic link took its place, or that of a directory above it.
    SymbolicLink,
    /// It is no regular file any more.
    NotRegular,
    /// A program has it or the kept file open for writing.
    InUse,
    /// No lease can be had on it or on the kept file, and leases are required.
    NoLease,
    /// It is immutable.
    Immutable,
    /// It is append-only.
    AppendOnly,
    /// It belongs to a version control system or a package store.
    Vcs,
    /// It is the journal or the report.
    OwnFile,
    /// It, or one of its names, is outside of the directories that were given.
    OutOfScope,
    /// It, or one of its names, is below none of the paths that were scanned.
    OutsideRoots,
    /// Fewer files with its content would be left than are wanted.
    TooFewCopies,
    /// This is root, and everybody can write to its directory.
    OpenDirectory,
    /// It and the kept file are not on the same mount.
    OtherMount,
    /// Its owner, permissions or attributes differ from those of the kept file.
    MetadataDiffers,
    /// The kept file has as many links as its file system allows.
    TooManyLinks,
    /// The system does not let this user link the kept file.
    ProtectedKeeper,
    /// It is on an overlay, where a link would need more space.
    Overlay,
    /// The file system cannot exchange two names.
    NoExchange,
    /// The destination exists.
    DestinationExists,
    /// The trash of its file system is not safe to use.
    NoTrash,
    /// The destination is on another file system.
    OtherFileSystem,
    /// It is one of the names of a file that stays, and the destination is on another
    /// file system.
    LinkedElsewhere,
    /// It shares all its blocks with the kept file already.
    AlreadyShared,
    /// It is so small that its file system stores it with its metadata.
    TooSmallToShare,
    /// Its file system cannot share blocks, or not with the kept file.
    CannotShare,
    /// The system does not let this user act on it.
    NotPermitted,
    /// The run was interrupted before.
    Interrupted,
    /// The scan did not find it.
    New,
    /// Another file system is mounted there.
    MountPoint,
}

impl Skip {
    /// The short name in machine-readable output.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoKeeper => "no-keeper",
            Self::KeeperChanged => "keeper-changed",
            Self::KeeperInMemory => "keeper-in-memory",
            Self::SameFile => "same-file",
            Self::MayBeSameFile => "may-be-same-file",
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Differs => "differs",
            Self::SymbolicLink => "symbolic-link",
            Self::NotRegular => "not-regular",
            Self::InUse => "in-use",
            Self::NoLease => "no-lease",
            Self::Immutable => "immutable",
            Self::AppendOnly => "append-only",
            Self::Vcs => "vcs",
            Self::OwnFile => "own-file",
            Self::OutOfScope => "out-of-scope",
            Self::OutsideRoots => "outside-roots",
            Self::TooFewCopies => "too-few-copies",
            Self::OpenDirectory => "open-directory",
            Self::OtherMount => "other-mount",
            Self::MetadataDiffers => "metadata-differs",
            Self::TooManyLinks => "too-many-links",
            Self::ProtectedKeeper => "protected-keeper",
            Self::Overlay => "overlay",
            Self::NoExchange => "no-exchange",
            Self::DestinationExists => "destination-exists",
            Self::NoTrash => "no-trash",
            Self::OtherFileSystem => "other-file-system",
            Self::LinkedElsewhere => "linked-elsewhere",
            Self::AlreadyShared => "already-shared",
            Self::TooSmallToShare => "too-small-to-share",
            Self::CannotShare => "cannot-share",
            Self::NotPermitted => "not-permitted",
            Self::Interrupted => "interrupted",
            Self::New => "new",
            Self::MountPoint => "mount-point",
        }
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKeeper => "no file of its group is to be kept",
            Self::KeeperChanged => "the kept file changed since the scan",
            Self::KeeperInMemory => {
                "the kept file is only in memory and would not survive a restart"
            }
            Self::SameFile => "it is the kept file under another name",
            Self::MayBeSameFile => {
                "it may be the kept file under another name: its file system gives no proof"
            }
            Self::Gone => "it is gone",
            Self::Changed => "it changed since the scan",
            Self::Differs => "its bytes differ from those of the kept file",
            Self::SymbolicLink => "it, or a directory above it, was replaced by a symbolic link",
            Self::NotRegular => "it is no longer a regular file",
            Self::InUse => "it or the kept file is open for writing",
            Self::NoLease => "no lease is available on it or on the kept file",
            Self::Immutable => "it is immutable",
            Self::AppendOnly => "it is append-only",
            Self::Vcs => "it belongs to a version control system or a package store",
            Self::OwnFile => "it is the journal or the report of this run",
            Self::OutOfScope => "one of its names is outside the directories to act on",
            Self::OutsideRoots => "one of its names is below none of the scanned paths",
            Self::TooFewCopies => "fewer copies would be left than --leave asks for",
            Self::OpenDirectory => "any user can write to its directory, and nodupe runs as root",
            Self::OtherMount => "it and the kept file are not on the same mount",
            Self::MetadataDiffers => {
                "its owner, permissions or attributes differ from those of the kept file"
            }
            Self::TooManyLinks => "the kept file has as many links as its file system allows",
            Self::ProtectedKeeper => "the system does not let this user link the kept file",
            Self::Overlay => "it is on an overlay, where a link would need more space",
            Self::NoExchange => "its file system cannot exchange two names atomically",
            Self::DestinationExists => "the destination has a file of that name",
            Self::NoTrash => "the trash of its file system is not safe to use",
            Self::OtherFileSystem => "the destination is on another file system",
            Self::LinkedElsewhere => {
                "it is a name of a file that stays, and the destination is on another file system"
            }
            Self::AlreadyShared => "it already shares all its blocks with the kept file",
            Self::TooSmallToShare => {
                "it is so small that its file system stores it with its metadata"
            }
            Self::CannotShare => "its file system cannot share its blocks with the kept file",
            Self::NotPermitted => "the system does not let this user act on it",
            Self::Interrupted => "the run was interrupted",
            Self::New => "the scan did not find it",
            Self::MountPoint => "another file system is mounted there",
        })
    }
}

/// The step of the protocol at which the system refused an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// Opening the file or its directory.
    Open,
    /// Opening the kept file.
    OpenKeeper,
    /// Reading the two files.
    Compare,
    /// Making the kept file durable.
    SyncKeeper,
    /// Writing the journal.
    Journal,
    /// Acting.
    Act,
    /// Making the directory durable. The file was acted on.
    SyncDirectory,
    /// Removing a directory that was emptied.
    RemoveDirectory,
}

impl Step {
    /// The short name in machine-readable output.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::OpenKeeper => "open-keeper",
            Self::Compare => "compare",
            Self::SyncKeeper => "sync-keeper",
            Self::Journal => "journal",
            Self::Act => "act",
            Self::SyncDirectory => "sync-directory",
            Self::RemoveDirectory => "remove-directory",
        }
    }
}

/// An operation that the system refused.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The step.
    pub(crate) step: Step,
    /// The system's error.
    pub(crate) error: io::Error,
    /// The path under which the file is, if its name could not be given back
    /// to it. The journal knows it.
    pub(crate) left_at: Option<PathBuf>,
}

impl Failure {
    pub(super) fn new(step: Step, error: io::Error) -> Self {
        Self {
            step,
            error,
            left_at: None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.step {
            Step::Open => "it cannot be opened",
            Step::OpenKeeper => "the kept file cannot be opened",
            Step::Compare => "it cannot be compared with the kept file",
            Step::SyncKeeper => "the kept file cannot be made durable",
            Step::Journal => "the journal cannot be written",
            Step::Act => "the system refused",
            Step::SyncDirectory => "done, but not known to be durable",
            Step::RemoveDirectory => "the empty directory cannot be removed",
        };
        write!(f, "{what}: {}", describe(&self.error))?;
        match &self.left_at {
            Some(path) => write!(f, "; the file is {}", path.display()),
            None => Ok(()),
        }
    }
}

/// The reason why nothing was done to a file.
#[derive(Debug)]
pub(super) enum Refusal {
    Skip(Skip),
    Fail(Failure),
}

impl From<Skip> for Refusal {
    fn from(skip: Skip) -> Self {
        Self::Skip(skip)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Fail(failure)
    }
}

impl FileResult {
    /// An entry without bytes of its own was acted on.
    pub(super) const TAKEN: Self = Self::Done {
        proof: None,
        freed: Freed {
            bytes: 0,
            shared: 0,
            linked: 0,
        },
    };
}

impl From<Refusal> for FileResult {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Skip(skip) => Self::Skipped(skip),
            Refusal::Fail(failure) => Self::Failed(failure),
        }
    }
}

/// Sums over a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Files that were acted on.
    pub(crate) done: u64,
    /// Files that were left as they are.
    pub(crate) skipped: u64,
    /// Files at which the system refused an operation.
    pub(crate) failed: u64,
    /// The space that was freed.
    pub(crate) freed: Freed,
    /// Directories that were emptied and removed.
    pub(crate) directories: u64,
}

impl Totals {
    pub(super) fn add(&mut self, result: &FileResult) {
        match result {
            FileResult::Done { freed, .. } => {
                self.done += 1;
                self.freed += *freed;
            }
            FileResult::Skipped(_) => self.skipped += 1,
            FileResult::Failed(_) => self.failed += 1,
        }
    }
}
