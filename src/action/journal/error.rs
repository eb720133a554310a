//! The reasons why a journal cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use super::{Holder, RunId};
use crate::error::describe;

/// The reason why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum JournalError {
    /// No variable says where it belongs.
    #[error("there is no place for the journal: set HOME or XDG_STATE_HOME, or use --journal FILE")]
    NoPlace,
    /// Another process has it open.
    #[error(
        "another run is acting on files with {}{}",
        .path.display(),
        .holder.as_ref().map(|holder| format!(" ({holder})")).unwrap_or_default()
    )]
    Busy {
        /// The journal.
        path: PathBuf,
        /// The other process, as far as it said.
        holder: Option<Holder>,
    },
    /// It is not a journal.
    #[error("{} is not a journal of nodupe: use another file", .path.display())]
    NotAJournal {
        /// The file.
        path: PathBuf,
    },
    /// A later version of nodupe wrote it.
    #[error(
        "a later version of nodupe wrote the journal {}: use that version, or another file \
         with --journal",
        .path.display()
    )]
    Newer {
        /// The journal.
        path: PathBuf,
    },
    /// It is damaged.
    #[error(
        "the journal {} is damaged ({reason}): restore it from a backup, or move it away to \
         start a new one; what only it records can then not be taken back",
        .path.display()
    )]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The first sign of it.
        reason: String,
    },
    /// There is no run of this number.
    #[error("the journal {} has no run {run}", .path.display())]
    NoRun {
        /// The journal.
        path: PathBuf,
        /// The run.
        run: RunId,
    },
    /// The system refuses it. Nothing may be done whose intent was not
    /// written.
    #[error("cannot use the journal {}: {}", .path.display(), describe(.source))]
    Io {
        /// The journal, or the file beside it.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

pub(super) fn io_error(path: &Path, source: io::Error) -> JournalError {
    JournalError::Io {
        path: path.to_path_buf(),
        source,
    }
}

/// The reason that an error of the database stands for.
pub(super) fn failure(path: &Path, error: impl Into<redb::Error>) -> JournalError {
    let path = path.to_path_buf();
    match error.into() {
        redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
            JournalError::Busy { path, holder: None }
        }
        // Formats of redb from before the first journal.
        redb::Error::UpgradeRequired(_) => JournalError::NotAJournal { path },
        redb::Error::Io(source) if source.kind() == io::ErrorKind::InvalidData => {
            JournalError::Damaged {
                path,
                reason: describe(&source),
            }
        }
        redb::Error::Io(source) => JournalError::Io { path, source },
        redb::Error::PreviousIo => JournalError::Io {
            path,
            source: io::Error::other("it could not be written before"),
        },
        error => JournalError::Damaged {
            path,
            reason: error.to_string(),
        },
    }
}
