//! What can go wrong: with one path (the scan goes on), or with the whole
//! scan (it never starts).

use std::fmt;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where in the pipeline a path was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Why a path could not be dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FailureKind {
    /// The system did not allow it.
    Permission,
    /// It was not there, or no longer.
    NotFound,
    /// It changed while the scan ran, so nothing is known of its content.
    Changed,
    /// It has the inode number of another name, and the file system does not
    /// tell whether the two are one file.
    Ambiguous,
    /// The file system itself changes inode numbers or times between two
    /// looks, so no file on it can be recognised.
    Unstable,
    /// It is not a file or directory, though it was named as one.
    NotRegular,
    /// A symbolic link leads back to itself.
    Loop,
    /// No file descriptor was to be had, even after waiting.
    TooManyOpenFiles,
    /// A system call on it did not come back in time.
    Timeout,
    /// Reading it brought the worker down, by a mistake in this crate.
    Panic,
    /// Reading it brought the worker's process down, twice.
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

/// A path that could not be dealt with. The scan goes on without it, and it
/// is in no group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScanError {
    /// The path, as far as it was known.
    pub path: PathBuf,
    /// Where it was lost.
    pub stage: Stage,
    /// Why, for programs.
    pub kind: FailureKind,
    /// Why, for people.
    pub message: String,
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

impl std::error::Error for ScanError {}

/// The system's words for an error, without the "(os error 13)" that the
/// standard library puts behind them.
#[must_use]
pub fn describe(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// The scan holds more than its tables' indexes of 31 and 32 bits can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more files or longer names than one scan can hold (2 billion files, 4 GiB of names)")]
pub struct TableFull;

/// Why a scan could not start or had to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A path to scan is not there or cannot be looked at.
    #[error("cannot scan {}: {}", .path.display(), describe(.source))]
    Root {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A path to scan is neither a directory nor a regular file.
    #[error("cannot scan {}: it is neither a directory nor a regular file", .path.display())]
    RootKind {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A path to scan lies on a file system that stores nothing.
    #[error("cannot scan {}: the kernel makes up the files there when they are read", .path.display())]
    Pseudo {
        /// The path as it was given.
        path: PathBuf,
    },
    /// A glob or regular expression cannot be understood.
    #[error("the {what} {pattern:?} cannot be understood: {reason}")]
    Pattern {
        /// `glob` or `regular expression`.
        what: &'static str,
        /// The pattern as it was given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No thread could be started.
    #[error("cannot start a thread: {}", describe(.0))]
    Thread(#[source] io::Error),
    /// The executor that was asked for, or every one that would do, cannot
    /// start.
    #[error("cannot start {kind} workers: {reason}")]
    Executor {
        /// The kind that was tried first.
        kind: &'static str,
        /// Why not, in a sentence without a full stop.
        reason: String,
    },
    /// The scan is larger than its tables.
    #[error(transparent)]
    TableFull(#[from] TableFull),
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
