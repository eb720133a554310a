//! The reasons why a run, or one file of it, is not taken back.

use std::io;

use crate::action::journal::{JournalError, RunId};
use crate::error::describe;
use crate::platform;
use crate::types::Timestamp;

/// The reason why a run is not taken back at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum UndoError {
    /// There is no run that could be taken back.
    #[error("nothing was done that could be taken back")]
    NoRun,
    /// It was taken back before.
    #[error("run {run} was taken back by run {by} at {at}")]
    AlreadyUndone {
        /// The run.
        run: RunId,
        /// The one that took it back.
        by: RunId,
        /// The time at which that started.
        at: Timestamp,
    },
    /// It took another run back.
    #[error("run {run} took run {undoes} back: repeat that command to do it again")]
    IsUndo {
        /// The run.
        run: RunId,
        /// The run that it took back.
        undoes: RunId,
    },
    /// It did nothing.
    #[error("run {run} changed nothing")]
    NothingDone {
        /// The run.
        run: RunId,
    },
    /// It, or an attempt to take it back, was ended in between.
    #[error("run {run} did not finish: nodupe undo --recover settles what it left")]
    Interrupted {
        /// The run.
        run: RunId,
    },
    /// Some of its files cannot be taken back, and the caller did not ask to
    /// take back the rest.
    #[error("{count} files of run {run} cannot be taken back")]
    Problems {
        /// The run.
        run: RunId,
        /// Number of files.
        count: u64,
    },
    /// A directory could not be made durable. What was done to the last files
    /// is found by recovering.
    #[error("a directory cannot be made durable: {}", describe(.0))]
    Unsynced(#[source] io::Error),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The reason why one file is not taken back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Refusal {
    /// The keeper was changed or is gone, and so is every other file of that
    /// content that the journal knows.
    #[error("no file with its content is left: the kept file was changed or is gone")]
    NoSource,
    /// Something else has its name now.
    #[error("its name is taken by another file")]
    NameTaken,
    /// Its directory does not exist any more.
    #[error("its directory is gone")]
    NoDirectory,
    /// A directory on its path is a symbolic link now.
    #[error("a symbolic link has the place of one of its directories")]
    Redirected,
    /// It is not any more what the run made of it.
    #[error("it was changed or replaced since")]
    Changed,
    /// Its name is the last one of the kept file, which is a separate file so.
    #[error("it is a separate file already: all other names of the kept file are gone")]
    LastName,
    /// The file that was moved is not where it was moved to, or was changed.
    #[error("the moved file was changed or is gone")]
    Moved,
    /// A program has the moved file open for writing.
    #[error("it is open for writing where it was moved to")]
    InUse,
    /// The system does not rename it to where it was, on one file system: quotas
    /// of two projects keep it.
    #[error("the system does not move it back: move it by hand")]
    OtherFileSystem,
    /// The platform or the file system cannot do it.
    #[error("not possible on this system or file system")]
    Unsupported,
    /// A system call failed.
    #[error("{}", describe(.0))]
    Io(#[source] io::Error),
}

impl Refusal {
    /// The short name in machine-readable output.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::NoSource => "no-source",
            Self::NameTaken => "name-taken",
            Self::NoDirectory => "no-directory",
            Self::Redirected => "redirected",
            Self::Changed => "changed",
            Self::LastName => "last-name",
            Self::Moved => "moved",
            Self::InUse => "in-use",
            Self::Unsupported => "unsupported",
            Self::OtherFileSystem => "other-file-system",
            Self::Io(_) => "io",
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            _ if platform::is_link_loop(&error) => Self::Redirected,
            io::ErrorKind::AlreadyExists => Self::NameTaken,
            io::ErrorKind::CrossesDevices => Self::OtherFileSystem,
            io::ErrorKind::Unsupported => Self::Unsupported,
            _ => Self::Io(error),
        }
    }
}
