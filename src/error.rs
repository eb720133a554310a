//! Errors of one path, after which the scan continues, and errors that end the
//! whole scan.

use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Stage of the pipeline in which a path failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Listing a directory or reading a file's metadata.
    Walk,
    /// Hashing both ends of a file, or all of a small one.
    Partial,
    /// Hashing all of a file.
    Full,
    /// Comparing files byte for byte.
    Verify,
}

impl Stage {
    /// The stage's name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Partial => "partial",
            Self::Full => "full",
            Self::Verify => "verify",
        }
    }
}

/// Reason why a path was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum FailureKind {
    /// The system denied access.
    Permission,
    /// It does not exist, or no longer does.
    NotFound,
    /// It changed during the scan, so its content is unknown.
    Changed,
    /// It shares its inode number with another name, and the file system gives
    /// no proof that the two are one file or two.
    Ambiguous,
    /// The file system changes inode numbers or times between two calls, so no
    /// file on it can be recognised.
    Unstable,
    /// It is not a file or directory, though it was named as one.
    NotRegular,
    /// A symbolic link leads back to itself.
    Loop,
    /// No file descriptor was available, even after waiting.
    TooManyOpenFiles,
    /// A system call on it did not return in time.
    Timeout,
    /// Reading it caused a panic in the worker: a bug in this crate.
    Panic,
    /// Reading it crashed the worker process twice.
    Crash,
    /// Any other failure of the file system or the device.
    Io,
}

impl FailureKind {
    /// The kind's name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::NotFound => "not-found",
            Self::Changed => "changed",
            Self::Ambiguous => "ambiguous",
            Self::Unstable => "unstable",
            Self::NotRegular => "not-regular",
            Self::Loop => "loop",
            Self::TooManyOpenFiles => "too-many-open-files",
            Self::Timeout => "timeout",
            Self::Panic => "panic",
            Self::Crash => "crash",
            Self::Io => "io",
        }
    }

    /// Every kind, for the schema and the documentation.
    pub const ALL: [Self; 12] = [
        Self::Permission,
        Self::NotFound,
        Self::Changed,
        Self::Ambiguous,
        Self::Unstable,
        Self::NotRegular,
        Self::Loop,
        Self::TooManyOpenFiles,
        Self::Timeout,
        Self::Panic,
        Self::Crash,
        Self::Io,
    ];
}

/// A path that was skipped. The scan continues without it, and it is in no
/// group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ScanError {
    /// The path, as far as it is known.
    pub path: PathBuf,
    /// The stage that failed.
    pub stage: Stage,
    /// The reason, for programs.
    pub kind: FailureKind,
    /// The reason, for people.
    pub message: String,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

impl std::error::Error for ScanError {}

/// The system's message for an error, without the "(os error 13)" that the
/// standard library appends.
#[must_use]
pub(crate) fn describe(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// The scan holds more entries than 31-bit and 32-bit table indexes can
/// address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scan exceeds its limit of 2 billion files or 4 GiB of names")]
pub struct TableFull;

/// Reasons why a scan could not start or had to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path to scan does not exist or cannot be examined.
    #[error("cannot scan {}: {}", .path.display(), describe(.source))]
    Root {
        /// The path as given.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A path to scan is neither a directory nor a regular file.
    #[error("cannot scan {}: it is neither a directory nor a regular file", .path.display())]
    RootKind {
        /// The path as given.
        path: PathBuf,
    },
    /// A path to scan lies on a pseudo file system, which stores nothing.
    #[error("cannot scan {}: it is on a pseudo file system, whose files the kernel generates", .path.display())]
    Pseudo {
        /// The path as given.
        path: PathBuf,
    },
    /// A glob or regular expression is invalid.
    #[error("invalid {what} {pattern:?}: {source}")]
    Pattern {
        /// `glob` or `regular expression`.
        what: &'static str,
        /// The pattern as given.
        pattern: String,
        /// The error of its parser.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No thread could be started.
    #[error("cannot start a thread: {}", describe(.0))]
    Thread(#[source] io::Error),
    /// The requested executor, or every suitable one, cannot start.
    #[error("cannot start {kind} workers: {reason}")]
    Executor {
        /// The kind of executor that was tried first.
        kind: &'static str,
        /// The reason, as a sentence without a full stop.
        reason: String,
    },
    /// The scan has more entries than its tables can hold.
    #[error("{TableFull}")]
    TableFull,
}

impl From<TableFull> for Error {
    fn from(_: TableFull) -> Self {
        Self::TableFull
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_leave_out_the_error_number() {
        let error = io::Error::from_raw_os_error(2);
        assert!(error.to_string().contains("os error"));
        assert!(!describe(&error).contains("os error"));
        assert!(!describe(&error).is_empty());
    }

    #[test]
    fn names_of_kinds_are_distinct() {
        let mut names: Vec<_> = FailureKind::ALL.iter().map(|k| k.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FailureKind::ALL.len());
    }
}
